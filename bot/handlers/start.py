"""The first screen, the main menu, the language."""

from dataclasses import replace
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _

from bot import deeplink
from bot.events import Command, Event, Tap
from bot.handlers import flow, gate, growth, receipt, shop
from bot.models import DialogState
from bot.router import on
from bot.screen import Screen
from bot.screens import frame, menu
from payments import gifts, ledger
from payments.customer import LOCALES


def _only_looks(event: Command) -> bool:
    return not deeplink.moves_money(event.argument)


@on.command("start", read_only=_only_looks)
def start(event: Event) -> Screen:
    """What the link was for, if it was one of ours; else who we are, and the main menu."""
    if isinstance(event, Command) and (opened := growth.opened(event)):
        return opened
    left, customer = flow.leave(event), event.customer
    given = gifts.welcomed(customer)
    if given > ledger.available(customer):  # no promise of what is spent
        given = Decimal(0)
    welcome = menu.welcome(
        customer.first_name, shop.all_shelves(), gift=given, own=flow.own(customer), ways=flow.ways(customer)
    )
    return frame.noted(welcome, left or growth.own_link(event))


@on.command("menu", read_only=True)
@on.tap("menu", read_only=True)
def main_menu(event: Event) -> Screen:
    """The main menu; an unfinished order is dropped."""
    left = flow.leave(event)
    return frame.noted(flow.main_menu(event), left)


@on.tap("home", read_only=True)
def home(tap: Tap) -> Screen:
    """The main menu under what stands there: a result is not replaced."""
    return replace(main_menu(tap), fresh=True)


@on.command("cancel")
def cancel(event: Event) -> Screen:
    """Out of whatever it was. Where a request by bank transfer is all there is to cancel, that is asked about."""
    state = event.dialog.state
    if state in (DialogState.RECEIPT, DialogState.IDLE) and (meant := receipt.perhaps_given_up(event)):
        return meant
    if state == DialogState.IDLE:
        return frame.noted(flow.main_menu(event), _("There is nothing to cancel."))
    return frame.noted(flow.main_menu(event), _("Cancelled. Nothing was charged."))


@on.command("language", read_only=True)
@on.tap("languages", read_only=True)
def languages(event: Event) -> Screen:
    """The choice of language."""
    return menu.languages()


@on.tap("language", str, read_only=True)
def speak(tap: Tap) -> Screen:
    """Speak another language from now on; what stands is shown in it at once."""
    if tap.arg not in dict(LOCALES):
        return gate.outdated(tap)
    tap.customer.locale, tap.customer.chosen_locale = tap.arg, True
    tap.customer.save(update_fields=["locale", "chosen_locale"])
    with translation.override(tap.arg):
        return flow.current(tap) if tap.dialog.state != DialogState.IDLE else start(tap)
