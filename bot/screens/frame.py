"""What screens share: the ways out, pages, a note above a screen."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from django.utils.translation import gettext as _

from bot.screen import Button, Keys, Screen, lines
from bot.screens.words import safe

T = TypeVar("T")
A_PAGE = 8


def menu() -> Button:
    """To the main menu, in the same message."""
    return Button(_("🏠 Menu"), "menu")


def home() -> Button:
    """To the main menu in a message of its own: what stands above (a result) stays."""
    return Button(_("🏠 Menu"), "home")


def back(action: str, *args: int | str) -> Button:
    """To the screen that the person came from."""
    return Button(_("◀️ Back"), action, *args)


def resume() -> Button:
    """From an aside (balance, help) to the order that waits."""
    return Button(_("↩️ To my order"), "resume")


def way_out(waiting: bool = False) -> Keys:
    """The last rows of an aside: to the order, where one waits, and to the menu."""
    return [[resume()], [menu()]] if waiting else [[menu()]]


def noted(screen: Screen, note: str | None, reason: str = "") -> Screen:
    """The same screen under a short note, under the reason code of the log."""
    if not note:
        return replace(screen, reason=reason or screen.reason)
    return replace(screen, text=lines(f"ℹ️ <i>{safe(note)}</i>", "", screen.text), reason=reason or screen.reason)


def page_of(things: Sequence[T], page: int, size: int = A_PAGE) -> tuple[Sequence[T], int, int]:
    """The things on a page (counted from 0, the nearest there is), its number, and how many pages there are."""
    shown, page, pages = part(len(things), page, size)
    return things[shown], page, pages


def part(count: int, page: int, size: int = A_PAGE) -> tuple[slice, int, int]:
    """The same of `count` things that stand elsewhere: which part of them to ask for."""
    pages = max(1, -(-count // size))
    page = min(max(0, page), pages - 1)
    return slice(page * size, (page + 1) * size), page, pages


def turning(action: str, *args: int | str, page: int, pages: int) -> Keys:
    """“◀️ n/m ▶️”; nothing where there is one page. The ends lead around."""
    if pages < 2:
        return []
    return [
        [
            Button("◀️", action, *args, (page - 1) % pages),
            Button(f"{page + 1}/{pages}", action, *args, page),
            Button("▶️", action, *args, (page + 1) % pages),
        ]
    ]


def in_rows(buttons: Sequence[Button], across: int = 2) -> Keys:
    """Buttons in rows of `across`."""
    return [list(buttons[at : at + across]) for at in range(0, len(buttons), across)]
