"""Moves of the dialog that several handlers make: leave it, notice a day of silence, show where it stands."""

from django.utils.translation import gettext as _

from bot.events import Event
from bot.favourite import Favourite
from bot.handlers import asking, offering, request, shop
from bot.models import Dialog, DialogState
from bot.screen import Keys, Screen
from bot.screens import favourites, frame, growth, menu, search, topup
from bot.wizard.draft import Draft
from kie.job import Job
from payments import gifts, ledger
from payments.customer import Customer
from payments.terms import Terms
from reliability import clock

RECEIPT_TO = "receipt"  # in Dialog.data, beside an order: the request whose receipt is waited for
WANTED = (DialogState.TOPUP, DialogState.RECEIPT, DialogState.PROMO)  # is waited for; an order may stand behind it


def leave(event: Event) -> str | None:
    """Out of the wizard, safely: nothing is ordered, money stays as it is. Returns `parting`."""
    word = parting(event)
    if event.dialog.state != DialogState.IDLE or event.dialog.data or event.dialog.expires_at:
        event.dialog.move(DialogState.IDLE, data={})
    return word


def parting(event: Event) -> str | None:
    """The word about an unfinished order that is left; None where there is none, or nothing was answered yet, or where
    `event` only looks ahead of a kept update, which finds its order in place."""
    if event.ahead or not waiting(event) or not Draft.of(event.dialog.data).answers:
        return None
    return _("The unfinished order is put away. Nothing was charged.")


def main_menu(event: Event) -> Screen:
    """The main menu, out of any flow."""
    leave(event)
    customer = event.customer
    return menu.main(shop.all_shelves(), available=ledger.available(customer), own=own(customer), ways=ways(customer))


def own(customer: Customer) -> Keys:
    """Keys of the menus to what is the person's: favourites, the last order."""
    return favourites.ways(Favourite.objects.of(customer).count(), repeat=Job.objects.of(customer).exists())


def ways(customer: Customer) -> Keys:
    """Keys of the menus to what costs nothing: a friend, a code, the gift while it waits."""
    terms = Terms.now()
    return growth.ways(invite=terms.invite_rub > 0, gift=gifts.open_to(customer, terms))


def lapse(event: Event) -> Screen | None:
    """After a day of silence an unfinished order is put away with a polite note, by whom it may be: us, or the sweep
    before us (bot.keeping.put_away). None while it lives."""
    until = event.dialog.expires_at
    if until is None or clock.now() < until:
        return None
    return frame.noted(
        main_menu(event),
        _("We last spoke more than a day ago, so the unfinished order was put away. Nothing was charged."),
        "STATE_MISMATCH",
    )


def waiting(event: Event) -> bool:
    """Whether an order stands that an aside (balance, help) can lead back to."""
    return event.dialog.state != DialogState.IDLE and "model" in event.dialog.data


def want_amount(dialog: Dialog) -> None:
    """Wait for a sum; the order that stands keeps its place and its revision."""
    _want(dialog, DialogState.TOPUP)


def want_code(dialog: Dialog) -> None:
    """Wait for a promo code, likewise."""
    _want(dialog, DialogState.PROMO)


def _want(dialog: Dialog, state: DialogState) -> None:
    dialog.state = state
    dialog.expires_at = clock.now() + asking.SILENCE if "model" in dialog.data else None  # it is the order that lapses
    dialog.save(update_fields=["state", "expires_at"])


def want_receipt(dialog: Dialog, request_pk: int) -> None:
    """Wait for a receipt to a request, as long as it takes; the order that stands keeps its place, its revision, and lives
    long enough for the answer to the receipt."""
    dialog.state = DialogState.RECEIPT
    dialog.expires_at = clock.now() + 2 * asking.SILENCE if "model" in dialog.data else None
    dialog.data = dialog.data | {RECEIPT_TO: request_pk}
    dialog.save(update_fields=["state", "data", "expires_at"])


def back_to_order(dialog: Dialog) -> None:
    """Wait for a sum, a receipt or a code no longer: what stood before stands again, under its own revision."""
    if dialog.state in WANTED:
        stood = DialogState.WIZARD if "model" in dialog.data else DialogState.IDLE
        dialog.state = DialogState.CONFIRM if dialog.quote else stood
        if dialog.state == DialogState.IDLE:
            dialog.expires_at = None  # there is no order that could lapse
        dialog.data.pop(RECEIPT_TO, None)
        dialog.save(update_fields=["state", "data", "expires_at"])


def current(event: Event, note: str | None = None, reason: str = "") -> Screen:
    """The screen on which the dialog stands, under a note. Changes nothing, unless its model is not sold any more."""
    return frame.noted(_standing(event), note, reason)


def _standing(event: Event) -> Screen:
    dialog = event.dialog
    if dialog.state == DialogState.TOPUP:
        return topup.own_amount(Terms.now(), waiting=waiting(event))
    if dialog.state == DialogState.RECEIPT and (paying := request.of(event.customer, dialog.data.get(RECEIPT_TO))):
        return request.shown(paying, waiting=waiting(event))
    if dialog.state == DialogState.PROMO:
        return growth.ask_code(waiting=waiting(event))
    if dialog.state == DialogState.SEARCH:
        return search.ask()
    if not waiting(event):
        return main_menu(event)
    draft = Draft.of(dialog.data)
    model = shop.on_sale(draft.model)
    if model is None:
        leave(event)
        return shop.gone(draft.model)
    if dialog.quote is not None:
        return offering.confirmation(dialog, model, draft)
    return asking.question(dialog, model, draft)
