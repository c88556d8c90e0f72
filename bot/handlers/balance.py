"""The balance and the history of operations."""

from django.conf import settings

from bot import movements
from bot.events import Event, Tap
from bot.handlers import flow
from bot.handlers.gate import Whole
from bot.router import on
from bot.screen import Screen
from bot.screens import balance as screens
from bot.screens import frame, statement
from payments import ledger

SHOWN = 5  # operations on the balance screen


@on.command("balance", read_only=True)
@on.tap("balance", read_only=True)
def balance(event: Event) -> Screen:
    """Available, on hold, the last operations."""
    flow.back_to_order(event.dialog)
    customer = event.customer
    return screens.balance(
        ledger.available(customer),
        ledger.held(customer),
        [movements.movement(one) for one in movements.seen(customer)[:SHOWN]],
        can_pay=settings.PAYMENTS_ENABLED,
        waiting=flow.waiting(event),
    )


@on.tap("moves", Whole, read_only=True)
def history(tap: Tap) -> Screen:
    """A page of all movements."""
    seen = movements.seen(tap.customer)
    part, shown, pages = frame.part(seen.count(), tap.arg)
    return statement.listing(
        [movements.movement(one) for one in seen[part]],
        ledger.held(tap.customer),
        page=shown,
        pages=pages,
        waiting=flow.waiting(tap),
    )


@on.tap("csv", read_only=True)
def file(tap: Tap) -> Screen:
    """All of them in a file, made when it is sent."""
    return statement.file(tap.customer.pk)
