"""Money that came, beside what we had offered: whose it is, which row it is booked in, and whether it may be credited at once."""

from decimal import ROUND_FLOOR
from typing import Final
from uuid import UUID

from payments import difference, people, saying
from payments.amount import KOPECK
from payments.customer import Customer
from payments.difference import DifferenceKind
from payments.providers import XTR, Notice
from payments.terms import Terms
from payments.topup import TopUp, TopUpState
from payments.transfer import MOST, Kind
from reliability import clock

GREATEST: Final = MOST[Kind.TOPUP]  # rubles at once, whatever the operator's terms say
UNPAID: Final = (TopUpState.CREATED.value, TopUpState.PENDING.value, TopUpState.EXPIRED.value)


def offer_of(payload: str) -> TopUp | None:
    """The row with which the offer of this payload began; None: it is no offer of ours."""
    try:
        offer = UUID(payload)
    except ValueError:
        return None
    return TopUp.objects.filter(offer=offer).select_related("customer").order_by("pk").first()


def payer(offered: TopUp | None, notice: Notice) -> Customer:
    """Who is credited: who paid, met on the spot if need be; else whose offer it is. Raises LookupError if neither is known."""
    if notice.payer is None:
        if offered is None:
            raise LookupError(f"nobody is known to have paid {notice.external_id}")
        return offered.customer
    known = Customer.objects.filter(telegram_id=notice.payer).first()
    return known or people.meet(notice.payer, first_name="", username=None, language_code=None)[0]


def row(offered: TopUp | None, customer: Customer, notice: Notice, cid: str) -> TopUp:
    """The offer's own row, locked, where its person pays what was asked for the first time; else a new one, not saved yet."""
    as_asked = offered is not None and (offered.currency, offered.minor_amount) == (
        notice.currency,
        notice.minor_amount,
    )
    if offered and as_asked:
        own = TopUp.objects.select_for_update().filter(offer=offered.offer, customer=customer, external_id=None)
        if topup := own.filter(state__in=UNPAID).first():
            return topup
    rate = offered.rate if offered else Terms.now().rate
    worth = (notice.minor_amount / rate).quantize(KOPECK, ROUND_FLOOR)
    return TopUp(
        offer=offered.offer if offered else clock.uuid7(), customer=customer, provider=notice.provider, currency=notice.currency,
        minor_amount=notice.minor_amount, rate=rate, rubles=offered.rubles if offered and as_asked else max(worth, KOPECK), cid=cid,
    )  # fmt: skip


def judged(topup: TopUp, offered: TopUp | None, notice: Notice) -> tuple[TopUpState, str]:
    """What becomes of a payment, and what an operator should know about it."""
    odd = []
    if offered is None:
        odd.append(saying.UNKNOWN_OFFER.format(repr(notice.payload[:80])))
    elif topup.customer_id != offered.customer_id:
        odd.append(saying.ANOTHERS_OFFER.format(offered.customer))
    asked = (offered.minor_amount, offered.currency) if offered else (notice.minor_amount, XTR)
    if asked != (notice.minor_amount, notice.currency):
        odd.append(saying.OTHER_SUM.format(_price(*asked), _price(notice.minor_amount, notice.currency)))
    if topup.rubles > GREATEST:
        odd.append(saying.TOO_MUCH.format(GREATEST))
    by_itself = asked[1] == notice.currency and topup.rubles <= GREATEST
    return (TopUpState.PAID if by_itself else TopUpState.PENDING), "; ".join(odd)


def listed(kind: DifferenceKind, topup: TopUp, notice: Notice) -> None:
    """Put a payment before the operators: a line of their work list."""
    difference.found(
        kind, notice.payment, provider=topup.provider, topup=topup, customer=topup.customer, rubles=topup.rubles,
        why=topup.error, minor_amount=notice.minor_amount, currency=notice.currency,
    )  # fmt: skip


def _price(minor_amount: int, currency: str) -> str:
    return f"{saying.major(minor_amount, currency)} {currency}"
