"""What a generation costs a person: one rate, one markup, one function, so that card, wizard, confirmation and charge agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, Protocol

from django.conf import settings

from kie.bill import EXACT, NotForSale, Unmeasured, cost_usd, counted, facts_of, lines_of, said, total
from kie.inputs import complete
from kie.variants import variants

__all__ = ["NotForSale", "Quote", "Unmeasured", "cost_range", "cost_usd", "counted_by", "price", "price_range", "quote"]

KOPECK = Decimal("0.01")


class Priced(Protocol):
    """The part of a model that this module reads. `fixed_price`: the operator's, in rubles, instead of the rule."""

    input: dict[str, Any]
    pricing: list[dict[str, Any]]
    fixed_price: Decimal | None


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of one generation in rubles, its cost in dollars, and which rows made it."""

    price: Decimal
    cost_usd: Decimal
    variant: str  # "duration=5 resolution=720p"; "" where there is one price


def quote(model: Priced, input: Mapping[str, Any], facts: Mapping[str, Any] | None = None) -> Quote:
    """The one price of `input` (defaults are filled in), by the operator's rate and markup. Raises NotForSale, Unmeasured."""
    whole = complete(model, input)  # type: ignore[arg-type]  # reads `input` alone
    known = facts_of(model.input, whole) if facts is None else facts
    lines = lines_of(model.pricing, whole, known)
    cost = total(lines)
    rubles = model.fixed_price if model.fixed_price is not None else _by_rule(cost)
    return Quote(
        rubles, cost, " ".join(f"{key}={said(value)}" for row, _ in lines for key, value in row["when"].items())
    )


def _by_rule(cost: Decimal) -> Decimal:
    return price(cost, rate=settings.USD_RUB_RATE, markup=settings.PRICE_MARKUP)


def price(cost_usd: Decimal, *, rate: Decimal, markup: Decimal) -> Decimal:
    """Dollars → rubles: cost × rate × markup, rounded up to a kopeck, and at least one: a sale moves money."""
    exact = EXACT.multiply(EXACT.multiply(cost_usd, rate), markup)
    return max(KOPECK, exact.quantize(KOPECK, rounding=ROUND_CEILING, context=EXACT))


def price_range(model: Priced) -> tuple[Decimal, Decimal]:
    """The lowest and the highest price over all that the rows depend on. Raises NotForSale."""
    if model.fixed_price is not None:
        return model.fixed_price, model.fixed_price
    low, high = cost_range(model)
    return _by_rule(low), _by_rule(high)


def cost_range(model: Priced) -> tuple[Decimal, Decimal]:
    """The same in dollars of cost. Raises NotForSale."""
    costs = [
        cost
        for values in variants(model.input, model.pricing)
        if (cost := _cost_or_none(model.pricing, values)) is not None
    ]
    if not costs:
        raise NotForSale("no choice has a price")
    return min(costs), max(costs)


def counted_by(model: Priced) -> str | None:
    """The unit in which a person's own file or text sets the price ("second", "1000 characters"): the card can say «за секунду»."""
    for row in model.pricing:
        specs = [model.input["properties"].get(name, {}) for name in counted(row)]
        by_file = any((spec.get("items") or spec).get("x-media") for spec in specs[:1])  # further ones only add to it
        if row["unit"] == "1000 characters" or (row["unit"] == "second" and by_file):
            return str(row["unit"])
    return None


def _cost_or_none(rows: list[dict[str, Any]], values: Mapping[str, Any]) -> Decimal | None:
    try:
        return cost_usd(rows, values, {})
    except NotForSale:
        return None  # a choice that KIE does not sell, between those that it does
