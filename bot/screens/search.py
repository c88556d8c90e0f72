"""Looking for a model by words."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot.screen import Button, Screen, bold, lines
from bot.screens import catalogue, frame, menu
from bot.screens.catalogue import Goods
from bot.screens.shelves import Origin, Shelf
from bot.screens.words import quoted

SHOWN = 10


def ask(note: str | None = None) -> Screen:
    """What to look for."""
    text = lines(
        bold(_("🔍 Search")),
        _(
            "Write what you are looking for: a name, a task, a style. For example: kling, logo, voice, remove background."
        ),
    )
    return frame.noted(Screen(text, [[frame.back("models"), frame.menu()]]), note)


def found(query: str, goods: Sequence[Goods], count: int) -> Screen:
    """The best of `count` models that fit."""
    told = ngettext("{} model found", "{} models found", count).format(count)
    more = _("The closest are shown: more words narrow it down.") if count > len(goods) else None
    text = lines(bold(_("🔍 Search")), f"{quoted(query)}: {told}.", more)
    return Screen(text, [*catalogue.model_keys(goods, Origin("found")), _again()])


def nothing(query: str, on_shelves: list[Shelf]) -> Screen:
    """No model fits: where to look instead."""
    text = lines(
        bold(_("🔍 Search")),
        _("Nothing found for {}.").format(quoted(query)),
        _("Try another word, or look through the sections below."),
    )
    return Screen(text, [*menu.shelf_keys(on_shelves), _again()])


def _again() -> list[Button]:
    return [Button(_("🔍 New search"), "search"), frame.menu()]
