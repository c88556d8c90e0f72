"""What is left of the prices: per model its cheapest and its dearest choice, at a set of numbers; and one set beside another."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from kie import losses
from kie.catalogue import AIModel
from kie.losses import Charges, Loss
from kie.pricing import NotForSale, Numbers, Quote, price_range, quotes

HUNDRED: Final = Decimal(100)
Range = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Margin:
    """A model as it sells by some numbers. Rubles are exact."""

    model: AIModel
    cheapest: Quote
    dearest: Quote
    dollar: Decimal  # rubles that it is counted by
    times: Decimal | None  # what KIE took, as a multiple of what it says; None where no task told
    loss: Loss | None

    def rubles(self, quote: Quote) -> Decimal:
        """What is left of the price of one of its choices."""
        return quote.margin(self.dollar)

    def percent(self, quote: Quote) -> Decimal:
        """The same as a part of the price."""
        return self.rubles(quote) / quote.price * HUNDRED


@dataclass(frozen=True, slots=True)
class Change:
    """What another set of numbers would make of a model's prices."""

    model: AIModel
    before: Range
    after: Range
    loss: Loss | None

    @property
    def percent(self) -> Decimal:
        """By how much the lowest price changes."""
        return (self.after[0] / self.before[0] - 1) * HUNDRED


def of_all(models: Iterable[AIModel], by: Numbers, charges: Mapping[int, Charges]) -> Iterator[Margin]:
    """The margins of models; one that has no price is left out."""
    for model in models:
        try:
            found = quotes(model, by)
        except NotForSale:
            continue
        taken = charges.get(model.pk, {})
        times = max(taken.values(), default=None)
        yield Margin(model, found[0], found[-1], by.dollar, times, losses.of_model(model, by, taken))


def changes(models: Iterable[AIModel], old: Numbers, new: Numbers, charges: Mapping[int, Charges]) -> Iterator[Change]:
    """What `new` would make of every model's price, the same ones too."""
    for model in models:
        try:
            before, after = price_range(model, old), price_range(model, new)
        except NotForSale:
            continue
        yield Change(model, before, after, losses.of_model(model, new, charges.get(model.pk, {})))
