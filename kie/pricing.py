"""What a generation costs a person: one rate, one markup, one function, so that card, wizard, confirmation and charge agree."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from itertools import product
from typing import Any, Protocol

from django.conf import settings

from kie.bill import EXACT, NotForSale, Unmeasured, cost_usd, facts_of, lines_of, said, total
from kie.inputs import complete

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
    """Dollars → rubles: cost × rate × markup, rounded up to a kopeck."""
    exact = EXACT.multiply(EXACT.multiply(cost_usd, rate), markup)
    return exact.quantize(KOPECK, rounding=ROUND_CEILING, context=EXACT)


def price_range(model: Priced) -> tuple[Decimal, Decimal]:
    """The lowest and the highest price over all that the rows depend on. Raises NotForSale."""
    if model.fixed_price is not None:
        return model.fixed_price, model.fixed_price
    low, high = cost_range(model)
    return _by_rule(low), _by_rule(high)


def cost_range(model: Priced) -> tuple[Decimal, Decimal]:
    """The same in dollars of cost. Raises NotForSale."""
    costs = [cost for values in _variants(model) if (cost := _cost_or_none(model.pricing, values)) is not None]
    if not costs:
        raise NotForSale("no choice has a price")
    return min(costs), max(costs)


def counted_by(model: Priced) -> str | None:
    """The unit in which a person's own file or text sets the price ("second", "1000 characters"): the card can say «за секунду»."""
    for row in model.pricing:
        spec = model.input["properties"].get(row.get("by"), {})
        if row["unit"] == "1000 characters" or (row["unit"] == "second" and spec.get("x-media")):
            return str(row["unit"])
    return None


def _cost_or_none(rows: list[dict[str, Any]], values: Mapping[str, Any]) -> Decimal | None:
    try:
        return cost_usd(rows, values, {})
    except NotForSale:
        return None  # a choice that KIE does not sell, between those that it does


def _variants(model: Priced) -> Iterator[dict[str, Any]]:
    """Every combination of values that the rows look at; of what is counted, the least and the most."""
    looked_at = dict.fromkeys(key for row in model.pricing for key in row["when"])
    counted = dict.fromkeys(row["by"] for row in model.pricing if row.get("by"))
    domains = {key: _domain(model, key) for key in looked_at} | {
        key: _extremes(model, key) for key in counted if key not in looked_at
    }
    for values in product(*domains.values()):
        yield dict(zip(domains, values, strict=True))


def _domain(model: Priced, key: str) -> list[Any]:
    spec = model.input["properties"].get(key, {})
    if "enum" in spec:
        return list(spec["enum"])
    if spec.get("type") == "boolean":
        return [False, True]
    return list(dict.fromkeys(row["when"][key] for row in model.pricing if key in row["when"]))


def _extremes(model: Priced, key: str) -> list[Any]:
    spec = model.input["properties"].get(key, {})
    if spec.get("x-media"):
        return [{"duration": 1}, {"duration": spec.get("x-max-seconds", 1)}]
    if "enum" in spec:
        return list(spec["enum"])
    if spec.get("type") == "array":
        return [["x"] * count for count in {spec.get("minItems", 0), spec.get("maxItems", 1)}]
    if spec.get("type") == "string":
        return ["x" * max(1, spec.get("minLength", 1)), "x" * spec.get("maxLength", 1)]
    return [spec.get("minimum", 1), spec.get("maximum", spec.get("minimum", 1))]
