"""A person's own money, as it comes by Stars."""

from decimal import Decimal

from payments import ledger, topups
from payments.models import Customer, Transfer
from reliability import cid


def tops_up(customer: Customer, rubles: str) -> Transfer:
    """An offer of so many rubles, paid as asked."""
    offer = topups.start(customer, Decimal(rubles), cid=cid.new())
    paid = topups.paid(
        offer,
        external_id=f"own:{offer.pk}",
        currency=offer.currency,
        minor_amount=offer.minor_amount,
        cid=cid.new(),
        telegram_id=customer.telegram_id,
    )
    assert paid is not None
    return paid


def spends(customer: Customer, rubles: str, name: str) -> None:
    """A hold of so much, captured: a result, as `kie.jobs` ends it."""
    hold = ledger.hold(customer, Decimal(rubles), ref=f"hold:job:{name}", cid=cid.new())
    ledger.capture(hold, ref=f"capture:job:{name}", cid=cid.new())
