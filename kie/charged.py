"""What KIE took for a task beside what its price rows say: another sum is a line of the operator's work list.

Each task is compared by its own record, not the account by its balance: that one is moved by tasks under way, by top-ups
and by whoever else uses the key, and would tell of a difference without telling where.
"""

from decimal import Decimal
from typing import Final

import structlog
from django.db import connection

from kie.bill import Lines, NotForSale, choice, facts_of, lines_of, total
from kie.inputs import complete
from kie.job import Job
from kie.pause import Charge
from kie.record import TaskRecord
from payments import difference
from payments.difference import DifferenceKind
from reliability import clock

log = structlog.get_logger()

CREDIT_USD: Final = Decimal("0.005")
ROUNDED: Final = Decimal("1.05")  # dollar prices are published rounded: 50 credits as $0.26


def compare(job: Job, record: TaskRecord) -> None:
    """Put it on the list where KIE took another sum for an ended task, once a model and choice; take it off where it agrees.

    What is counted (seconds, characters) or follows from a file is priced at its most, so there only more is told. A job
    never fails for this: whatever goes wrong is logged.
    """
    if record.credits is None or job.registry_version != job.model.version_label:
        return
    try:
        _compare(job, record.credits, failed=record.state == "fail")
    except NotForSale:
        return
    except Exception:
        if not connection.is_usable():
            raise
        log.exception("kie.charge_not_compared", job=str(job.public_id))


def credits_of(job: Job) -> Decimal | None:
    """What its task costs by the price rows, in credits; None where they do not say. Raises nothing, as `compare`."""
    try:
        return total(_lines(job)) / CREDIT_USD
    except NotForSale:
        return None
    except Exception:
        if not connection.is_usable():
            raise
        log.exception("kie.cost_not_known", job=str(job.public_id))
        return None


def _lines(job: Job) -> Lines:
    whole = complete(job.model, job.input)
    return lines_of(job.model.pricing, whole, facts_of(job.model.input, whole))


def _compare(job: Job, charged: Decimal, *, failed: bool) -> None:
    lines = _lines(job)
    costs = total(lines) / CREDIT_USD
    expected = Decimal(0) if failed else costs
    exact = all(row["unit"] == "task" and not any(name.startswith("x-") for name in row["when"]) for row, _ in lines)
    chosen = choice(lines)
    if costs and not failed:
        _keep(job, chosen, costs * CREDIT_USD, charged * CREDIT_USD)
    key = f"{job.model.key}:{'failed' if failed else chosen}"[:200]
    if charged > expected * ROUNDED or (exact and charged * ROUNDED < expected):
        difference.found(
            DifferenceKind.KIE_CREDITS, key, provider="kie", job=str(job.public_id), model=job.model.key, choice=chosen,
            expected=f"{expected:f}", charged=f"{charged:f}",
        )  # fmt: skip
    else:
        difference.settled(DifferenceKind.KIE_CREDITS, key, note="KIE has charged what its price says")


def _keep(job: Job, choice: str, expected_usd: Decimal, charged_usd: Decimal) -> None:
    """The last charge of a choice, for whoever asks whether it is sold at a loss (kie.losses)."""
    row = Charge(
        model=job.model, variant=choice[:300], expected_usd=expected_usd, charged_usd=charged_usd,
        registry_version=job.registry_version, seen_at=clock.now(),
    )  # fmt: skip
    told = ["expected_usd", "charged_usd", "registry_version", "seen_at"]
    Charge.objects.bulk_create([row], update_conflicts=True, unique_fields=["model", "variant"], update_fields=told)
