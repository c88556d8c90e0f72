"""One question of the wizard. Every button but the menu's carries the dialog's revision."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot.screen import Button, Keys, Screen, bold, lines
from bot.screens import ask, frame, labels
from bot.screens.words import rubles, safe
from kie.inputs import Field

CHOICES = 24  # on one page
SHORT = 12  # characters of a choice up to which three stand in a row


def question(
    field: Field,
    *,
    title: str,
    revision: int,
    step: tuple[int, int] | None,
    answer: Any = None,
    price: Decimal | None = None,
    examples: Sequence[str] = (),
    page: int = 0,
) -> Screen:
    """`field` asked for. `step` is (i, n), None where a single answer is changed; `answer` is what stands now;
    `price` the current one, where there is one yet."""
    hint = ask.example(field, examples)
    text = lines(
        safe(title) + (" • " + _("Step {}/{}").format(*step) if step else ""),
        bold(labels.label(field.name)),
        "",
        ask.request(field),
        ask.limits(field),
        _("For example: {}").format(f"<i>{hint}</i>") if hint else None,
        _given(field, answer),
        "" if price is not None else None,
        _("Price now: {}").format(rubles(price)) if price is not None else None,
    )
    return Screen(text, [*_choices(field, answer, revision, page), *_ending(field, answer, revision), *_ways(revision)])


def _given(field: Field, answer: Any) -> str | None:
    if answer in (None, [], ""):
        return None
    if field.kind == "images":
        most = f"/{field.max_items}" if field.max_items else ""
        return _("Received: {}").format(f"{len(answer)}{most}")
    return _("Now: {}").format(labels.value(field.name, field.kind, answer))


def options(field: Field) -> list[Any]:
    """What a question offers as buttons, in the order in which a tap names them."""
    return [True, False] if field.kind == "boolean" else list(field.choices or [])


def _choices(field: Field, answer: Any, revision: int, page: int) -> Keys:
    """A mark: ✓ chosen, ○ what is taken where nothing is chosen."""
    offered = list(enumerate(options(field)))
    shown, page, pages = frame.page_of(offered, page, CHOICES)
    buttons = [
        Button(_mark(field, value, answer) + labels.choice(field.name, value), "pick", revision, index)
        for index, value in shown
    ]
    longest = max((len(button.text) for button in buttons), default=0)
    rows = frame.in_rows(buttons, 3 if longest <= SHORT else 2 if longest <= 2 * SHORT else 1)
    return [*rows, *frame.turning("choices", revision, page=page, pages=pages)]


def _mark(field: Field, value: Any, answer: Any) -> str:
    chosen = value in answer if isinstance(answer, list) else answer is not None and value == answer
    if chosen:
        return "✓ "
    return "○ " if field.default is not None and value == field.default else ""


def _ending(field: Field, answer: Any, revision: int) -> Keys:
    keys: Keys = []
    if field.kind in {"images", "many"} and answer and len(answer) >= (field.min_items or 1):
        done = _("✅ Done")
        if field.kind == "images":
            done = ngettext("✅ Done ({} picture)", "✅ Done ({} pictures)", len(answer)).format(len(answer))
        keys.append([Button(done, "done", revision)])
    if field.kind in {"images", "many"} and answer:
        keys.append([Button(_("🗑 Start this list anew"), "clear", revision)])
    if not field.required:
        keys.append([Button(_("○ Leave as default"), "skip", revision)])
    return keys


def _ways(revision: int) -> Keys:
    return [[Button(_("◀️ Back"), "prev", revision), Button(_("❌ Cancel"), "cancel", revision)], [frame.menu()]]
