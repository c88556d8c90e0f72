"""What descriptions add to a clean schema: which inputs are files, limits that stand only in prose, defaults that the text denies.

Where schema and prose both set a limit the stricter one holds, and `x-said` keeps the prose's. Limits that the field's own default
would break were misread: they are left out, with a doubt.
"""

from typing import Any, Final

from kie.sync import claims, file_prose, media, number_prose, prose
from kie.sync.joined import LOWER
from kie.sync.schema import PAIRS
from kie.sync.values import broken, fits, main, of_type

BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
BRANCHES: Final = {"oneOf", "anyOf"}


def enriched(name: str, schema: dict[str, Any], doubts: list[str], context: str = "") -> dict[str, Any]:
    """The schema of the field `name` with all that its description, and the one around it, says."""
    text = schema.get("description", "")
    about, before = f"{context}\n{text}".strip(), len(doubts)
    rich = schema | {
        word: [enriched(name, branch, doubts, about) for branch in schema[word]]
        for word in sorted(BRANCHES & schema.keys())
    }
    if schema.get("properties"):
        rich["properties"] = {inner: enriched(inner, part, doubts) for inner, part in schema["properties"].items()}
        _look_for_required(schema, doubts)
    elif main(schema.get("type")) == "array":
        rich |= _limited(name, schema, _of_list(schema, text), doubts)
        if "items" in schema:
            rich["items"] = _item(name, schema["items"], doubts, about)
    elif kind := media.kind(name, schema, about):
        rich = _file(name, schema, kind, about, doubts)
    else:
        rich = _value(name, rich, text, doubts)
    _settle_default(name, rich, text, doubts)
    if len(doubts) == before:  # else a person looks at it anyway
        doubts += claims.unread(name, rich, text)
    return rich


def _value(name: str, schema: dict[str, Any], text: str, doubts: list[str]) -> dict[str, Any]:
    """What is neither a file nor made of parts."""
    type_ = main(schema.get("type"))
    if media.is_of_unknown_kind(name, schema):
        doubts.append(f"{name}: a file by its name, and nobody says of which kind")
    elif type_ == "object" and not {"allOf", *BRANCHES} & schema.keys():
        doubts.append(f"{name}: nobody says what is in the object")
    elif "enum" not in schema and type_ == "string":
        return schema | _limited(name, schema, prose.length(text), doubts)
    elif not {"enum", *BRANCHES} & schema.keys() and type_ in {"integer", "number"}:
        return _bounded(name, schema, number_prose.bounds(text, name), doubts)
    return schema


def _look_for_required(schema: dict[str, Any], doubts: list[str]) -> None:
    """`required` is a hint, and often forgotten: what only the text calls so is a doubt."""
    if BRANCHES & schema.keys():
        return  # they say it, each its own
    said = [name for name, part in schema["properties"].items() if prose.is_required(part.get("description", ""))]
    if missing := [name for name in said if name not in schema.get("required", ())]:
        doubts.append(f"{', '.join(missing)}: required by the text and not by the schema")


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
    return _file(name, item, kind, text, doubts) if kind else enriched(name, item, doubts, about)


def _file(name: str, schema: dict[str, Any], kind: str, text: str, doubts: list[str]) -> dict[str, Any]:
    """A file is sent as its address, whatever type its page gives it."""
    was = {"x-type": schema["type"]} if main(schema.get("type")) not in {"string", None} else {}
    kept = {name: value for name, value in schema.items() if name not in {"properties", "required"}}
    if not media.is_said(name, schema, text):
        doubts.append(f"{name}: a file by its name alone")
    told = file_prose.file(text, kind)
    doubts += claims.unread_of_file(name, told, text, kind)
    return kept | {"type": "string", "format": "uri", "x-media": kind} | was | told


def _bounded(name: str, schema: dict[str, Any], said: dict[str, Any], doubts: list[str]) -> dict[str, Any]:
    """With the bounds of the prose; -1 beside them is a choice of its own."""
    also = said.pop("also", None)
    limited = schema | _limited(name, schema, said, doubts, spare=also)
    if also is None or _takes(limited, also):
        return limited
    around = {word: limited.pop(word) for word in BOUNDS if word in limited}
    return limited | {"anyOf": [{"const": also}, around]}


def _takes(schema: dict[str, Any], low: int) -> bool:
    least, excluded = schema.get("minimum", low), schema.get("exclusiveMinimum", low - 1)
    return bool(least <= low and excluded < low)


def _limited(
    name: str, schema: dict[str, Any], said: dict[str, Any], doubts: list[str], *, spare: Any = None
) -> dict[str, Any]:
    """The limits to set: the stricter of both. A text that would leave no room, or none for the default, was misread: nothing of it is taken."""
    limits: dict[str, Any] = {}
    for word, number in said.items():
        own = schema.get(word)
        limits[word] = number if own is None else (max if word in LOWER else min)(own, number)
        if own is not None and own != number:
            limits["x-said"] = limits.get("x-said", {}) | {word: number}
    both = schema | limits
    breaks = [word for pair in PAIRS if {*pair} <= both.keys() and both[pair[0]] > both[pair[1]] for word in pair]
    default = schema.get("default", spare)
    if default != spare and broken(schema, default) is None and (broke := broken(both, default)):
        breaks.append(broke)
    if misread := [word for word in breaks if word in limits]:
        doubts.append(f"{name}: its text says {misread[0]} {said[misread[0]]}, against its default or its other limit")
        return {}
    return limits


def _settle_default(name: str, schema: dict[str, Any], text: str, doubts: list[str]) -> None:
    """Where the text calls another value the default nobody knows it: it is left out, and always sent. So is one that its own field does not take."""
    type_ = main(schema.get("type"))
    if "default" in schema and "x-type" not in schema and (word := broken(schema, schema["default"])):
        doubts.append(f"{name}: its default {schema.pop('default')!r} is not within its {word}")
    if "default" not in schema or type_ not in {"boolean", "integer", "number", "string"}:
        return
    said = [of_type(word, type_) for word in prose.default(text)]
    choices = schema.get("enum") or ([True, False] if type_ == "boolean" else None)
    known = [value for value in said if (value in choices if choices else type_ != "string" and fits(value, type_))]
    if known and schema["default"] not in known:
        schema["x-default"] = [schema.pop("default"), *sorted(known, key=str)]
        doubts.append(f"{name}: the default is {schema['x-default'][0]!r} by the schema, {known[0]!r} by the text")
