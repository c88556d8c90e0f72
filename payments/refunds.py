"""Payments that go back: by an operator's word through the provider, or by the provider itself.

The wallet pays in the same commit that asks for it, so that nobody spends what is on its way back; a provider's no puts it
back into the wallet. The provider is asked under one `ref` until it has answered. Locks go wallet, top-up, refund, always.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import structlog
from django.db import models, transaction
from django.utils.translation import gettext

from payments import difference, ledger, mended, providers, share, topups
from payments.difference import DifferenceKind
from payments.providers import ByHand, Notice, Refused, Unavailable
from payments.refund import Refund, RefundState
from payments.share import Sum
from payments.signals import refund_ended
from payments.topup import TopUp, TopUpState
from reliability import clock
from reliability.due import DueQuerySet, Queue
from reliability.log import masked
from reliability.wake import wake

log = structlog.get_logger()

SOON: Final = timedelta(seconds=15)  # to ask a silent provider again, in the first
FIRST: Final = timedelta(minutes=5)
LATER: Final = timedelta(minutes=2)
WAITS_FOR_PROVIDER: Final = timedelta(days=1)  # asked again and again, harmlessly; then an operator looks
NOT_OURS: Final = "returned by the provider itself"


class CannotReturn(Exception):
    """Nothing has moved: this payment cannot be returned so. The sentence, in the operator's language, says why."""


@transaction.atomic
def ask(topup_id: int, rubles: Decimal, *, by: str, reason: str) -> Refund:
    """Return `rubles` of a payment through its provider: they leave the wallet now, the worker asks the provider.

    Each call is a return of its own. Raises CannotReturn, NotEnoughMoney, BadAmount.
    """
    topup = _locked_payment(pk=topup_id, state=TopUpState.PAID)
    if topup is None:
        raise CannotReturn(gettext("Only a payment that was credited, and not returned yet, can be returned."))
    part = share.of_rubles(rubles, paid=_paid(topup), left=left(topup))
    if part.rubles != topup.rubles and not providers.get(topup.provider).partial:
        raise CannotReturn(gettext("This provider returns a payment only whole."))
    refund = _returned(topup, part, by=by, reason=reason[:500], cid=topup.cid, actor=by)
    transaction.on_commit(wake)
    transaction.on_commit(lambda: log.info("refund.asked", refund=refund.pk, **topup.as_log(), back=str(part.rubles)))
    return refund


def left(topup: TopUp) -> Sum:
    """What of a payment may still go back: not returned, not being returned, and not taken back by an operator already."""
    return share.without(-mended.net_of(topup), paid=_paid(topup), left=kept(topup))


def kept(topup: TopUp) -> Sum:
    """What of a payment is not returned and not being returned."""
    back = topup.refunds.exclude(state=RefundState.REFUSED).aggregate(
        rubles=models.Sum("rubles"), minor=models.Sum("minor_amount")
    )
    return Sum(topup.rubles - (back["rubles"] or 0), topup.minor_amount - (back["minor"] or 0))


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
    refund.returned = ledger.refund_failure(
        refund.transfer, ref=f"failed:{refund.ref}", cid=refund.cid,
        actor=by or refund.topup.provider, note=f"the provider did not return it: {why}"[:500],
    )  # fmt: skip
    refund.save(update_fields=["state", "error", "returned"])
    _ended(refund)
    difference.settled(DifferenceKind.REFUND_UNCLEAR, refund.ref, note=by or "the provider has refused")
    if not by:  # nobody of ours has heard it yet, and somebody has promised the money to its person
        topup = refund.topup
        difference.found(
            DifferenceKind.REFUND_REFUSED, refund.ref, provider=topup.provider, topup=topup, customer=topup.customer, rubles=refund.rubles,
            by=refund.by, reason=refund.reason, why=why[:1000],
        )  # fmt: skip
    return True


@transaction.atomic
def heard(notice: Notice, *, cid: str) -> Refund | None:
    """The provider has returned a payment, whoever asked for it. Once for each return, however often and by whatever way it is told.

    A return of ours that waits for an answer is done by it. One that we never asked for is taken from the wallet; where the
    wallet has less, the rest is an adjustment, and a line on the work list. None: nothing was news, or nothing could be
    taken: the payment is unknown (a line on the list), or was never credited (then it is rejected).
    """
    topup = _locked_payment(provider=notice.provider, external_id=notice.external_id)
    if topup is None:
        difference.found(
            DifferenceKind.REFUND_UNKNOWN, notice.payment, provider=notice.provider, minor_amount=notice.minor_amount, currency=notice.currency
        )  # fmt: skip
        return None
    difference.settled(DifferenceKind.REFUND_UNKNOWN, notice.payment, note="the payment is known now")
    if topup.transfer is None and notice.minor_amount >= topup.minor_amount:
        if topups.reject(topup.pk, by=topup.provider, reason=NOT_OURS):
            difference.settled(DifferenceKind.NOT_CREDITED, notice.payment, note=NOT_OURS)
        return None
    known = topup.refunds.exclude(state=RefundState.REFUSED)
    if _told_before(known.filter(state=RefundState.DONE), notice):
        return _taken_later(topup, notice, cid)
    waiting = list(known.exclude(state=RefundState.DONE).filter(minor_amount=notice.minor_amount).order_by("pk"))
    if len(waiting) > 1 and any(one.state == RefundState.ASKED for one in waiting):
        return None  # which of them it is only the worker's question can tell; then this is told again, and known
    if waiting:
        done(waiting[0].pk, notice.refund_id)
        return waiting[0]
    return _taken(topup, notice, cid)


def _told_before(ended: models.QuerySet[Refund], notice: Notice) -> bool:
    """Whether one of the returns that have `ended` is this one. One that an operator ended without its id gets it now."""
    if ended.filter(external_id=notice.refund_id).exists():
        return True
    nameless = ended.filter(external_id="", minor_amount=notice.minor_amount).order_by("pk").first()
    if nameless is None:
        return False
    nameless.external_id = notice.refund_id
    nameless.save(update_fields=["external_id"])
    return True


def _taken_later(topup: TopUp, notice: Notice, cid: str) -> Refund | None:
    """What of a return there was no room for when it was told, for one of ours was asked for beside it: that was refused since."""
    later = f"{notice.refund_id}:rest"
    done = topup.refunds.filter(state=RefundState.DONE, external_id__in=[notice.refund_id, later])
    missing = notice.minor_amount - sum(done.values_list("minor_amount", flat=True))
    if missing <= 0 or not left(topup).minor or done.filter(external_id=later).exists():
        return None
    difference.settled(DifferenceKind.SUM, _key(notice), note="a return of ours was refused, and made room for it")
    return _taken(topup, replace(notice, minor_amount=missing, refund_id=later), cid)


def _key(notice: Notice) -> str:
    return f"{mended.OF_A_RETURN}{notice.payment}:{notice.refund_id}"


def _taken(topup: TopUp, notice: Notice, cid: str) -> Refund | None:
    """A return that we did not ask for leaves the wallet, as far as the payment goes."""
    rest = left(topup) if topup.transfer else Sum(Decimal(0), 0)
    part = share.of_minor(notice.minor_amount, paid=_paid(topup), left=rest)
    if notice.minor_amount > part.minor:
        difference.found(
            DifferenceKind.SUM, _key(notice), provider=notice.provider, topup=topup, customer=topup.customer, returned=notice.minor_amount, left=rest.minor, currency=notice.currency,
        )  # fmt: skip
    if not part.minor:
        return None
    refund = _returned(topup, part, by=topup.provider, reason=NOT_OURS, cid=cid, told=notice.refund_id)
    _ended(refund)
    return refund


def _returned(
    topup: TopUp, part: Sum, *, by: str, reason: str, cid: str, actor: str = "", told: str | None = None
) -> Refund:
    """The transfer and its row. What was `told` under an id is done already: there the wallet may lack money, which is lent to it."""
    ref = f"{mended.OF_A_RETURN}{topup.payment}:{topup.refunds.count() + 1}"
    if told is not None:
        _lend(topup, part.rubles, ref=ref, cid=cid)
    transfer = ledger.refund(
        topup.customer, part.rubles, provider=topup.provider, ref=ref, cid=cid, actor=actor, note=reason
    )
    ended = {} if told is None else {"state": RefundState.DONE, "external_id": told}
    return Refund.objects.create(
        topup=topup, ref=ref, rubles=part.rubles, minor_amount=part.minor, transfer=transfer, by=by, reason=reason, cid=cid, **ended
    )  # fmt: skip


def _lend(topup: TopUp, rubles: Decimal, *, ref: str, cid: str) -> None:
    """What the wallet lacks of `rubles` is an adjustment, and a line on the work list. The wallet is locked."""
    short = rubles - ledger.available(topup.customer)
    if short <= 0:
        return
    ledger.adjust(
        topup.customer, short, ref=f"short:{ref}", cid=cid, actor=topup.provider, note="returned, and spent before"
    )
    difference.found(
        DifferenceKind.REFUND_SHORT, ref, provider=topup.provider, topup=topup, customer=topup.customer, rubles=short
    )


def _paid(topup: TopUp) -> Sum:
    return Sum(topup.rubles, topup.minor_amount)


def _locked(refund_id: int) -> Refund | None:
    _locked_payment(refunds=refund_id)
    return Refund.objects.lock(refund_id, RefundState.ASKED, RefundState.UNCLEAR)


def _locked_payment(**which: Any) -> TopUp | None:
    """Not the key: `bury`, which has its refund locked, may write a line that refers to the top-up meanwhile."""
    known = TopUp.objects.filter(**which).select_related("customer").first()
    if known is None:
        return None
    ledger.lock(known.customer)
    locked = TopUp.objects.select_for_update(of=("self",), no_key=True).select_related("customer")
    return locked.filter(**which).first()


def _ended(refund: Refund) -> None:
    topup = refund.topup
    if refund.state == RefundState.DONE and _all_back(topup):
        topup.state = TopUpState.REFUNDED
        topup.save(update_fields=["state"])
        for ref in topup.refunds.filter(state=RefundState.REFUSED).values_list("ref", flat=True):
            difference.settled(DifferenceKind.REFUND_REFUSED, ref, note="all of the payment is back by now")
    refund_ended.send(sender=Refund, refund=refund)
    facts = topup.as_log() | {"refund": refund.pk, "back": str(refund.rubles), "why": refund.error}
    transaction.on_commit(lambda: log.info(f"refund.{refund.state}", **facts))


def _all_back(topup: TopUp) -> bool:
    back = topup.refunds.filter(state=RefundState.DONE).aggregate(rubles=models.Sum("rubles"))["rubles"]
    return bool(back == topup.rubles)


def rows(_now: datetime) -> DueQuerySet:
    """Every return; run_due adds which are due."""
    return Refund.objects.all()


def step(refund: Refund) -> datetime | None:
    """Ask the provider for one return, or put it before an operator where a person has to do it. A silent one is asked again
    under the same ref, for a day."""
    provider = providers.get(refund.topup.provider)
    try:
        done(refund.pk, provider.refund(refund))
    except Refused as no:
        refused(refund.pk, str(no))
    except ByHand as how:
        bury(refund, str(how))
    except Unavailable as silence:
        return _again(refund, masked(f"silent: {silence}")[:1000])
    return None


def _again(refund: Refund, why: str) -> datetime | None:
    """When to ask a silent provider next; None: not any more."""
    log.warning("refund.provider_silent", refund=refund.pk, provider=refund.topup.provider, why=why)
    now = clock.now()
    if now >= refund.created_at + WAITS_FOR_PROVIDER:
        bury(refund, why)
        return None
    Refund.objects.filter(pk=refund.pk, state=RefundState.ASKED).update(error=why)
    return now + (SOON if now < refund.created_at + FIRST else LATER)


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
        DifferenceKind.REFUND_UNCLEAR, row.ref, provider=topup.provider, topup=topup, customer=topup.customer, rubles=row.rubles, why=why
    )  # fmt: skip


QUEUE: Final[Queue[Refund]] = Queue("refund", rows=rows, step=step, bury=bury, max_attempts=8, backoff_s=2.0)
