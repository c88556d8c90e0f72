"""What a generation costs a person: one rate, one markup, one function, so that card, wizard, confirmation and charge agree.

Pure, in exact decimals: cost in dollars × rate × markup, rounded up to a step, never below the least price. The numbers
are an operator's or the environment's (kie.tariff); who makes a screen asks for them once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final, Protocol

from kie.bill import EXACT, Lines, NotForSale, Unmeasured, choice, cost_usd, counted, facts_of, lines_of, total
from kie.inputs import complete
from kie.markups import Markups
from kie.variants import variants

__all__ = [
    "NotForSale", "Numbers", "Quote", "UnitPrice", "Unmeasured", "cost_usd", "counted_by", "price", "price_range", "quote", "quotes",
    "unit_price",
]  # fmt: skip

KOPECK: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Numbers:
    """What prices are made with at one moment."""

    rate: Decimal  # rubles a dollar
    markups: Markups
    least: Decimal = KOPECK  # rubles
    step: Decimal = KOPECK  # rubles: prices are whole multiples of it
    worth: Decimal = Decimal(0)  # rubles that a dollar really costs, where that is known to be more than `rate`
    version: int = 0  # of the operator's numbers

    @property
    def dollar(self) -> Decimal:
        """Rubles that a dollar costs us, by the dearest that we know: losses are told by it."""
        return max(self.rate, self.worth)


class Priced(Protocol):
    """The part of a model that this module reads. `fixed_price`: the operator's, in rubles, instead of the rule."""

    key: str
    category: str
    input: dict[str, Any]
    pricing: list[dict[str, Any]]
    fixed_price: Decimal | None


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of one generation in rubles, and how it came about."""

    price: Decimal
    cost_usd: Decimal
    variant: str  # "duration=5 resolution=720p": which rows made it; "" where there is one price
    rate: Decimal
    markup: Decimal | None  # None: the operator's fixed price stands instead of the rule

    def margin(self, dollar: Decimal, *, times: Decimal = Decimal(1)) -> Decimal:
        """What is left of the price, exact rubles: a dollar costs `dollar`, and KIE takes `times` what its price says."""
        return EXACT.subtract(self.price, EXACT.multiply(EXACT.multiply(self.cost_usd, times), dollar))


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """What one unit of a person's own file or text costs them, over all choices, in rubles.

    It is rounded up to a kopeck, so a price is never above it × the units, and exactly that where no kopeck is broken; unless
    `at_least`: then the operator's least price or step may make a small order dearer.
    """

    unit: str  # "second", "1000 characters"
    low: Decimal
    high: Decimal
    at_least: bool


def quote(model: Priced, input: Mapping[str, Any], by: Numbers) -> Quote:
    """The one price of `input` (defaults are filled in). Raises NotForSale, Unmeasured."""
    whole = complete(model, input)  # type: ignore[arg-type]  # reads `input` alone
    lines = lines_of(model.pricing, whole, facts_of(model.input, whole))
    return _priced(model, total(lines), choice(lines), whole, by)


def _priced(model: Priced, cost: Decimal, variant: str, whole: Mapping[str, Any], by: Numbers) -> Quote:
    if model.fixed_price is not None:
        return Quote(model.fixed_price, cost, variant, by.rate, None)
    markup = by.markups.of(model.key, model.category, whole)
    rubles = price(cost, rate=by.rate, markup=markup, least=by.least, step=by.step)
    return Quote(rubles, cost, variant, by.rate, markup)


def price(
    cost_usd: Decimal, *, rate: Decimal, markup: Decimal, least: Decimal = KOPECK, step: Decimal = KOPECK
) -> Decimal:
    """Dollars → rubles: cost × rate × markup, at least `least`, rounded up to a whole number of steps."""
    exact = EXACT.multiply(EXACT.multiply(cost_usd, rate), markup)
    return _rounded_up(max(exact, least), step)


def _rounded_up(rubles: Decimal, step: Decimal) -> Decimal:
    whole, rest = EXACT.divmod(rubles, step)
    return EXACT.multiply(whole + (rest > 0), step).quantize(KOPECK, rounding=ROUND_CEILING, context=EXACT)


def price_range(model: Priced, by: Numbers) -> tuple[Decimal, Decimal]:
    """The lowest and the highest price over all that the rows depend on. Raises NotForSale."""
    prices = [one.price for one in quotes(model, by)]
    return min(prices), max(prices)


def quotes(model: Priced, by: Numbers) -> list[Quote]:
    """The prices of all that the rows and the markups look at, the cheapest to us first. Raises NotForSale."""
    found = {_priced(model, total(lines), choice(lines), values, by) for lines, values in _bills(model, by)}
    if not found:
        raise NotForSale("no choice has a price")
    return sorted(found, key=lambda one: (one.cost_usd, one.price, one.variant))


def _bills(model: Priced, by: Numbers) -> Iterator[tuple[Lines, Mapping[str, Any]]]:
    """Bill and input of every combination; those that KIE does not sell, between those that it does, are left out."""
    looked_at = [dict(rule.when) for rule in by.markups.of_model(model.key) if rule.when]
    rows = [*model.pricing, *({"unit": "", "when": when} for when in looked_at)]
    for values in variants(model.input, rows):
        try:
            lines = lines_of(model.pricing, values, {})
        except NotForSale:
            continue
        yield lines, values


def unit_price(model: Priced, by: Numbers) -> UnitPrice | None:
    """The lowest and the highest price of a second or of 1000 characters; None where a price is not made of these alone, or is the
    operator's own. Raises NotForSale."""
    unit = counted_by(model)
    if unit is None or model.fixed_price is not None or {row["unit"] for row in model.pricing} != {unit}:
        return None
    found = {
        price(Decimal(lines[0][0]["usd"]), rate=by.rate, markup=by.markups.of(model.key, model.category, values))
        for lines, values in _bills(model, by)
    }
    if not found:
        raise NotForSale("no choice has a price")
    return UnitPrice(unit, min(found), max(found), by.step > KOPECK or by.least > min(found))


def counted_by(model: Priced) -> str | None:
    """The unit in which a person's own file or text sets the price ("second", "1000 characters"): the card can say «за секунду»."""
    for row in model.pricing:
        specs = [model.input["properties"].get(name, {}) for name in counted(row)]
        by_file = any((spec.get("items") or spec).get("x-media") for spec in specs[:1])  # further ones only add to it
        if row["unit"] == "1000 characters" or (row["unit"] == "second" and by_file):
            return str(row["unit"])
    return None
