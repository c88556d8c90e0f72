"""Every model that is sold makes what it is for: confirmed, sent to the local KIE over HTTP, paid when the result is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from kie import jobs, pricing, quotes, tariff
from kie.catalogue import AIModel
from kie.inputs import complete, fields
from kie.job import Job, JobState
from payments import ledger
from payments.models import Customer, Transfer
from reliability import cid, clock
from reliability import files as persons_files
from tests.kie.at_work import Peer, reloaded, somebody, work
from tests.kie.every import MODELS, OWN, some_first, walked
from tests.kie.media_made import content
from tests.sandbox.kie_side import until

A_MINUTE = 60.0
RICH = Decimal("100000.00")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale", "sent_files")]


@pytest.fixture
def sent_files() -> Iterator[None]:
    """Telegram has what the answers name: `file_id` says of which type and sides."""
    before = persons_files._opener[:]
    persons_files.register_opener(lambda file_id: content(*_named(file_id)))
    yield
    persons_files._opener[:] = before


def _named(file_id: str) -> tuple[str, int, int]:
    mime, sides = file_id.split(";")
    width, height = sides.split("x")
    return mime, int(width), int(height)


def _state(kie: Peer, task_id: str) -> str:
    tasks = kie.get("/sandbox/tasks")["tasks"]
    return next(str(task["state"]) for task in tasks if task["taskId"] == task_id)


def made(key: str, who: Customer, kie: Peer) -> Job:
    """A generation from the confirm to its end, by the plainest answers; what it goes on from is made first."""
    model = AIModel.objects.get(key=key)
    answers = walked(model)
    for field in fields(model):
        if answers.get(field.name) == OWN:
            first = next((one for one in field.of if "x-source" not in str(MODELS[one].input)), field.of[0])
            before = made(first, who, kie)
            answers[field.name] = {"job": str(before.public_id), "track": 0}
    input = complete(model, answers)
    by = tariff.now()
    offer = quotes.signed(model, input, pricing.quote(model, input, by), by, until=clock.now() + timedelta(minutes=15))
    job = jobs.confirm(who, model, input, chat=who.telegram_id, quote=offer, idempotency_key=cid.new())
    work()
    kies_own = reloaded(job).kie_task_id.partition("#")[0]
    until(lambda: _state(kie, kies_own) in ("success", "fail"))
    later_s = max(A_MINUTE, 2.5 * model.median_s)  # beyond the first look
    until(lambda: work(after_s=later_s) is not None and reloaded(job).state not in Job.OPEN)
    return reloaded(job)


@pytest.mark.parametrize("key", some_first(list(MODELS)))
def test_it_is_made_and_paid(key: str, kie: Peer) -> None:
    who = somebody(RICH)
    kie.config(hd_s={"1080p": 0, "4k": 0})

    job = made(key, who, kie)

    assert (job.state, job.error_code) == (JobState.SUCCEEDED, ""), job.error
    assert job.result["files"] or job.result["text"]
    assert Transfer.objects.get(settles=job.hold_id).kind == "capture"
    spent = sum(one.price for one in Job.objects.filter(customer=who))
    assert (ledger.available(who), ledger.held(who)) == (RICH - spent, Decimal("0.00"))
