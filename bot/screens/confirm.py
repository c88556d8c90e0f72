"""The confirmation: what will be made, of what, at what price. And the two lists behind it: settings and answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from bot.screen import Button, Keys, Screen, bold, lines
from bot.screens import frame, values
from bot.screens.words import BUTTON, between, cut, demo, rubles, safe, uncharged
from kie.durations import Usual
from kie.inputs import Field


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the order: its place in the wizard's order, what it is, its value, whether a person chose it."""

    index: int
    field: Field
    value: Any
    chosen: bool


@dataclass(frozen=True, slots=True)
class Order:
    """A priced order as it is shown. `dialog` and `revision` name it on the button that takes it."""

    dialog: int
    revision: int
    title: str
    parameters: Sequence[Parameter]
    price: Decimal
    available: Decimal
    usual: Usual

    @property
    def given(self) -> list[Parameter]:
        """What the person has answered or chosen."""
        return [one for one in self.parameters if one.field.required or one.chosen]


def confirmation(order: Order) -> Screen:
    """Model, all parameters, price, the balance after, the expected time."""
    text = lines(
        bold(_("Check your order")),
        bold(order.title),
        *[_shown(one) for one in order.parameters if values.given(one.value)],
        "",
        _("Price: {}").format(bold(rubles(order.price))),
        uncharged() or _balance(order),
        _("Usually takes {}").format(between(order.usual.low_s, order.usual.high_s)),
        demo(),
    )
    start = _("✅ Start") if uncharged() else _("✅ Start for {}").format(rubles(order.price))
    settings: Keys = (
        [[Button(_("⚙️ Settings"), "settings", order.revision)]]
        if any(not one.field.required for one in order.parameters)
        else []
    )
    keys = [
        [Button(start, "run", order.dialog, order.revision)],
        *settings,
        [Button(_("✏️ Change"), "edit", order.revision)],
        [Button(_("◀️ Back"), "prev", order.revision), Button(_("❌ Cancel"), "cancel", order.revision)],
        [frame.menu()],
    ]
    return Screen(text, keys)


def _balance(order: Order) -> str:
    after = order.available - order.price
    if after >= 0:
        return _("Balance: {}, after the start {}").format(rubles(order.available), rubles(after))
    return _("Balance: {}, {} more is needed").format(rubles(order.available), rubles(-after))


def _shown(one: Parameter) -> str:
    return f"{safe(values.label(one.field))}: {values.html(one.field, one.value)}"


def settings(order: Order) -> Screen:
    """All optional parameters in one list: ○ as the model has it, ✓ chosen."""
    optional = [one for one in order.parameters if not one.field.required]
    text = lines(
        bold(_("⚙️ Settings")),
        safe(order.title),
        "",
        _("Tap what you want to change. ○ is the default, ✓ is your choice."),
        _("Price: {}").format(bold(rubles(order.price))),
    )
    keys = [[Button(_setting(one), "set", order.revision, one.index)] for one in optional]
    return Screen(text, [*keys, [Button(_("◀️ To the order"), "offer", order.revision)], [frame.menu()]])


def _setting(one: Parameter) -> str:
    shown = f": {values.plain(one.field, one.value)}" if values.given(one.value) else ""
    return cut(f"{'✓' if one.chosen else '○'} {values.label(one.field)}{shown}", BUTTON)


def answers(order: Order) -> Screen:
    """Pick an answer to change it; the others stay."""
    text = lines(bold(_("✏️ What to change?")), safe(order.title))
    keys = [[Button(_answer(one), "change", order.revision, one.index)] for one in order.given]
    return Screen(text, [*keys, [Button(_("◀️ To the order"), "offer", order.revision)], [frame.menu()]])


def _answer(one: Parameter) -> str:
    return cut(f"{values.label(one.field)}: {values.plain(one.field, one.value)}", BUTTON)
