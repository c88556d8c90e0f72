"""Promo codes, the gift, invited friends; and the links that lead to them."""

from decimal import Decimal

from django.utils.translation import gettext as _

from bot import deeplink, telegram
from bot.events import Command, Event, Message
from bot.handlers import flow, shop
from bot.router import on
from bot.screen import Screen
from bot.screens import frame
from bot.screens import growth as screens
from bot.screens.words import rubles
from payments import gifts, invites, ledger, promos
from payments.promos import Refusal, Why
from payments.terms import Terms


@on.command("invite", read_only=True)
@on.tap("invite", read_only=True)
def invite(event: Event) -> Screen:
    """The person's own link, what it brings and what it has brought. An order that waits keeps its place."""
    flow.back_to_order(event.dialog)
    reward, name = Terms.now().invite_rub, telegram.username()
    return screens.invitation(
        deeplink.invite(name, invites.code_of(event.customer)) if name else "",
        screens.Sum(reward, shop.images_for(reward)) if reward else None,
        invites.standing(event.customer),
        waiting=flow.waiting(event),
    )


@on.command("promo")
@on.tap("promo")
def promo(event: Event) -> Screen:
    """/promo CODE is redeemed at once; without one it is asked for."""
    if isinstance(event, Command) and event.argument:
        return _redeem(event, event.argument)
    flow.want_code(event.dialog)
    return screens.ask_code(waiting=flow.waiting(event))


def code_written(message: Message) -> Screen:
    """A message while a code is waited for."""
    return _redeem(message, "" if message.file else message.text)


def _redeem(event: Event, typed: str) -> Screen:
    """An unknown code leaves the question open; after any other answer the order, if one waits, stands again."""
    waiting = flow.waiting(event)
    if not promos.could_be(typed):
        flow.want_code(event.dialog)
        return screens.no_code(waiting=waiting)
    outcome = promos.redeem(event.customer, typed)
    if isinstance(outcome, Refusal):
        (flow.want_code if outcome.why == Why.UNKNOWN else flow.back_to_order)(event.dialog)
        return screens.refused(outcome, waiting=waiting)
    flow.back_to_order(event.dialog)
    given = outcome.transfer.amount
    shown = screens.Sum(given, shop.images_for(given))
    return screens.redeemed(outcome.code.code, shown, ledger.available(event.customer), waiting=waiting)


@on.tap("gift")
def gift(event: Event) -> Screen:
    """The one-time gift, or when it was had."""
    flow.back_to_order(event.dialog)
    waiting, taken = flow.waiting(event), gifts.take(event.customer)
    if taken is None:
        return screens.no_gift(waiting=waiting)
    given, new = taken
    if not new:
        return screens.gift_had(given.amount, given.created_at, waiting=waiting)
    shown = screens.Sum(given.amount, shop.images_for(given.amount))
    return screens.gift(shown, ledger.available(event.customer), waiting=waiting)


def opened(event: Command) -> Screen | None:
    """What the link behind a /start was for; None where it was nothing of ours, or an invitation: who is new has been met
    as invited before this. A newcomer hears first what they were given to begin with."""
    if not deeplink.moves_money(event.argument):
        return None
    given = gifts.welcomed(event.customer) if event.new_here else Decimal(0)
    greeting = _("Hello! You have {} to begin with.").format(rubles(given)) if given else None
    code = deeplink.promo_code(event.argument)
    return frame.noted(_redeem(event, code) if code else gift(event), greeting)


def own_link(event: Event) -> str | None:
    """A word for somebody who has opened their own invitation."""
    code = deeplink.invite_code(event.argument).upper() if isinstance(event, Command) else ""
    if not code or code != event.customer.invite_code:
        return None
    return _("This is your own link: send it to a friend who is not here yet.")
