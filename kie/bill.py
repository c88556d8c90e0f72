"""How a model's price rows bill one input: pure functions, exact decimals.

A row: {"usd": "0.05", "unit": …, "by": …, "when": {…}}. Of the rows of one unit the first whose `when` fits the input
applies; rows of different units add up. `by` names what is counted. A key that begins with x- is no input but a fact
about the files (`facts_of`); where it is unknown, the dearest row that may fit applies. Where no row fits: NotForSale.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, Context, Decimal, InvalidOperation
from typing import Any

EXACT = Context(prec=60)
UNITS = ("task", "second", "output image", "input image", "megapixel", "1000 characters")
Row = Mapping[str, Any]


class NotForSale(Exception):
    """No rule gives a price: never a default instead."""


class Unmeasured(NotForSale):
    """The rule counts something that has not been given or measured yet; `field` names it."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is not known yet")
        self.field = field


def cost_usd(pricing_rows: Sequence[Row], input: Mapping[str, Any], facts: Mapping[str, Any]) -> Decimal:
    """What KIE takes for this whole input. Raises NotForSale, Unmeasured."""
    return total(lines_of(pricing_rows, input, facts))


def total(lines: list[tuple[Row, Decimal]]) -> Decimal:
    """Dollars of all lines together. Raises NotForSale where they come to nothing."""
    cost = sum((EXACT.multiply(Decimal(row["usd"]), count) for row, count in lines), Decimal(0))
    if cost <= 0:
        raise NotForSale("it costs nothing: what is free is given by quotas, not sold")
    return cost


def lines_of(rows: Sequence[Row], input: Mapping[str, Any], facts: Mapping[str, Any]) -> list[tuple[Row, Decimal]]:
    """One row of each unit, with how many of it."""
    if not rows:
        raise NotForSale("nobody knows what it costs")
    values = {**input, **facts}
    units = dict.fromkeys(row["unit"] for row in rows)
    return [_line([row for row in rows if row["unit"] == unit], values) for unit in units]


def _line(rows: list[Row], values: Mapping[str, Any]) -> tuple[Row, Decimal]:
    """The first row that fits for certain, or the dearest of it and those before it that may fit."""
    candidates: list[tuple[Row, Decimal]] = []
    for row in rows:
        fits = [said(values[key]) == said(value) if key in values else None for key, value in row["when"].items()]
        if False in fits:
            continue
        candidates.append((row, _count(row, values)))
        if None not in fits:
            break
    if not candidates:
        raise NotForSale(f"no price per {rows[0]['unit']} for this choice")
    return max(candidates, key=lambda line: EXACT.multiply(Decimal(line[0]["usd"]), line[1]))


def said(value: Any) -> str:
    """One spelling of a value: KIE writes 5, 5.0 and "5" here and there. True is "true", not 1."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)


def _count(row: Row, values: Mapping[str, Any]) -> Decimal:
    """How many of the row's unit the input makes. Raises Unmeasured."""
    if row["unit"] == "task":
        return Decimal(1)
    value = values.get(row["by"])
    counted = _COUNTERS[row["unit"]](value)
    if counted is None:
        raise Unmeasured(row["by"])
    return counted


def _seconds(value: Any) -> Decimal | None:
    """A stated length, or the measured length of a file; whole seconds, at least one."""
    length = _number(value.get("duration") if isinstance(value, dict) else value)
    return max(Decimal(1), length.to_integral_value(ROUND_CEILING)) if length and length > 0 else None


def _started_thousands(value: Any) -> Decimal | None:
    """KIE says «per 1000 characters» and nowhere that parts are billed in proportion: a started thousand counts whole."""
    return Decimal(-(-len(value) // 1000)) if isinstance(value, str) and value else None


def _given(value: Any) -> Decimal | None:
    """How many files were given: none is a count, too."""
    return Decimal(len(value) if isinstance(value, list) else value is not None)


def _number(value: Any) -> Decimal | None:
    if value is None or isinstance(value, (bool, list, dict)):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _positive(value: Any) -> Decimal | None:
    number = _number(value)
    return number if number is not None and number > 0 else None


_COUNTERS: dict[str, Callable[[Any], Decimal | None]] = {
    "second": _seconds,
    "1000 characters": _started_thousands,
    "input image": _given,
    "output image": _positive,
    "megapixel": _positive,
}


def facts_of(schema: Mapping[str, Any], input: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of the files: x-video-input, and x-output, the size of an enlarged picture.

    KIE does not say how it measures an output of 2K, 4K, 8K: the strictest reading (1920, 3840 pixels on the longer side)
    never prices below its bill.
    """
    media = {name: (spec.get("items") or spec).get("x-media") for name, spec in schema["properties"].items()}
    facts: dict[str, Any] = {"x-video-input": any(media.get(name) == "video" for name, value in input.items() if value)}
    factor = _positive(input.get("upscale_factor"))
    source = next(
        (value for name, value in input.items() if media.get(name) == "image" and isinstance(value, dict)), {}
    )
    longer = max(source.get("width", 0), source.get("height", 0)) if source.get("width") and source.get("height") else 0
    if factor and longer:
        side = longer * factor
        facts["x-output"] = "2K" if side <= 1920 else "4K" if side <= 3840 else "8K"
    return facts
