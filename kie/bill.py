"""How a model's price rows bill one input: pure functions, exact decimals.

A row: {"usd": "0.05", "unit": …, "by": …, "most": …, "when": {…}}. Of the rows of one unit the first whose `when` fits the
input applies; rows of different units add up. `by` names what is counted, or several things whose counts add up; `most`
is the count where the input does not say it (a length of -1, layers that KIE finds itself). A key that begins with x- is
no input but a fact about the files (`facts_of`); where it is unknown, or an input is left to KIE, the dearest row that may
fit applies. Where no row fits: NotForSale.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, Context, Decimal, InvalidOperation
from typing import Any

EXACT = Context(prec=60)
Row = Mapping[str, Any]
Lines = list[tuple[Row, Decimal]]  # one row of each unit, with how many of it


class NotForSale(Exception):
    """No rule gives a price: never a default instead."""


class Unmeasured(NotForSale):
    """The rule counts something that has not been given or measured yet; `field` names it."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is not known yet")
        self.field = field


def cost_usd(pricing_rows: Sequence[Row], input: Mapping[str, Any], facts: Mapping[str, Any]) -> Decimal:
    """What KIE takes for this whole input; 0 where its rows say so. Raises NotForSale, Unmeasured."""
    return total(lines_of(pricing_rows, input, facts))


def choice(lines: Lines) -> str:
    """Which rows made a bill, in words: "duration=5 resolution=720p"; "" where there is one price."""
    return " ".join(f"{key}={said(value)}" for row, _ in lines for key, value in row["when"].items())


def total(lines: Lines) -> Decimal:
    """Dollars of all lines together."""
    return sum((EXACT.multiply(Decimal(row["usd"]), count) for row, count in lines), Decimal(0))


def lines_of(rows: Sequence[Row], input: Mapping[str, Any], facts: Mapping[str, Any]) -> Lines:
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
        conditions = row.get("when", {}).items()
        fits = [said(values[key]) == said(value) if key in values else None for key, value in conditions]
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


def counted(row: Row) -> tuple[str, ...]:
    """The names of what a row counts."""
    by = row.get("by")
    return () if by is None else (by,) if isinstance(by, str) else tuple(by)


def _count(row: Row, values: Mapping[str, Any]) -> Decimal:
    """How many of the row's unit the input makes. Raises Unmeasured."""
    if row["unit"] == "task":
        return Decimal(1)
    measure, whole = _UNITS[row["unit"]]
    named = counted(row)
    several = len(named) > 1  # of several one may be left out: no clip among the sources
    parts = [Decimal(0) if several and not values.get(name) else measure(values.get(name)) for name in named] or [None]
    if None in parts and row.get("most") is None:
        raise Unmeasured(named[parts.index(None)])
    return whole(sum((Decimal(row["most"]) if part is None else part for part in parts), Decimal(0)))


def _length(value: Any) -> Decimal | None:
    """Seconds: stated, or measured of a file, or of several files together."""
    if isinstance(value, list):
        lengths = [_length(one) for one in value]
        return None if None in lengths or not lengths else sum((one for one in lengths if one), Decimal(0))
    length = _number(value.get("duration") if isinstance(value, dict) else value)
    return length if length is not None and length > 0 else None


def _characters(value: Any) -> Decimal | None:
    """Of a text, or of the texts of all parts of a dialogue."""
    if isinstance(value, list):
        return Decimal(sum(len(str(part.get("text", ""))) for part in value if isinstance(part, dict))) or None
    return Decimal(len(value)) if isinstance(value, str) and value else None


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


SIZES = {  # KIE's names of sizes, in pixels
    "square": 512 * 512,
    "square_hd": 1024 * 1024,
    "portrait_4_3": 768 * 1024,
    "portrait_16_9": 576 * 1024,
    "landscape_4_3": 1024 * 768,
    "landscape_16_9": 1024 * 576,
}


def _megapixels(value: Any) -> Decimal | None:
    """Of a named size, or of a picture whose sides are known."""
    if isinstance(value, dict):
        pixels = int(value.get("width") or 0) * int(value.get("height") or 0)
    else:
        pixels = SIZES.get(str(value), 0)
    return Decimal(pixels) / 1_000_000 if pixels else None


def _as_it_is(count: Decimal) -> Decimal:
    return count


def _started(count: Decimal) -> Decimal:
    return max(Decimal(1), count.to_integral_value(ROUND_CEILING))


def _at_least_one(count: Decimal) -> Decimal:
    return max(Decimal(1), count)


def _started_thousands(count: Decimal) -> Decimal:
    """KIE says «per 1000 characters» and nowhere that parts are billed in proportion: a started thousand counts whole."""
    return _started(count / 1000)


# unit → how one thing is measured (None: unknown), what the sum of all becomes
_UNITS: dict[str, tuple[Callable[[Any], Decimal | None], Callable[[Decimal], Decimal]]] = {
    "second": (_length, _started),
    "1000 characters": (_characters, _started_thousands),
    "input image": (_given, _as_it_is),
    "output image": (_positive, _as_it_is),
    "megapixel": (_megapixels, _at_least_one),
}
UNITS = ("task", *_UNITS)
SOURCE = ("x-source", "x-source-resolution")  # facts of a generation that is gone on with


def facts_of(schema: Mapping[str, Any], input: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of the files.

    x-video-input: whether a clip is among them. x-output: the size of an enlarged picture; KIE does not say how it measures
    an output of 2K, 4K, 8K: the strictest reading (1920, 3840 pixels on the longer side) never prices below its bill.
    x-source, x-source-resolution: how large the person's own earlier generation is, where its choice tells it.
    """
    properties = schema["properties"]
    media = {name: _media(spec) for name, spec in properties.items()}
    facts: dict[str, Any] = {"x-video-input": any(media.get(name) == "video" for name, value in input.items() if value)}
    for name, value in input.items():
        if properties.get(name, {}).get("x-source") and isinstance(value, dict) and "resolution" in value:
            facts |= dict.fromkeys(SOURCE, value["resolution"])
    factor = _positive(input.get("upscale_factor"))
    source = next(
        (value for name, value in input.items() if media.get(name) == "image" and isinstance(value, dict)), {}
    )
    longer = max(source.get("width", 0), source.get("height", 0)) if source.get("width") and source.get("height") else 0
    if factor and longer:
        side = longer * factor
        facts["x-output"] = "2K" if side <= 1920 else "4K" if side <= 3840 else "8K"
    return facts


def _media(spec: Mapping[str, Any]) -> str | None:
    """The kind of file that a field takes; of a list of parts, the one inside."""
    item = spec.get("items") or spec
    kinds = [part.get("x-media") for part in (item, *item.get("properties", {}).values())]
    return next((kind for kind in kinds if kind), None)
