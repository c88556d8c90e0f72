"""The money that mends a line of the work list: only what fits its kind, once for each payment either way, and no more than is wrong.

Several lines may tell of one payment. So what may move goes by the payment and not by the line, and the transfer is named after
it: of two cures that come at once by two lines, the ledger takes one.
"""

from decimal import ROUND_FLOOR, Decimal
from typing import Final

from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext

from payments import ledger, mended, refunds
from payments.act_names import label
from payments.amount import KOPECK
from payments.customer import Customer
from payments.difference import Difference, DifferenceKind, DifferenceQuerySet
from payments.mended import CREDIT, DEBIT
from payments.order import Order
from payments.providers import RUB
from payments.topup import TopUp

FIT: Final[dict[str, tuple[str, ...]]] = {  # of each kind that money can mend
    DifferenceKind.UNKNOWN_PAYMENT: (CREDIT,),
    DifferenceKind.UNKNOWN_OFFER: (DEBIT,),
    DifferenceKind.NOT_THERE: (DEBIT,),
    DifferenceKind.SUM: (CREDIT, DEBIT),
    DifferenceKind.REFUND_UNKNOWN: (DEBIT,),
    DifferenceKind.REFUND_SHORT: (DEBIT,),
    DifferenceKind.REF_CONFLICT: (CREDIT, DEBIT),
}


def cannot_credit(line: Difference) -> str:
    """Why not, "" if it can be."""
    if why := _cannot(line, CREDIT):
        return why
    topup = mended.payment_of(line)
    if topup is not None and topup.transfer_id is None:
        return gettext("This payment waits on the page of its top-up: approve or reject it there.")
    missing = most(line, CREDIT)
    return gettext("Nothing of this payment is missing.") if missing is not None and missing <= 0 else ""


def cannot_debit(line: Difference) -> str:
    """Why not, "" if it can be."""
    return _cannot(line, DEBIT) or ("" if most(line, DEBIT) else gettext("Nothing of this payment is left to take."))


def _cannot(line: Difference, act: str) -> str:
    if line.ended_at:
        return gettext("It was ended before.")
    if act not in FIT.get(line.kind, ()):
        return gettext("This does not mend a line of this kind.")
    if mended.same(line, act).exists():
        return gettext("It was done for this payment before. If more has to move, do it on the person's page.")
    return ""


def too_much(order: Order, person: Customer | None) -> str:
    """Why not this sum for this person, "" if it is right. The person's wallet is locked, or the answer may be old."""
    limit = most(order.target, order.act.name, person)
    if limit is None or order.rubles is None or order.rubles <= limit:
        return ""
    return gettext("At most {} ₽: the payment has no more to mend.").format(localize(limit.quantize(KOPECK)))


def most(line: Difference, act: str, person: Customer | None = None) -> Decimal | None:
    """The rubles that may move, zero or more; None: the books cannot say what came. Taken is only from who has them."""
    topup = mended.payment_of(line)
    if act == CREDIT:
        came = _came(line, topup)
        return None if came is None else max(came - _credited(line, topup), Decimal(0))
    if line.kind == DifferenceKind.REFUND_SHORT:
        return line.rubles
    return max(_has(line, topup, person), Decimal(0))


def _credited(line: Difference, topup: TopUp | None) -> Decimal:
    """What of a payment was credited to anybody, whether or not it went back to them since."""
    by_itself = topup.rubles if topup is not None and topup.transfer_id else Decimal(0)
    return by_itself + mended.net(line)


def _has(line: Difference, topup: TopUp | None, person: Customer | None) -> Decimal:
    """What of a payment people have here, or this person: what was credited, less what went back or was taken."""
    added = mended.net(line, person)
    theirs = topup is not None and topup.transfer_id is not None and (person is None or person.pk == topup.customer_id)
    return refunds.kept(topup)[0] + added if topup is not None and theirs else added


def _came(line: Difference, topup: TopUp | None) -> Decimal | None:
    """What the provider says was paid, in rubles; None for a currency of which we know no price."""
    minor, currency = line.facts.get("paid", 0), line.facts.get("currency")
    if topup is not None and topup.currency == currency:
        return (topup.rubles * minor / topup.minor_amount).quantize(KOPECK, ROUND_FLOOR)
    return Decimal(minor).scaleb(-2) if currency == RUB or not minor else None


def ref(line: Difference, act: str) -> str:
    """Of the cure's transfer. Whoever's unknown payment is credited has it by the payment's own ref: once its offer is known, nothing
    credits it again."""
    if line.kind == DifferenceKind.UNKNOWN_PAYMENT:
        return ledger.topup_ref(line.subject)
    return f"cure:{'in' if act == CREDIT else 'out'}:{line.subject}"


def beside(line: Difference, act: str) -> DifferenceQuerySet:
    """Other open lines of the same subject that the same act would mend: they end with it."""
    kinds = [kind for kind, fit in FIT.items() if act in fit]
    return Difference.objects.open().filter(mended.about(line.subject), kind__in=kinds).exclude(pk=line.pk)


def told(line: Difference, act: str) -> list[str]:
    """What an operator should know before: what was moved for the payment, which lines of it end with this one, and which do not."""
    moved = [
        gettext("⚠️ Moved for this payment before: {act}, {rubles} ₽, {by}, {when}.").format(
            act=label(one.act), rubles=localize(one.rubles), by=one.by, when=timezone.localtime(one.created_at).strftime("%d.%m.%Y %H:%M")
        )
        for one in mended.acts(line).select_related("by").order_by("pk")
    ]  # fmt: skip
    ending = list(beside(line, act).order_by("pk"))
    staying = (
        Difference.objects.open().filter(mended.about(line.subject)).exclude(pk__in=[one.pk for one in (line, *ending)])
    )
    ends = [gettext("With it ends: {}.").format(one) for one in ending]
    return [*moved, *ends, *[gettext("⚠️ Stays open: {}.").format(one) for one in staying.order_by("pk")]]
