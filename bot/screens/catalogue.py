"""Lists of models, cheapest first, a page at a time: a shelf, a format; and a model that is gone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot.screen import Button, Keys, Screen, bold, lines
from bot.screens import frame
from bot.screens.shelves import Format, Origin, Shelf
from bot.screens.words import cut, cut_within, label, locale, price_from
from kie.catalogue import AIModel
from kie.pricing import UnitPrice

LONG = 3  # pages: a longer shelf offers its formats


@dataclass(frozen=True, slots=True)
class Goods:
    """A model on sale with the price range of an order in rubles; where a file or text is counted, the prices of one unit."""

    model: AIModel
    low: Decimal
    high: Decimal
    each: UnitPrice | None = None


def title(model: AIModel) -> str:
    """The model's name in the active language."""
    return model.title(locale())


def short_title(model: AIModel) -> str:
    """The model's name on a button, in the active language."""
    return model.short_title(locale())


def shelf(of: Shelf | Format, goods: Sequence[Goods], page: int, narrower: Sequence[Format] = ()) -> Screen:
    """A page of a shelf or a format; `goods` are all that stand there, in any order. A long shelf leads to its formats."""
    cheapest_first = sorted(goods, key=lambda one: (one.low, one.model.order, title(one.model)))
    shown, page, pages = frame.page_of(cheapest_first, page)
    count = ngettext("{} model", "{} models", len(goods)).format(len(goods))
    text = lines(
        bold(of.title),
        _("{}, cheapest first. Tap one to see what it does.").format(count),
    )
    turning = frame.turning(of.action, of.key, page=page, pages=pages)
    narrowing = format_keys(narrower) if pages > LONG and len(narrower) > 1 else []
    ways_out = [frame.back("menu")] if isinstance(of, Shelf) else [frame.back("formats"), frame.menu()]
    search = [[Button(_("🔍 Search"), "search")]] if pages > LONG else []
    keys = model_keys(shown, Origin(of.action, of.key, page))
    return Screen(text, [*keys, *turning, *narrowing, *search, ways_out])


def model_keys(goods: Sequence[Goods], origin: Origin) -> Keys:
    """A button for each model, to its card: title, badge and price; where two would read alike, their ends stay."""
    labels = [_label(one, cut) for one in goods]
    distinct = [
        _label(one, cut_within) if labels.count(text) > 1 else text for one, text in zip(goods, labels, strict=True)
    ]
    return [[Button(text, "card", one.model.pk, *origin.args)] for one, text in zip(goods, distinct, strict=True)]


def format_keys(formats: Sequence[Format]) -> Keys:
    """A button for each format, with how many models there are of it."""
    return frame.in_rows([Button(f"{one.title} ({one.models})", "format", one.key, 0) for one in formats])


def formats(known: Sequence[Format]) -> Screen:
    """What there is, by what is sent and what comes back."""
    return Screen(
        lines(bold(_("🧭 By task")), _("What do you have, and what should it become?")),
        [*format_keys(known), [frame.back("models"), frame.menu()]],
    )


def _label(one: Goods, cutting: Callable[[str, int], str]) -> str:
    # Most texts are of one thousand characters, few files of one second.
    lasts = one.each is not None and one.each.unit == "second"
    price = price_from(one.low, one.high, open_end=lasts)
    return label(short_title(one.model), one.model.badge, price, cutting=cutting)


def gone() -> Screen:
    """A model that is not sold any more."""
    text = lines(
        bold(_("This model is not on sale any more")), _("Choose another one: there is likely one that does the same.")
    )
    return Screen(text, [[Button(_("🗂 Models"), "models")], [frame.menu()]])


def paused() -> Screen:
    """A model that has taken itself off sale (kie.losses)."""
    text = lines(
        bold(_("This model is temporarily unavailable")),
        _(
            "Its price is being checked, and it comes back by itself. Choose another one: there is likely one that does the same."
        ),
    )
    return Screen(text, [[Button(_("🗂 Models"), "models")], [frame.menu()]])
