"""Payments by Stars that come in and go back."""

import structlog

from bot.events import Paid, Refunded
from bot.router import on
from bot.screen import Screen
from bot.screens import payment as screens
from payments import topups
from payments.ledger import RefConflict
from reliability import cid
from reliability.log import person

log = structlog.get_logger()


@on.on(Paid)
def paid(event: Paid) -> Screen | None:
    """Stars have come: credited once for each charge. The message about it is written by the credit itself."""
    try:
        transfer = topups.paid(
            event.payload,
            external_id=event.charge_id,
            currency=event.currency,
            minor_amount=event.amount,
            cid=cid.current(),
            telegram_id=event.customer.telegram_id,
        )
    except RefConflict as conflict:
        log.error("stars.conflict", charge=event.charge_id, why=str(conflict))
        return screens.under_review()
    return None if transfer else screens.under_review()


@on.on(Refunded)
def refunded(event: Refunded) -> Screen:
    """Stars went back. The sum leaves the balance by an operator's hand; this line is what tells them."""
    log.error(
        "stars.refunded",
        charge=event.charge_id,
        stars=event.amount,
        person=person(event.customer.telegram_id),
        fix_hint="take the sum from the balance in the admin",
    )
    return screens.refunded(event.amount)
