"""Values of a schema: what was written and what was meant. Numbers stand in quotes and texts without them on many pages."""

import json
from collections.abc import Callable
from typing import Any, Final

from kie.sync.yaml12 import as_written

MATCHES: Final[dict[str, Any]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}

HOLDS: Final[dict[str, tuple[Any, Callable[[Any, Any], bool]]]] = {  # by a limit: what it limits, and when it is kept
    "minimum": ((int, float), lambda value, limit: value >= limit),
    "maximum": ((int, float), lambda value, limit: value <= limit),
    "exclusiveMinimum": ((int, float), lambda value, limit: value > limit),
    "exclusiveMaximum": ((int, float), lambda value, limit: value < limit),
    "minLength": (str, lambda value, limit: len(value) >= limit),
    "maxLength": (str, lambda value, limit: len(value) <= limit),
    "minItems": (list, lambda value, limit: len(value) >= limit),
    "maxItems": (list, lambda value, limit: len(value) <= limit),
}


def plain(value: Any) -> Any:
    """Data without memory of how it was written."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, bool) or value is None:
        return value
    return int(value) if isinstance(value, int) else float(value) if isinstance(value, float) else value


def main(type_: Any) -> Any:
    """The type beside null; None where there are several."""
    if not isinstance(type_, list):
        return type_
    others = [one for one in type_ if one != "null"]
    return others[0] if len(others) == 1 else None


def of_type(value: Any, type_: Any) -> Any:
    """A value as its type has it: what was meant as text is as written, a number in quotes is one."""
    type_ = main(type_)
    if isinstance(value, (dict, list)):
        return plain(value)
    if type_ == "string" and value is not None:
        return str(value).lower() if isinstance(value, bool) else str(as_written(value))
    if type_ in {"integer", "number"}:
        number = as_number(value)
        return plain(value) if number is None else number
    if type_ == "boolean" and str(value).lower() in {"true", "false"}:
        return str(value).lower() == "true"
    return plain(value)


def fits(value: Any, type_: Any) -> bool:
    """Whether a value is of a type; of no type is everything."""
    types = type_ if isinstance(type_, list) else [type_]
    if None in types or (value is None and "null" in types):
        return True
    if isinstance(value, bool):
        return "boolean" in types
    return any(isinstance(value, MATCHES.get(one, ())) for one in types)


def broken(schema: dict[str, Any], value: Any) -> str | None:
    """The first word of a clean schema that a value does not keep; None where it keeps them all."""
    if not fits(value, schema.get("type")):
        return "type"
    if "const" in schema and value != schema["const"]:
        return "const"
    if "enum" in schema and value not in schema["enum"]:
        return "enum"
    for word, (of, holds) in HOLDS.items():
        if word in schema and isinstance(value, of) and not isinstance(value, bool) and not holds(value, schema[word]):
            return word
    if isinstance(value, list) and any(broken(schema.get("items", {}), one) for one in value):
        return "items"
    branches = ((word, schema[word]) for word in ("oneOf", "anyOf") if word in schema)
    return next((word for word, parts in branches if all(broken(part, value) for part in parts)), None)


def as_number(value: Any) -> int | float | None:
    """A number, also one in quotes; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)) or len(str(value)) > 40:
        return None
    try:
        number = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return None
    if (
        isinstance(number, bool)
        or not isinstance(number, (int, float))
        or abs(number) == float("inf")
        or number != number
    ):  # the last: NaN
        return None
    return int(number) if number == int(number) else float(number)


def guessed(node: dict[str, Any]) -> str | None:
    """The type that the other words of a schema leave no doubt about."""
    if "properties" in node:
        return "object"
    if "items" in node:
        return "array"
    values = [
        *(node["enum"] if isinstance(node.get("enum"), list) else ()),
        *([node["default"]] if node.get("default") is not None else []),
    ]
    kinds = {
        next((name for name in ("boolean", "integer", "number", "string") if fits(plain(one), name)), None)
        for one in values
    }
    return kinds.pop() if len(kinds) == 1 else None
