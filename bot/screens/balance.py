"""The balance: available, on hold, the last operations."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from bot.screen import Button, Keys, Screen, bold, lines
from bot.screens import frame, statement
from bot.screens.statement import Movement
from bot.screens.words import demo, rubles


def balance(
    available: Decimal, held: Decimal, movements: Sequence[Movement], *, can_pay: bool, waiting: bool = False
) -> Screen:
    """Available, on hold, the last operations in words."""
    text = lines(
        bold(_("💰 Balance")),
        _("Available: {}").format(bold(rubles(available))),
        _("On hold: {} (for generations under way)").format(rubles(held)) if held else None,
        demo(),
        "",
        bold(_("Last operations")) if movements else _("There have been no operations yet."),
        *[statement.dated(one) for one in movements],
    )
    keys: Keys = [[Button(_("💳 Top up"), "topup")]] if can_pay else []
    if movements:
        keys.append([Button(_("📜 History of operations"), "moves", 0)])
    return Screen(text, [*keys, *frame.way_out(waiting)])
