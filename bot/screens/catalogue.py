"""A shelf of models, cheapest first, a page at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from bot.screen import Button, Screen, bold, lines
from bot.screens import frame
from bot.screens.shelves import Shelf
from bot.screens.words import cut, cut_within, label, locale, price_from
from kie.catalogue import AIModel


@dataclass(frozen=True, slots=True)
class Goods:
    """A model on sale with its price range in rubles; where a file or text is counted, `low` is the price of one unit."""

    model: AIModel
    low: Decimal
    high: Decimal
    per: str | None = None  # the unit in which a file or text is counted, kie.pricing.counted_by


def title(model: AIModel) -> str:
    """The model's name in the active language."""
    return model.title(locale())


def short_title(model: AIModel) -> str:
    """The model's name on a button, in the active language."""
    return model.short_title(locale())


def shelf(of: Shelf, goods: Sequence[Goods], page: int) -> Screen:
    """A page of a shelf; `goods` are all that stand on it, in any order."""
    cheapest_first = sorted(goods, key=lambda one: (one.low, one.model.order, title(one.model)))
    shown, page, pages = frame.page_of(cheapest_first, page)
    labels = [_label(one, cut) for one in shown]
    distinct = [
        _label(one, cut_within) if labels.count(text) > 1 else text for one, text in zip(shown, labels, strict=True)
    ]
    keys = [[Button(text, "model", one.model.pk, page)] for one, text in zip(shown, distinct, strict=True)]
    text = lines(bold(of.title), _("Cheapest first. Tap a model to see what it does."))
    return Screen(text, [*keys, *frame.turning("shelf", of.key, page=page, pages=pages), [frame.back("menu")]])


def _label(one: Goods, cutting: Callable[[str, int], str]) -> str:
    return label(short_title(one.model), one.model.badge, price_from(one.low, one.high), cutting=cutting)


def gone() -> Screen:
    """A model that is not sold any more."""
    text = lines(
        bold(_("This model is not on sale any more")), _("Choose another one: there is likely one that does the same.")
    )
    return Screen(text, [[Button(_("🗂 Models"), "models")], [frame.menu()]])
