"""A shop full of orders, for benchmarks of generations: people with money, and what they have confirmed or what runs for them.

`python -m bench.shop queued N` confirms N orders as the bot does; `running N` and `orphaned N` put N running ones there at once,
of tasks that the peer says yes to; `orphaned` ones are due and claimed by a worker that is not there.
"""

import sys
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import django

django.setup()

from django.db import transaction  # noqa: E402

from kie import jobs, quotes  # noqa: E402
from kie.catalogue import AIModel  # noqa: E402
from kie.job import Job, JobState  # noqa: E402
from kie.markups import Markups  # noqa: E402
from kie.pricing import Numbers, Quote  # noqa: E402
from payments import ledger, people  # noqa: E402
from reliability import cid, clock  # noqa: E402
from reliability.models import Instance  # noqa: E402

MODEL, PRICE = "z-image", Decimal("1.00")
EACH = 3  # orders a person: as many as may run at once, unless an operator allows more
PROMPT: dict[str, Any] = {"prompt": "A lighthouse in fog", "aspect_ratio": "1:1"}


def queued(count: int) -> None:
    """Confirmed orders of people who can pay for them."""
    model, customer = AIModel.objects.get(key=MODEL), None
    for number in range(count):
        if number % EACH == 0:
            customer = _somebody()
        assert customer is not None
        key, chat = f"bench:{uuid.uuid4()}", customer.telegram_id
        jobs.confirm(customer, model, PROMPT, chat=chat, quote=_quoted(model), idempotency_key=key)


@transaction.atomic  # nobody sees them while they are made
def running(count: int, *, orphaned: bool = False, due_in_s: float = 0) -> None:
    """Jobs that KIE works on, their price held; of a worker whose heart has just beaten for the last time if `orphaned`."""
    queued(count)
    now, claimed_by = clock.now(), None
    if orphaned:
        claimed_by = Instance.objects.create(role="worker", host="gone", pid=0).pk
    waiting = Job.objects.filter(state=JobState.QUEUED).order_by("pk")
    for job in waiting:
        job.state, job.kie_task_id, job.sent = JobState.RUNNING, f"task-{job.pk}", PROMPT
        job.submitted_at, job.deadline_at = now, now + timedelta(hours=2)
        job.due_at, job.claimed_by, job.attempts = (
            now + timedelta(seconds=due_in_s),
            claimed_by,
            int(claimed_by is not None),
        )
    names = ["state", "kie_task_id", "sent", "submitted_at", "deadline_at", "due_at", "claimed_by", "attempts"]
    Job.objects.bulk_update(waiting, names, batch_size=1000)


def _quoted(model: AIModel) -> dict[str, Any]:
    """An offer of PRICE, signed as the bot signs it."""
    by = Numbers(Decimal(95), Markups(Decimal(2)))
    quote = Quote(PRICE, Decimal("0.004"), "", Decimal(95), None)
    return quotes.signed(model, PROMPT, quote, by, until=clock.now() + timedelta(minutes=15))


def _somebody() -> Any:
    telegram_id = clock.uuid7().int % 10**15
    customer, _new = people.meet(telegram_id, first_name="Анна", username=None, language_code="ru")
    ledger.bonus(customer, PRICE * EACH, ref=f"bonus:bench:{telegram_id}", cid=cid.new())
    return customer


if __name__ == "__main__":
    how, many = sys.argv[1], int(sys.argv[2])
    if how == "queued":
        queued(many)
    elif how == "orphaned":
        running(many, orphaned=True)
    else:
        running(many)
