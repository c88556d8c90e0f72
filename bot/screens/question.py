"""One question of the wizard. Every button but the menu's carries the dialog's revision."""

import dataclasses
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from bot.screen import Button, Keys, Screen, bold, lines
from bot.screens import ask, bounds, frame, values
from bot.screens.words import locale, rubles, safe
from bot.wizard import reading
from kie.inputs import Field, Kind

CHOICES = 24  # on one page
SHORT = 12  # characters of a choice up to which three stand in a row


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """A question as it stands: `step` is (i, n), None where a single answer is changed; `answer` is what there is now."""

    field: Field
    title: str  # the model's
    revision: int
    step: tuple[int, int] | None = None
    answer: Any = None
    price: str = ""  # by the answers so far, as people read it
    prices: Mapping[int, Decimal] = dataclasses.field(
        default_factory=dict
    )  # of each choice, where it decides the price
    examples: Sequence[str] = ()
    page: int = 0
    instead: Sequence[str] = ()  # the labels of other questions of which one will do as well
    own: Keys = dataclasses.field(default_factory=list)  # the person's own generations, where one of them is the answer
    note: str | None = None  # a word above them


def question(asked: Asked) -> Screen:
    """The question with its limits, an example, the price so far, and its choices."""
    hint = ask.example(asked.field, asked.examples)
    text = lines(
        safe(asked.title) + (" • " + _("Step {}/{}").format(*asked.step) if asked.step else ""),
        bold(values.label(asked.field)),
        "",
        ask.request(asked.field),
        bounds.limits(asked.field),
        _("For example: {}").format(f"<i>{hint}</i>") if hint else None,
        _given(asked),
        _instead(asked),
        asked.note,
        lines("", _("Price: {}").format(asked.price)) if asked.price else None,
    )
    return Screen(text, [*_choices(asked), *asked.own, *_ending(asked), *_ways(asked.revision)])


def _given(asked: Asked) -> str | None:
    if not values.given(asked.answer):
        return None
    if asked.field.several and asked.field.media and asked.field.max_items != 1:
        received, most = len(asked.answer), asked.field.max_items
        return _("Received: {} of {}").format(received, most) if most else _("Received: {}").format(received)
    return _("Now: {}").format(values.html(asked.field, asked.answer))


def _instead(asked: Asked) -> str | None:
    if not asked.field.either or not asked.instead:
        return None
    others = ", ".join(f"“{label}”" if locale() == "en" else f"«{label}»" for label in asked.instead)
    return safe(_("You can skip this and give another one instead: {}.").format(others))


def options(field: Field) -> list[Any]:
    """What a question offers as buttons, in the order in which a tap names them."""
    if field.kind == Kind.BOOLEAN:
        return [True, False]
    return list(field.choices) if field.kind in (Kind.CHOICE, Kind.MANY) else []


def _choices(asked: Asked) -> Keys:
    offered = [one for one in enumerate(options(asked.field)) if not asked.prices or one[0] in asked.prices]
    shown, page, pages = frame.page_of(offered, asked.page, CHOICES)
    buttons = [Button(_option(asked, index, value), "pick", asked.revision, index) for index, value in shown]
    longest = max((len(button.text) for button in buttons), default=0)
    rows = frame.in_rows(buttons, 3 if longest <= SHORT else 2 if longest <= 2 * SHORT else 1)
    return [*rows, *frame.turning("choices", asked.revision, page=page, pages=pages)]


def _option(asked: Asked, index: int, value: Any) -> str:
    """✓ chosen, ○ what is taken where nothing is chosen; and what it would cost."""
    answer, default = asked.answer, asked.field.default
    chosen = value in answer if isinstance(answer, list) else values.given(answer) and value == answer
    by_default = not values.given(answer) and values.given(default) and value == default
    mark = "✓ " if chosen else "○ " if by_default else ""
    cost = f" • {rubles(asked.prices[index])}" if index in asked.prices else ""
    return f"{mark}{values.choice(asked.field, value)}{cost}"


def _ending(asked: Asked) -> Keys:
    field, answer, keys = asked.field, asked.answer, []
    if field.several and answer:
        if reading.enough(field, answer):
            done = _("✅ Done ({})").format(len(answer))
            keys.append([Button(done, "done", asked.revision)])
        keys.append([Button(_("🗑 Start over with this list"), "clear", asked.revision)])
    if field.either and not values.given(answer):
        keys.append([Button(_("Skip ▶️"), "skip", asked.revision)])
    elif not field.required and values.given(answer) and field.default not in options(field):
        back = _("○ Leave it out") if field.default is None else _("○ Back to default")
        keys.append([Button(back, "skip", asked.revision)])
    return keys


def _ways(revision: int) -> Keys:
    return [[Button(_("◀️ Back"), "prev", revision), Button(_("❌ Cancel"), "cancel", revision)], [frame.menu()]]
