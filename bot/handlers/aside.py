"""Asides: help, support, terms, settings. They leave an order where it is; “to my order” leads back."""

from bot.events import Event, Tap
from bot.favourite import Favourite
from bot.handlers import flow
from bot.router import on
from bot.screen import Screen
from bot.screens import help, selling
from bot.screens import settings as screens
from kie.models import Job
from payments.models import TopUp, TopUpState
from payments.terms import Terms
from reliability.cid import support_code

LAST = 5  # payments that /paysupport shows


@on.command("help", read_only=True)
@on.tap("help", read_only=True)
def helping(event: Event) -> Screen:
    """How it works."""
    return help.helping(waiting=flow.waiting(event))


@on.command("support", read_only=True)
@on.tap("support", read_only=True)
def support(event: Event) -> Screen:
    """Whom to write to, with the code of the last generation."""
    last = Job.objects.of(event.customer).first()
    return help.support(
        event.customer.telegram_id, support_code(last.cid) if last else None, waiting=flow.waiting(event)
    )


@on.command("paysupport", read_only=True)
@on.tap("paysupport", read_only=True)
def paysupport(event: Event) -> Screen:
    """Questions about payments, with the codes of the last ones. Offers that nobody took are no payments."""
    mine = TopUp.objects.filter(customer=event.customer)
    asked_for = mine.exclude(state=TopUpState.EXPIRED).exclude(state=TopUpState.CREATED)
    return selling.paysupport(
        list(asked_for.order_by("-pk")[:LAST]), event.customer.telegram_id, waiting=flow.waiting(event)
    )


@on.command("terms", read_only=True)
@on.tap("terms", read_only=True)
def terms(event: Event) -> Screen:
    """The terms of use and of sale."""
    return selling.terms(waiting=flow.waiting(event))


@on.command("settings", read_only=True)
def settings(event: Event) -> Screen:
    """What can be set, and the limits."""
    return screens.settings(Terms.now(), Favourite.objects.of(event.customer).count(), waiting=flow.waiting(event))


@on.tap("resume")
def resume(tap: Tap) -> Screen:
    """Back to the order that waits."""
    if late := flow.lapse(tap):
        return late
    flow.back_to_order(tap.dialog)
    return flow.current(tap)
