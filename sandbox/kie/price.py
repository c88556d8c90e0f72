"""What a task costs in credits, by the model's published price rows.

Of the rows of one unit the first whose `when` fits the input applies, rows of different units add up. What a row asks about the result or
the source (keys with `x-`, except x-video-input) is not known here beforehand: of the rows that may fit, the dearest is taken.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .media import shape

if TYPE_CHECKING:
    from .catalogue import Model

UNSTATED_S = 5  # a clip whose length nobody says


def credits(model: Model, given: dict[str, Any], source_s: float = 0.0) -> Decimal:
    """The price of one task. `source_s` is the length of the longest source, for models billed by it. 0 when nobody published a price."""
    filled = model.filled(given)
    facts = filled | {"x-video-input": any(spec["x-media"] == "video" for _, _, spec in model.media(given))}
    units: dict[str, list[dict[str, Any]]] = {}
    for row in model.pricing:
        units.setdefault(row["unit"], []).append(row)
    prices = {unit: _row_price(rows, facts) for unit, rows in units.items()}
    if prices and not any(price is not None for price in prices.values()):
        unit, rows = next(iter(units.items()))
        prices = {unit: max(Decimal(str(row["credits"])) for row in rows)}
    paid = [price * _amount(unit, model, filled, source_s) for unit, price in prices.items() if price is not None]
    return round(sum(paid, Decimal(0)), 4).normalize() + 0


def _row_price(rows: list[dict[str, Any]], facts: dict[str, Any]) -> Decimal | None:
    """The row of one unit that applies; None when none fits."""
    fitting = [row for row in rows if all(_fits(facts, key, value) for key, value in row["when"].items())]
    guessed = [row for row in fitting if any(key not in facts for key in row["when"])]
    return max((Decimal(str(row["credits"])) for row in guessed or fitting[:1]), default=None)


def _fits(facts: dict[str, Any], key: str, value: Any) -> bool:
    """5, "5" and 5.0 are one value; nobody states what an x- key asks beforehand."""
    if key not in facts:
        return key.startswith("x-")
    return str(facts[key]).lower().removesuffix(".0") == str(value).lower().removesuffix(".0")


def _amount(unit: str, model: Model, filled: dict[str, Any], source_s: float) -> Decimal:
    """How many of `unit` the task makes. Tokens cannot be counted here and cost nothing."""
    if unit == "second":
        return _seconds(filled, source_s)
    if unit == "1000 characters":
        return Decimal(len(shape.words(filled))) / 1000
    if unit in ("image", "output image"):
        return Decimal(shape.count(filled)) if model.output == "image" else Decimal(_images(model, filled))
    if unit == "input image":
        return Decimal(_images(model, filled))
    if unit == "megapixel":
        return Decimal(shape.count(filled))  # each of about one
    return Decimal(0) if "token" in unit else Decimal(1)


def _seconds(filled: dict[str, Any], source_s: float) -> Decimal:
    for key in ("duration", "extend_times"):
        try:
            wished = Decimal(str(filled[key]))
        except (KeyError, ArithmeticError):
            continue
        if wished > 0:
            return wished
    return Decimal(str(round(source_s, 2))) if source_s else Decimal(UNSTATED_S)


def _images(model: Model, filled: dict[str, Any]) -> int:
    return sum(1 for _, _, spec in model.media(filled) if spec["x-media"] == "image")
