"""Stars that have come and Stars that went back, as Telegram tells of them in the chat."""

from bot.events import Paid, Refunded
from bot.router import on
from bot.screen import Screen
from bot.screens import payment as screens
from payments import refunds, topups
from payments.ledger import RefConflict
from payments.models import TopUp
from payments.providers import Notice
from payments.terms import STARS
from reliability import cid


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
    except RefConflict:  # a line of the work list by now
        return screens.under_review()
    return None if transfer else screens.under_review()


@on.on(Refunded)
def refunded(event: Refunded) -> Screen | None:
    """Stars went back, by our asking or by Telegram: booked once for each charge. The message is written by the booking itself.

    A payment that nobody has told us of is found by reconciliation, with its return: until then only the return is said.
    """
    notice = Notice(
        STARS, event.charge_id, event.payload, event.currency, event.amount,
        news="refunded", payer=event.customer.telegram_id, refund_id=event.charge_id,
    )  # fmt: skip
    refunds.heard(notice, cid=cid.current())
    known = TopUp.objects.filter(provider=STARS, external_id=event.charge_id).exists()
    return None if known else screens.refunded(event.amount)
