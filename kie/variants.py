"""All that a model's price depends on: every combination of the values that its rows look at, and of what is counted the
least and the most."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from kie.bill import Row, counted


def variants(schema: Mapping[str, Any], rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Inputs (facts about files among them) between whose costs every other lies."""
    properties = schema["properties"]
    looked_at = dict.fromkeys(key for row in rows for key in row["when"])
    counts = {name: row["unit"] for row in rows for name in counted(row) if name not in looked_at}
    extra = {name for row in rows if len(counted(row)) > 1 for name in counted(row)[1:]}
    domains = {key: _domain(properties.get(key, {}), key, rows) for key in looked_at} | {
        name: ([None] if name in extra else []) + _extremes(properties.get(name, {}), unit)
        for name, unit in counts.items()
    }
    for values in product(*domains.values()):
        yield {name: value for name, value in zip(domains, values, strict=True) if value is not None}


def _domain(spec: Mapping[str, Any], key: str, rows: Sequence[Row]) -> list[Any]:
    if "enum" in spec:
        return list(spec["enum"])
    if spec.get("type") == "boolean":
        return [False, True]
    return list(dict.fromkeys(row["when"][key] for row in rows if key in row["when"]))


def _extremes(spec: Mapping[str, Any], unit: str) -> list[Any]:
    """The least and the most that a field can hold of what `unit` counts."""
    if "enum" in spec:
        return list(spec["enum"])
    if unit == "1000 characters":
        return _shortest_and_longest(spec)
    if unit == "input image":
        most = spec.get("maxItems", 1)
        return [["x"] * count for count in dict.fromkeys((spec.get("minItems", 0), most))] if most > 1 else ["x"]
    if media := (spec.get("items") or spec).get("x-media"):
        return _smallest_and_largest(spec.get("items") or spec, media)
    ranges = [part for part in spec.get("anyOf", [spec]) if "minimum" in part or "maximum" in part]
    least = min((part.get("minimum", 1) for part in ranges), default=1)
    return [least, max((part.get("maximum", least) for part in ranges), default=least)]


def _shortest_and_longest(spec: Mapping[str, Any]) -> list[Any]:
    if spec.get("type") == "array":
        part = spec.get("items", {}).get("properties", {}).get("text", {})
        longest = spec.get("x-max-total-chars", part.get("maxLength", 1))
        return [[{"text": "x" * length}] for length in dict.fromkeys((1, longest))]
    return ["x" * length for length in dict.fromkeys((max(1, spec.get("minLength", 1)), spec.get("maxLength", 1)))]


def _smallest_and_largest(item: Mapping[str, Any], media: str) -> list[Any]:
    if media == "image":
        return [{"width": 1000, "height": 1000}, {}]
    return [{"duration": item.get("x-min-seconds", 1)}, {"duration": item.get("x-max-seconds", 1)}]
