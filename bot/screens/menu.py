"""The first screen, the main menu, the choice of language."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot.screen import Button, Keys, Screen, bold, lines
from bot.screens import frame
from bot.screens.shelves import Shelf
from bot.screens.words import cut, demo, rubles, russian


def welcome(
    first_name: str,
    on_shelves: list[Shelf],
    *,
    gift: Decimal = Decimal(0),
    own: Keys | None = None,
    ways: Keys | None = None,
) -> Screen:
    """What /start shows: who we are in a line, how many models there are, where to go; `gift` is what the person was
    given to begin with, `own` leads to what the person keeps, `ways` to what costs nothing."""
    name = cut(first_name, 40)
    count = sum(shelf.models for shelf in on_shelves)
    models = ngettext("{} model is ready to work.", "{} models are ready to work.", count).format(count)
    text = lines(
        bold(_("Hello, {}").format(name) if name else _("Hello")) + " 👋",
        "",
        _("TRT makes images, video, music and voice with neural networks, right in this chat."),
        models if count else _("There are no models on sale just now: please come back a little later."),
        "",
        _("You see the price before you start. If it does not work out, the money comes back by itself."),
        _("You have {} to try it out.").format(bold(rubles(gift))) if gift else None,
        _("What shall we make?") if count else None,
        demo(),
    )
    other = Button("🌐 English", "language", "en") if russian() else Button("🌐 Русский", "language", "ru")
    return Screen(text, [*_to_models(on_shelves, own), *(ways or []), *_own_keys(other)])


def description() -> str:
    """Under «What can this bot do?» in a chat that is still empty: at most 512 characters, plain text."""
    return lines(
        _("TRT makes images, video, music and voice with neural networks, right in this chat."),
        "",
        _("Choose a model, describe what you want, look at the price and start."),
        _("You see the price before you start. If it does not work out, the money comes back by itself."),
    )


def short_description() -> str:
    """On the bot's page and beside a link to it: at most 120 characters."""
    return _("Images, video, music and voice by neural networks. The price is shown before you start.")


def main(on_shelves: list[Shelf], *, available: Decimal, own: Keys | None = None, ways: Keys | None = None) -> Screen:
    """The main menu; `own` and `ways` as above."""
    text = lines(
        bold(_("🏠 Main menu")),
        _("Balance: {}").format(bold(rubles(available))),
        "",
        _("What shall we make?")
        if on_shelves
        else _("There are no models on sale just now: please come back a little later."),
    )
    keys = [
        *_to_models(on_shelves, own),
        *(ways or []),
        *_own_keys(Button(_("🌐 Language"), "languages")),
    ]
    return Screen(text, keys)


def languages() -> Screen:
    """The choice of language, readable in both."""
    keys = [[Button("🇷🇺 Русский", "language", "ru"), Button("🇬🇧 English", "language", "en")], [frame.menu()]]
    return Screen(
        lines(bold("🌐 Язык · Language"), "На каком языке говорить с вами?", "Which language shall we speak?"), keys
    )


def shelves(on_shelves: list[Shelf]) -> Screen:
    """/models: the shelves alone."""
    if not on_shelves:
        return Screen(_("There are no models on sale just now: please come back a little later."), [[frame.menu()]])
    return Screen(
        lines(bold(_("🗂 Models")), _("Choose what you want to make.")),
        [*shelf_keys(on_shelves), *_ways_in(on_shelves), [frame.menu()]],
    )


def shelf_keys(on_shelves: list[Shelf]) -> Keys:
    """A button for each shelf, with how many models stand on it."""
    return frame.in_rows([Button(f"{shelf.title} ({shelf.models})", "shelf", shelf.key, 0) for shelf in on_shelves])


def _to_models(on_shelves: list[Shelf], own: Keys | None) -> Keys:
    return [*shelf_keys(on_shelves), *_ways_in(on_shelves), *(own or [])]


def _ways_in(on_shelves: list[Shelf]) -> Keys:
    """The other ways to a model, where there are models."""
    return [[Button(_("🧭 By task"), "formats"), Button(_("🔍 Search"), "search")]] if on_shelves else []


def _own_keys(language: Button) -> Keys:
    return [
        [Button(_("📚 My generations"), "history", 0), Button(_("💰 Balance"), "balance")],
        [Button(_("❓ Help"), "help"), Button(_("💬 Support"), "support")],
        [language],
    ]
