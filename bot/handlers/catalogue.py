"""The shop: shelves, formats, a model's card, its examples. Coming here leaves an unfinished order."""

from bot import favourite
from bot.events import Event, Tap
from bot.handlers import flow, gate, shop
from bot.handlers.gate import Whole
from bot.models import DialogState
from bot.router import on
from bot.screen import Screen
from bot.screens import card as cards
from bot.screens import catalogue, favourites, frame, menu
from bot.screens.shelves import FORMATS, SHELVES, Format, Origin, Shelf
from kie import durations, inputs, tariff
from kie.catalogue import AIModel

LISTS = {"shelf": SHELVES, "format": FORMATS, "found": ("",), favourites.ACTION: (favourites.ALL,)}  # of cards


@on.command("models", read_only=True)
@on.tap("models", read_only=True)
def models(event: Event) -> Screen:
    """The shelves."""
    left = flow.leave(event)
    return frame.noted(menu.shelves(shop.all_shelves()), left)


@on.tap("formats", read_only=True)
def formats(tap: Tap) -> Screen:
    """The formats."""
    left = flow.leave(tap)
    return frame.noted(catalogue.formats(shop.all_formats()), left)


@on.tap("shelf", str, Whole, read_only=True)
def shelf(tap: Tap) -> Screen:
    """A page of a shelf; an empty one leads to the others."""
    key, page = tap.args
    if key not in SHELVES:
        return gate.outdated(tap)
    left = flow.leave(tap)
    goods = shop.goods(category=key)
    narrower = shop.all_formats(key)
    screen = catalogue.shelf(Shelf(key, len(goods)), goods, page, narrower) if goods else _shelves()
    return frame.noted(screen, left)


@on.tap("format", str, Whole, read_only=True)
def by_format(tap: Tap) -> Screen:
    """A page of a format; an empty one leads to the others."""
    key, page = tap.args
    if key not in FORMATS:
        return gate.outdated(tap)
    left = flow.leave(tap)
    goods = shop.goods(format=key)
    screen = catalogue.shelf(Format(key, len(goods)), goods, page) if goods else catalogue.formats(shop.all_formats())
    return frame.noted(screen, left)


def _shelves() -> Screen:
    return menu.shelves(shop.all_shelves())


@on.tap("card", Whole, str, str, Whole, read_only=True)
def card(tap: Tap) -> Screen:
    """A model's card, opened from a list."""
    pk, *came_from = tap.args
    return show(tap, pk, Origin(*came_from)) if is_list(*came_from) else gate.outdated(tap)


def is_list(action: str, key: str, _page: int) -> bool:
    """Whether a card can be opened from there: buttons are not always ours."""
    return key in LISTS.get(action, ())


@on.tap("model", Whole, Whole, read_only=True)
def card_of_a_shelf(tap: Tap) -> Screen:
    """The same from a page of the model's shelf; keys of an older release, and those that come from no list."""
    pk, page = tap.args
    return show(tap, pk, page=page)


def show(event: Event, pk: int, origin: Origin | None = None, *, page: int = 0) -> Screen:
    """The card of a model that is sold; else a word that it is not. Without an `origin` its shelf is the way back."""
    left = _leave(event, origin)
    model = shop.on_sale(pk)
    goods = shop.priced(model, tariff.now()) if model else None
    if goods is None:
        gone = shop.gone(pk)
        if origin and origin.action == favourites.ACTION:
            gone = favourites.gone(gone, pk, origin)
        return frame.noted(gone, left)
    came_from, usual = origin or _own_shelf(goods.model, page), durations.usual(goods.model)
    kept = favourite.has(event.customer, pk)
    return frame.noted(cards.card(goods, inputs.fields(goods.model, {}), usual, origin=came_from, kept=kept), left)


@on.tap("ideas", Whole, str, str, Whole, read_only=True)
def ideas(tap: Tap) -> Screen:
    """A model's examples; the way back leads to its card."""
    pk, *came_from = tap.args
    return _examples(tap, pk, Origin(*came_from)) if is_list(*came_from) else gate.outdated(tap)


@on.tap("examples", Whole, Whole, read_only=True)
def examples(tap: Tap) -> Screen:
    """The same by keys of an older release."""
    pk, page = tap.args
    return _examples(tap, pk, page=page)


def _examples(tap: Tap, pk: int, origin: Origin | None = None, *, page: int = 0) -> Screen:
    left = _leave(tap, origin)
    model = shop.on_sale(pk)
    if model is None:
        return frame.noted(shop.gone(pk), left)
    return frame.noted(cards.examples(model, origin=origin or _own_shelf(model, page)), left)


def _own_shelf(model: AIModel, page: int) -> Origin:
    return Origin("shelf", model.category, page)


def _leave(event: Event, origin: Origin | None) -> str | None:
    """Out of any flow; but what was looked for stays while its results are looked at."""
    if origin is not None and origin.action == "found" and event.dialog.state == DialogState.SEARCH:
        return None
    return flow.leave(event)
