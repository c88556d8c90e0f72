"""The shop: shelves, a shelf, a model's card, its examples. Coming here leaves an unfinished order."""

from bot.events import Event, Tap
from bot.handlers import flow, gate, shop
from bot.handlers.gate import Whole
from bot.router import on
from bot.screen import Screen
from bot.screens import card as cards
from bot.screens import catalogue, frame, menu
from bot.screens.shelves import SHELVES, Shelf
from kie import inputs


@on.command("models", read_only=True)
@on.tap("models", read_only=True)
def models(event: Event) -> Screen:
    """The shelves."""
    left = flow.leave(event)
    return frame.noted(menu.shelves(shop.all_shelves()), left)


@on.tap("shelf", str, Whole, read_only=True)
def shelf(tap: Tap) -> Screen:
    """A page of a shelf; an empty one leads to the others."""
    key, page = tap.args
    if key not in SHELVES:
        return gate.outdated(tap)
    left = flow.leave(tap)
    goods = shop.goods(key)
    screen = catalogue.shelf(Shelf(key, len(goods)), goods, page) if goods else menu.shelves(shop.all_shelves())
    return frame.noted(screen, left)


@on.tap("model", Whole, Whole, read_only=True)
def card(tap: Tap) -> Screen:
    """A model's card."""
    pk, page = tap.args
    return show(tap, pk, page)


def show(event: Event, pk: int, page: int = 0) -> Screen:
    """The card of a model that is sold; else a word that it is not."""
    left = flow.leave(event)
    model = shop.on_sale(pk)
    goods = shop.priced(model) if model else None
    screen = cards.card(goods, inputs.fields(goods.model), page=page) if goods else catalogue.gone()
    return frame.noted(screen, left)


@on.tap("examples", Whole, Whole, read_only=True)
def examples(tap: Tap) -> Screen:
    """A model's examples."""
    left = flow.leave(tap)
    pk, page = tap.args
    model = shop.on_sale(pk)
    return frame.noted(cards.examples(model, page=page) if model else catalogue.gone(), left)
