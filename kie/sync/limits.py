"""What descriptions add to a clean schema: which inputs are files, limits that stand only in prose, defaults that the text denies.

Where schema and prose both set a limit the stricter one holds, and `x-said` keeps the prose's. A limit that the field's own
default would break was misread, and is left out.
"""

from collections.abc import Callable
from typing import Any, Final

from kie.sync import file_prose, media, prose
from kie.sync.values import fits, main, of_type

LOWER: Final = {"minLength", "minItems", "minimum"}  # the stricter of two is the larger
OPPOSITE: Final = {"minLength": "maxLength", "minItems": "maxItems", "minimum": "maximum", "maxLength": "minLength", "maxItems": "minItems", "maximum": "minimum"}  # fmt: skip
BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
BRANCHES: Final = {"oneOf", "anyOf"}
SIZE: Final[dict[str, Callable[[Any], Any]]] = {"Length": len, "Items": len, "imum": lambda value: value}


def enriched(name: str, schema: dict[str, Any], doubts: list[str], context: str = "") -> dict[str, Any]:
    """The schema of the field `name` with all that its description, and the one around it, says."""
    text = schema.get("description", "")
    about = f"{context}\n{text}".strip()
    rich, type_ = dict(schema), main(schema.get("type"))
    for word in ("oneOf", "anyOf"):
        if word in schema:
            rich[word] = [enriched(name, branch, doubts, about) for branch in schema[word]]
    if schema.get("properties"):
        rich["properties"] = {inner: enriched(inner, part, doubts) for inner, part in schema["properties"].items()}
    elif type_ == "array":
        rich |= _limited(schema, _of_list(schema, text))
        if "items" in schema:
            rich["items"] = _item(name, schema["items"], doubts, about)
    elif kind := media.kind(name, schema, about):
        rich = _file(schema, kind, about)
    elif type_ == "object" and not {"allOf", *BRANCHES} & schema.keys():
        doubts.append(f"{name}: nobody says what is in the object")
    elif "enum" not in schema and type_ == "string":
        rich |= _limited(schema, prose.length(text))
    elif not {"enum", *BRANCHES} & schema.keys() and type_ in {"integer", "number"}:
        rich = _bounded(rich, prose.bounds(text, name))
    _settle_default(name, rich, text, doubts)
    return rich


def _of_list(schema: dict[str, Any], text: str) -> dict[str, int]:
    """The prose of a list. How few it may hold is said of one use of it or another: the schema's own word is enough."""
    said = prose.count(text)
    return {word: number for word, number in said.items() if word != "minItems" or word not in schema}


def _item(name: str, item: dict[str, Any], doubts: list[str], about: str) -> dict[str, Any]:
    own = item.get("description", "")
    text = f"{about}\n{own}"
    kind = media.kind(name, item, text)
    if kind and media.spoken_of(about) == kind and media.spoken_of(own) not in {kind, None}:
        text = about  # the item was copied from another field, its limits with it
    return _file(item, kind, text) if kind else enriched(name, item, doubts, about)


def _file(schema: dict[str, Any], kind: str, text: str) -> dict[str, Any]:
    """A file is sent as its address, whatever type its page gives it."""
    was = {"x-type": schema["type"]} if main(schema.get("type")) not in {"string", None} else {}
    kept = {name: value for name, value in schema.items() if name not in {"properties", "required"}}
    return kept | {"type": "string", "format": "uri", "x-media": kind} | was | file_prose.file(text, kind)


def _bounded(schema: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """With the bounds of the prose; -1 beside them is a choice of its own."""
    also = said.pop("also", None)
    limited = schema | _limited(schema, said, spare=also)
    if also is None or _takes(limited, also):
        return limited
    around = {word: limited.pop(word) for word in BOUNDS if word in limited}
    return limited | {"anyOf": [{"const": also}, around]}


def _takes(schema: dict[str, Any], low: int) -> bool:
    least, excluded = schema.get("minimum", low), schema.get("exclusiveMinimum", low - 1)
    return bool(least <= low and excluded < low)


def _limited(schema: dict[str, Any], said: dict[str, Any], spare: Any = None) -> dict[str, Any]:
    """The limits to set: the stricter of both, where that leaves the default valid."""
    limits: dict[str, Any] = {}
    for word, number in said.items():
        own = schema.get(word)
        stricter = number if own is None else (max if word in LOWER else min)(own, number)
        if _contradicts(schema | limits, word, stricter, spare):
            continue
        limits[word] = stricter
        if own is not None and own != number:
            limits["x-said"] = limits.get("x-said", {}) | {word: number}
    return limits


def _contradicts(schema: dict[str, Any], word: str, number: Any, spare: Any) -> bool:
    sign = -1 if word in LOWER else 1
    other = schema.get(OPPOSITE[word])
    if other is not None and sign * (number - other) < 0:
        return True
    default = schema.get("default")
    if default is None or default == spare:
        return False
    measure = next(size for part, size in SIZE.items() if part in word)
    return fits(default, schema.get("type")) and sign * (number - measure(default)) < 0


def _settle_default(name: str, schema: dict[str, Any], text: str, doubts: list[str]) -> None:
    """Where the text calls another value the default nobody knows it: it is left out, and always sent."""
    type_ = main(schema.get("type"))
    if "default" not in schema or type_ not in {"boolean", "integer", "number", "string"}:
        return
    said = [of_type(word, type_) for word in prose.default(text)]
    choices = schema.get("enum") or ([True, False] if type_ == "boolean" else None)
    known = [value for value in said if (value in choices if choices else type_ != "string" and fits(value, type_))]
    if known and schema["default"] not in known:
        schema["x-default"] = [schema.pop("default"), *sorted(known, key=str)]
        doubts.append(f"{name}: the default is {schema['x-default'][0]!r} by the schema, {known[0]!r} by the text")
