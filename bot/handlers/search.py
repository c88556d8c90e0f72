"""Search: /search WORDS, or the words in the next message. Coming here leaves an unfinished order."""

from django.utils.translation import gettext as _

from bot import search
from bot.events import Command, Event, Message, Tap
from bot.handlers import flow, shop
from bot.models import DialogState
from bot.router import on
from bot.screen import Screen
from bot.screens import frame
from bot.screens import search as screens

QUERY = "query"  # in Dialog.data, so that a card leads back to what was found


@on.command("search")
@on.tap("search")
def asked(event: Event) -> Screen:
    """/search WORDS is looked for at once; without them they are asked for."""
    left = flow.leave(event)
    if isinstance(event, Command) and event.argument:
        return frame.noted(_looked_for(event, event.argument), left)
    event.dialog.move(DialogState.SEARCH, data={})
    return frame.noted(screens.ask(), left)


@on.tap("found", read_only=True)
def found(tap: Tap) -> Screen:
    """What was found, again; where the search was left meanwhile, it begins anew."""
    query = query_of(tap)
    return _results(query) if query else asked(tap)


def written(message: Message | Command) -> Screen:
    """A message while words are waited for; the next one searches again."""
    return _looked_for(message, "" if message.file else message.text)  # type: ignore[union-attr]  # a command is no message


def query_of(event: Event) -> str:
    """What was looked for last, while the search stands."""
    return str(event.dialog.data.get(QUERY, "")) if event.dialog.state == DialogState.SEARCH else ""


def _looked_for(event: Event, query: str) -> Screen:
    readable = search.readable(query)
    event.dialog.move(DialogState.SEARCH, data={QUERY: readable} if readable else {})
    return _results(readable) if readable else screens.ask(_("Write at least two letters."))


def _results(query: str) -> Screen:
    keys = search.find(query)
    best = keys[: screens.SHOWN]
    goods = sorted(shop.goods(pk__in=best), key=lambda one: best.index(one.model.pk))
    return screens.found(query, goods, len(keys)) if goods else screens.nothing(query, shop.all_shelves())
