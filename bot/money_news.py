"""Screens of money that moved by itself: a payment with the order that waited for it, a bill, a return, a correction."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _

from bot.handlers import offering, shop, topup
from bot.models import Delivery, Dialog, DialogState
from bot.screen import Screen, lines
from bot.screens import bill, frame, payment
from bot.screens.words import rubles
from bot.wizard import offer
from bot.wizard.draft import Draft
from kie.inputs import BadInput
from kie.pricing import NotForSale
from payments import ledger
from payments.ledger import NotEnoughMoney
from payments.models import Refund, TopUp, TopUpState, Transfer
from reliability import clock


def credited(delivery: Delivery) -> Screen:
    """The receipt of a payment, and under it what comes of the order that waited for it."""
    found = TopUp.objects.select_related("customer", "transfer").get(pk=delivery.payload["topup"])
    assert found.transfer is not None
    dialog = Dialog.objects.select_related("customer").filter(chat=delivery.chat).first()
    with translation.override(found.customer.locale):
        order = _waiting_order(dialog) if dialog else None
        waiting = order is None and _waits(dialog)
        available, asked = ledger.available(found.customer), found.asked()
        receipt = payment.credited(found, found.transfer, available, asked=asked, waiting=waiting)
    if order is None:
        return receipt
    return replace(order, text=lines(receipt.text, "", order.text), fresh=True)


def _waits(dialog: Dialog | None) -> bool:
    """Whether an order stands that the person can be led back to."""
    if dialog is None or dialog.state == DialogState.IDLE or "model" not in dialog.data:
        return False
    return dialog.expires_at is None or clock.now() < dialog.expires_at


def _waiting_order(dialog: Dialog) -> Screen | None:
    """The confirmation that stands: same revision, same price, or today's where its time is over; what is missing, where it is
    not enough yet. None where no order is priced: another is being answered, or none."""
    if dialog.quote is None or not _waits(dialog):
        return None
    draft = Draft.of(dialog.data)
    model = shop.on_sale(draft.model)
    if model is None:
        return shop.gone(draft.model)
    note, before = None, offer.price_of(dialog.quote)
    if offer.lapsed(dialog.quote, clock.now()):
        try:
            dialog.quote = offer.frozen(model, draft.answers, clock.now())  # shown; the tap on it freezes it
        except (BadInput, NotForSale):
            return None  # «to my order» leads to what is to be mended
        if offer.price_of(dialog.quote) != before:
            note = _("The price of your order has changed: it was {}.").format(rubles(before))
    price, available = offer.price_of(dialog.quote), ledger.available(dialog.customer)
    if available < price:
        return frame.noted(topup.not_enough(dialog, model, NotEnoughMoney(price, available)), note)
    return frame.noted(offering.confirmation(dialog, model, draft), note)


def _bill(delivery: Delivery) -> Screen:
    """How a top-up stands now: its bill, or how it ended."""
    found = _topup(delivery)
    with translation.override(found.customer.locale):
        if found.external_id and found.state == TopUpState.PENDING:
            return payment.under_review()
        if found.transfer_id:
            return bill.settled(found)
        waiting = _waits(Dialog.objects.filter(chat=delivery.chat).first())
        if found.state == TopUpState.PENDING:
            return bill.page(found, topup.ends(found), clock.now(), waiting=waiting)
        return topup.unpaid(found, waiting=waiting)


def _closed(delivery: Delivery) -> Screen | None:
    """The bill as it ended, in the place of its message; nothing where that shows something else by now, or never was sent."""
    found, bills = _topup(delivery), Delivery.objects.filter(dedup_key=delivery.payload["over"]).first()
    if bills is None or not bills.message_ids:
        return None
    later = Delivery.objects.filter(chat=delivery.chat, kind=Delivery.Kind.ANSWER, pk__gt=bills.pk)
    if later.filter(payload__edit=bills.message_ids[0]).exists():
        return None
    with translation.override(found.customer.locale):
        if found.state == TopUpState.REJECTED and found.decided_by == found.provider:
            return bill.rejected(found, [])
        return bill.settled(found) if found.transfer_id else bill.expired(found)


def _refund(delivery: Delivery) -> Screen:
    refund = Refund.objects.select_related("topup__customer", "returned").get(pk=delivery.payload["refund"])
    customer = refund.topup.customer
    with translation.override(customer.locale):
        return payment.returned(refund, ledger.available(customer))


def _moved(delivery: Delivery) -> Screen:
    transfer = Transfer.objects.select_related("customer").get(pk=delivery.payload["transfer"])
    with translation.override(transfer.customer.locale):
        return payment.corrected(transfer, ledger.available(transfer.customer))


def _topup(delivery: Delivery) -> TopUp:
    return TopUp.objects.select_related("customer").get(pk=delivery.payload["topup"])


NOTICES: Final[dict[str, Callable[[Delivery], Screen | None]]] = {
    "topup": _bill,
    "closed": _closed,
    "refund": _refund,
    "moved": _moved,
}
