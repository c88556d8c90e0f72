"""What the daily source says a dollar costs. A small change is taken by itself; a jump waits for an operator, and meanwhile
the last rate holds."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import structlog
from django.db import transaction

from kie import cbr
from kie.rate import DollarRate, RateState
from kie.signals import operator_wanted
from kie.tariff import Tariff
from reliability import clock

log = structlog.get_logger()
AGAIN_AFTER: Final = timedelta(hours=20)  # a source that has answered is not asked again that day


def hear() -> int:
    """Ask the daily source, where it is on and has not answered within 20 hours; says how many rates are new.

    Raises cbr.Unheard where it does not answer or says nothing that we understand; the last rate goes on holding.
    """
    last = DollarRate.objects.order_by("-heard_at").first()
    if not Tariff.standing().daily or (last is not None and clock.now() - last.heard_at < AGAIN_AFTER):
        return 0
    return note(*cbr.today())


@transaction.atomic
def note(day: date, rubles: Decimal) -> int:
    """Take what the source says: accepted, or proposed where it is a jump; says how many rates are new. A repeat is none."""
    tariff = Tariff.objects.select_for_update().filter(pk=1).first() or Tariff(pk=1)
    last = DollarRate.objects.accepted().first()
    if DollarRate.objects.filter(day=day, rubles=rubles).update(heard_at=clock.now()):
        return 0
    if last is not None and day < last.day:
        log.warning("rate.older_than_ours", day=str(day), ours=str(last.day))
        return 0
    against = last.rubles if last else tariff.rate(None)[1]
    DollarRate.objects.proposed().update(state=RateState.PASSED)
    jump = abs(rubles / against - 1) * 100 > tariff.jump_percent
    rate = DollarRate.objects.create(
        day=day, rubles=rubles, against=against, state=RateState.PROPOSED if jump else RateState.ACCEPTED
    )
    if jump:
        operator_wanted.send(sender=DollarRate, key=f"rate:{rate.pk}", what="rate_jump", facts={"why": _jump(rate)})
    facts = {"day": str(day), "rubles": str(rubles), "before": str(against), "state": rate.state}
    transaction.on_commit(lambda: log.info("rate.heard", **facts))
    return 1


@transaction.atomic
def decide(pk: int, state: RateState, *, by: str) -> bool:
    """proposed → accepted, declined, by an operator. False: another has decided, or a later rate came."""
    rate = DollarRate.objects.lock(pk)
    if rate is None:
        return False
    rate.state, rate.decided_at, rate.decided_by = state, clock.now(), by
    rate.save(update_fields=["state", "decided_at", "decided_by"])
    return True


def _jump(rate: DollarRate) -> str:
    return f"{rate.against.normalize():f} → {rate.rubles.normalize():f} ₽ ({rate.change_percent:+.1f} %)"
