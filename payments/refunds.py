"""Payments that go back: by an operator's word through the provider, or by the provider itself.

The wallet pays in the same commit that asks for it, so that nobody spends what is on its way back; a provider's no puts it
back into the wallet. The provider is asked under one `ref` until it has answered. Locks go wallet, top-up, refund, always.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import structlog
from django.db import transaction
from django.db.models import Sum

from payments import difference, ledger, providers
from payments.amount import BadAmount, exact
from payments.difference import DifferenceKind
from payments.providers import ByHand, Notice, Refused
from payments.refund import Refund, RefundState
from payments.signals import refund_ended
from payments.topup import TopUp, TopUpState
from reliability.due import DueQuerySet, Queue
from reliability.wake import wake

log = structlog.get_logger()


class CannotReturn(Exception):
    """Nothing has moved: this payment cannot be returned so. The sentence says why."""


@transaction.atomic
def ask(topup_id: int, rubles: Decimal, *, by: str, reason: str) -> Refund:
    """Return `rubles` of a payment through its provider: they leave the wallet now, the worker asks the provider.

    Each call is a return of its own. Raises CannotReturn, NotEnoughMoney, BadAmount.
    """
    topup = _locked_payment(pk=topup_id, state=TopUpState.PAID)
    if topup is None:
        raise CannotReturn("only a payment that was credited, and not returned yet, can be returned")
    left_rub, left_minor = left(topup)
    rubles = exact(rubles)
    if rubles > left_rub:
        raise BadAmount(f"{rubles} is more than the {left_rub} that are left of this payment")
    if rubles != topup.rubles and not providers.get(topup.provider).partial:
        raise CannotReturn(f"{topup.provider} returns a payment only whole")
    minor = left_minor if rubles == left_rub else int(rubles * topup.minor_amount / topup.rubles)
    if minor <= 0:
        raise BadAmount(f"{rubles} is less than the smallest unit of {topup.currency}")
    number = topup.refunds.count() + 1
    ref = f"refund:{topup.provider}:{topup.external_id}:{number}"
    transfer = ledger.refund(
        topup.customer, rubles, provider=topup.provider, ref=ref, cid=topup.cid, actor=by, note=reason
    )
    refund = Refund.objects.create(
        topup=topup, ref=ref, rubles=rubles, minor_amount=minor, transfer=transfer, by=by, reason=reason, cid=topup.cid
    )
    transaction.on_commit(wake)
    transaction.on_commit(lambda: log.info("refund.asked", refund=refund.pk, **topup.as_log(), back=str(rubles)))
    return refund


def left(topup: TopUp) -> tuple[Decimal, int]:
    """What of a payment is not returned and not being returned: rubles, and smallest units of its currency."""
    back = topup.refunds.exclude(state=RefundState.REFUSED).aggregate(rubles=Sum("rubles"), minor=Sum("minor_amount"))
    return topup.rubles - (back["rubles"] or 0), topup.minor_amount - (back["minor"] or 0)


@transaction.atomic
def done(refund_id: int, external_id: str, *, by: str = "") -> bool:
    """asked, unclear → done. False: it has ended before."""
    refund = _locked(refund_id)
    if refund is None:
        return False
    refund.state, refund.external_id, refund.error = RefundState.DONE, external_id, ""
    refund.save(update_fields=["state", "external_id", "error"])
    _ended(refund)
    difference.settled(DifferenceKind.REFUND_UNCLEAR, refund.ref, note=by or "the provider has said so")
    return True


@transaction.atomic
def refused(refund_id: int, why: str, *, by: str = "") -> bool:
    """asked, unclear → refused: the money goes back into the wallet. False: it has ended before."""
    refund = _locked(refund_id)
    if refund is None:
        return False
    refund.state, refund.error = RefundState.REFUSED, why[:1000]
    refund.returned = ledger.adjust(
        refund.topup.customer, refund.rubles, ref=f"returned:{refund.ref}", cid=refund.cid,
        actor=by or refund.topup.provider, note=f"the provider did not return it: {why}"[:500],
    )  # fmt: skip
    refund.save(update_fields=["state", "error", "returned"])
    _ended(refund)
    difference.settled(DifferenceKind.REFUND_UNCLEAR, refund.ref, note=by or "the provider has refused")
    return True


@transaction.atomic
def heard(notice: Notice, *, cid: str) -> Refund | None:
    """The provider has returned a payment, whoever asked for it. Once for each return, however often it is told.

    A return of ours that is still asked for is done by it. One that we never asked for is taken from the wallet; where the
    wallet has less, the rest is an adjustment, and a line on the work list. None: nobody knows the payment, or it is known.
    """
    topup = _locked_payment(provider=notice.provider, external_id=notice.external_id)
    if topup is None:
        difference.found(
            DifferenceKind.REFUND_UNKNOWN, f"{notice.provider}:{notice.external_id}", provider=notice.provider,
            minor_amount=notice.minor_amount, currency=notice.currency,
        )  # fmt: skip
        return None
    known = topup.refunds.exclude(state=RefundState.REFUSED)
    if known.filter(external_id=notice.refund_id, state=RefundState.DONE).exists():
        return None
    waiting = known.filter(state__in=[RefundState.ASKED, RefundState.UNCLEAR], minor_amount=notice.minor_amount)
    if ours := waiting.order_by("pk").first():
        done(ours.pk, notice.refund_id)
        return ours
    return _taken(topup, notice, cid) if topup.transfer else None


def _taken(topup: TopUp, notice: Notice, cid: str) -> Refund | None:
    left_rub, left_minor = left(topup)
    minor = min(notice.minor_amount, left_minor)
    if minor <= 0:
        return None
    rubles = (
        left_rub
        if minor == left_minor
        else exact((topup.rubles * minor / topup.minor_amount).quantize(Decimal("0.01")))
    )
    ref = f"refund:{topup.provider}:{topup.external_id}:{topup.refunds.count() + 1}"
    available = ledger.available(topup.customer)
    if available < rubles:
        short = rubles - available
        ledger.adjust(
            topup.customer, short, ref=f"short:{ref}", cid=cid, actor=topup.provider, note="returned, and spent before"
        )
        difference.found(
            DifferenceKind.REFUND_SHORT,
            ref,
            provider=topup.provider,
            topup=topup,
            customer=topup.customer,
            rubles=short,
        )
    transfer = ledger.refund(topup.customer, rubles, provider=topup.provider, ref=ref, cid=cid, note="by the provider")
    refund = Refund.objects.create(
        topup=topup, ref=ref, rubles=rubles, minor_amount=minor, transfer=transfer, state=RefundState.DONE,
        external_id=notice.refund_id, by=topup.provider, reason="returned by the provider itself", cid=cid,
    )  # fmt: skip
    _ended(refund)
    return refund


def _locked(refund_id: int) -> Refund | None:
    _locked_payment(refunds=refund_id)
    return Refund.objects.lock(refund_id, RefundState.ASKED, RefundState.UNCLEAR)


def _locked_payment(**which: Any) -> TopUp | None:
    known = TopUp.objects.filter(**which).select_related("customer").first()
    if known is None:
        return None
    ledger.lock(known.customer)
    return TopUp.objects.select_for_update().filter(**which).first()


def _ended(refund: Refund) -> None:
    topup = refund.topup
    if refund.state == RefundState.DONE and _all_back(topup):
        topup.state = TopUpState.REFUNDED
        topup.save(update_fields=["state"])
    refund_ended.send(sender=Refund, refund=refund)
    facts = topup.as_log() | {"refund": refund.pk, "back": str(refund.rubles), "why": refund.error}
    transaction.on_commit(lambda: log.info(f"refund.{refund.state}", **facts))


def _all_back(topup: TopUp) -> bool:
    back = topup.refunds.filter(state=RefundState.DONE).aggregate(rubles=Sum("rubles"))["rubles"]
    return bool(back == topup.rubles)


def rows(_now: datetime) -> DueQuerySet:
    """Every return; run_due adds which are due."""
    return Refund.objects.all()


def step(refund: Refund) -> datetime | None:
    """Ask the provider for one return, or put it before an operator where a person has to do it.

    Raises Unavailable: it backs off and asks again under the same ref.
    """
    provider = providers.get(refund.topup.provider)
    try:
        done(refund.pk, provider.refund(refund))
    except Refused as no:
        refused(refund.pk, str(no))
    except ByHand as how:
        bury(refund, str(how))
    return None


@transaction.atomic
def bury(refund: Refund, why: str) -> None:
    """asked → unclear: the provider gave no answer that can be understood, or a person has to do it. An operator looks there
    (or sends the money) and says which it was."""
    row = Refund.objects.lock(refund.pk, RefundState.ASKED)
    if row is None:
        return
    row.state, row.error = RefundState.UNCLEAR, why[:1000]
    row.save(update_fields=["state", "error"])
    topup = row.topup
    difference.found(
        DifferenceKind.REFUND_UNCLEAR,
        row.ref,
        provider=topup.provider,
        topup=topup,
        customer=topup.customer,
        rubles=row.rubles,
        why=why,
    )


QUEUE: Final[Queue[Refund]] = Queue("refund", rows=rows, step=step, bury=bury, max_attempts=8, backoff_s=2.0)
