"""The deeds of operators' acts, each called in a transaction that holds the person's wallet; and why one cannot be done."""

from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext

from payments import cures, ledger, mended, providers, reconcile, refunds, topups
from payments.customer import Customer
from payments.difference import Difference, DifferenceKind
from payments.order import CannotAct, Order
from payments.refund import Refund, RefundState
from payments.terms import MANUAL
from payments.topup import CREDITED, TopUp, TopUpState
from reliability import clock
from reliability.models import Sweep
from reliability.wake import wake

MENDED_BY_ANSWER: Final = (DifferenceKind.NOT_CREDITED.value, DifferenceKind.RECEIPT_WAITS.value)
SWEEP: Final = "payments"  # trt.sweeps: reconciliation


def credit(order: Order, person: Any) -> None:
    """adjustment → wallet."""
    _adjust(order, person, ref=f"adjust:{order.key}")


def debit(order: Order, person: Any) -> None:
    """wallet → adjustment. Raises NotEnoughMoney."""
    _adjust(order, person, ref=f"adjust:{order.key}", debit=True)


def _adjust(order: Order, person: Customer, *, ref: str, debit: bool = False) -> None:
    facts = {"cid": order.cid, "actor": order.actor, "note": order.reason}
    ledger.adjust(person, order.amount(), ref=ref, debit=debit, **facts)


def bonus(order: Order, person: Any) -> None:
    """promo → wallet."""
    ref = f"bonus:operator:{order.key}"
    ledger.bonus(person, order.amount(), ref=ref, cid=order.cid, actor=order.actor, note=order.reason)


def payout(order: Order, person: Any) -> None:
    """wallet → payout. Raises NotEnoughMoney."""
    ref = f"payout:{order.key}"
    ledger.payout(person, order.amount(), ref=ref, cid=order.cid, actor=order.actor, note=order.reason)


def block(order: Order, person: Any) -> None:
    """The person is answered once and can do nothing else. Raises CannotAct where it is so already."""
    _set_blocked(person, to=True)


def unblock(order: Order, person: Any) -> None:
    """The opposite."""
    _set_blocked(person, to=False)


def _set_blocked(person: Customer, *, to: bool) -> None:
    if not Customer.objects.filter(pk=person.pk, blocked=not to).update(blocked=to):
        raise CannotAct(gettext("It is so already."))


# Top-ups


def approve(order: Order, _person: Any) -> None:
    """pending → paid, and the end of the lines that waited for it. Raises CannotAct, BadAmount."""
    _end_of_topup(order)
    if topups.approve(order.target.pk, by=order.actor, rubles=order.amount(), reason=order.reason) is None:
        raise CannotAct(gettext("It was decided before."))


def reject(order: Order, _person: Any) -> None:
    """created, pending → rejected, likewise. Raises CannotAct."""
    _end_of_topup(order)
    if not topups.reject(order.target.pk, by=order.actor, reason=order.reason):
        raise CannotAct(gettext("It was decided before."))


def _end_of_topup(order: Order) -> None:
    """First, so that the line says who and why: the answer itself would end it without a name. The top-up is locked before its
    lines, as by whoever else moves it (`receipts`)."""
    TopUp.objects.lock(order.target.pk, *TopUp.OPEN)
    for line in Difference.objects.open().filter(topup=order.target, kind__in=MENDED_BY_ANSWER):
        _end(line, order)


def refund(order: Order, _person: Any) -> None:
    """A return through the provider. Raises CannotReturn, NotEnoughMoney, BadAmount."""
    refunds.ask(order.target.pk, order.amount(), by=order.actor, reason=order.reason)


def requery(order: Order, _person: Any) -> None:
    """An open invoice is asked for now. The rest is looked for in the provider's list, from before its offer on."""
    topup = order.target
    if asked_by_worker(topup) and TopUp.objects.unpaid().nudge(pk=topup.pk):
        transaction.on_commit(wake)
        return
    reconcile.ask_again(topup.provider, topup.created_at)
    Sweep.objects.filter(name=SWEEP).update(ran_at=None)  # due with the next minute


def asked_by_worker(topup: TopUp) -> bool:
    """Whether its provider can be asked about this very invoice; an offer of the others would only expire by a nudge."""
    invoices = topup.provider in providers.known() and providers.get(topup.provider).invoices
    return invoices and topup.state in TopUp.OPEN and topup.external_id is None


def cannot_approve(topup: TopUp) -> str:
    """Why not, "" if it can be."""
    if topup.state != TopUpState.PENDING:
        return gettext("Only a top-up that waits for an answer can be approved.")
    if mended.net_of(topup) > 0:
        return gettext("This payment was credited by hand, by a line of the work list: reject its top-up.")
    if not topups.approvable(topup):
        return gettext(
            "The provider has not named this payment yet. Ask it again: as soon as it says that the money is there, it is credited by itself."
        )
    return ""


def cannot_reject(topup: TopUp) -> str:
    """Why not, "" if it can be."""
    return "" if topup.state in TopUp.OPEN else gettext("Only a top-up that is not decided yet can be rejected.")


def cannot_refund(topup: TopUp) -> str:
    """Why not, "" if it can be."""
    if topup.state != TopUpState.PAID:
        return gettext("Only a payment that was credited, and not returned yet, can be returned.")
    if refunds.left(topup)[0] <= 0:
        return gettext("Nothing of it is left to return: it is back, on its way back, or was taken from the balance.")
    return ""


def cannot_requery(topup: TopUp) -> str:
    """Why not, "" if it can be."""
    if topup.provider == MANUAL:
        return gettext("A bank transfer has nobody to ask but your bank.")
    return gettext("It is credited: there is nothing to ask.") if topup.state in CREDITED else ""


# Refunds and differences


def went(order: Order, _person: Any) -> None:
    """unclear → done. Raises CannotAct."""
    refund: Refund = order.target
    if not refunds.done(
        refund.pk, order.external_id or refund.topup.external_id or refund.ref, by=order.by.get_username()
    ):
        raise CannotAct(gettext("It was decided before."))


def did_not(order: Order, _person: Any) -> None:
    """unclear → refused. Raises CannotAct."""
    if not refunds.refused(order.target.pk, order.reason, by=order.actor):
        raise CannotAct(gettext("It was decided before."))


def cannot_decide(refund: Refund) -> str:
    """Why not, "" if it can be."""
    return "" if refund.state == RefundState.UNCLEAR else gettext("The provider itself answers this one.")


def settle(order: Order, _person: Any) -> None:
    """The end of a line, without money. Raises CannotAct."""
    _end(order.target, order)


def cure(order: Order, person: Customer | None) -> None:
    """adjustment → wallet, or the other way: what mends a line, its end, and the end of those that it mends besides. Raises
    CannotAct, NotEnoughMoney, RefConflict."""
    if person is None:
        raise CannotAct(gettext("Say whom it concerns, by their Telegram id."))
    line, act = order.target, order.act.name
    _adjust(order, person, ref=cures.ref(line, act), debit=order.act.takes)
    _end(line, order)
    cures.beside(line, act).update(**_ended(order))


def _end(line: Difference, order: Order) -> None:
    if not Difference.objects.open().filter(pk=line.pk).update(**_ended(order)):
        raise CannotAct(gettext("It was ended before."))


def _ended(order: Order) -> dict[str, Any]:
    return {"ended_at": clock.now(), "ended_by": order.by.get_username(), "note": order.reason}


def cannot_end(line: Difference) -> str:
    """Why not, "" if it can be."""
    return gettext("It was ended before.") if line.ended_at else ""
