"""Favourites: the list, and the buttons that put a model there and take it out."""

from dataclasses import replace

from django.utils.translation import gettext as _

from bot import favourite
from bot.events import Tap
from bot.favourite import Favourite, Full
from bot.handlers import catalogue, flow, gate, shop
from bot.handlers.gate import Whole
from bot.router import on
from bot.screen import Screen
from bot.screens import favourites as screens
from bot.screens import frame
from bot.screens.shelves import Origin
from kie.catalogue import AIModel


@on.tap("favourites", str, Whole, read_only=True)
def favourites(tap: Tap) -> Screen:
    """A page of the list."""
    _key, page = tap.args
    left = flow.leave(tap)
    return frame.noted(_page(tap, page), left)


@on.tap("keep", Whole, str, str, Whole)
def keep(tap: Tap) -> Screen:
    """From a model's card, which says so."""
    pk, *came_from = tap.args
    model = shop.on_sale(pk)
    if not catalogue.is_list(*came_from) or model is None:
        return gate.outdated(tap)
    try:
        favourite.add(tap.customer, model)
    except Full:
        note = screens.full(favourite.MOST)
    else:
        note = _("The model is in your favourites now.")
    return frame.noted(catalogue.show(tap, pk, Origin(*came_from)), note)


@on.tap("unkeep", Whole, str, str, Whole)
def unkeep(tap: Tap) -> Screen:
    """From a card; or from the word about a model that is not sold any more, which leads back to the list."""
    pk, *came_from = tap.args
    if not catalogue.is_list(*came_from):
        return gate.outdated(tap)
    favourite.remove(tap.customer, pk)
    origin, note = Origin(*came_from), _("The model is no longer in your favourites.")
    screen = catalogue.show(tap, pk, origin) if shop.on_sale(pk) else _page(tap, origin.page)
    return frame.noted(screen, note)


@on.tap("keepit", Whole)
def keep_of_a_result(tap: Tap) -> Screen:
    """From under a result, which stays."""
    model = AIModel.objects.filter(pk=tap.arg).first()
    if model is None:
        return gate.outdated(tap)
    try:
        return screens.kept(model, new=favourite.add(tap.customer, model))
    except Full:
        return replace(frame.noted(_page(tap, 0), screens.full(favourite.MOST)), fresh=True)


@on.tap("unkeepall", read_only=True)
def before_all_go(tap: Tap) -> Screen:
    """The question."""
    count = Favourite.objects.of(tap.customer).count()
    return screens.clear(count) if count else _page(tap, 0)


@on.tap("unkeepedall", Whole)
def all_go(tap: Tap) -> Screen:
    """The answer, to as many as were there when it was asked: of a list that has grown since, it is asked anew."""
    if Favourite.objects.of(tap.customer).count() != tap.arg:
        return before_all_go(tap)
    favourite.clear(tap.customer)
    return _page(tap, 0)


def _page(tap: Tap, page: int) -> Screen:
    pks = list(Favourite.objects.of(tap.customer).values_list("model", flat=True))
    sold = {one.model.pk: one for one in shop.goods(pk__in=pks)}
    others = AIModel.objects.in_bulk([pk for pk in pks if pk not in sold])
    return screens.listing([sold[pk] for pk in pks if pk in sold], [others[pk] for pk in pks if pk in others], page)
