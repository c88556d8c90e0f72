"""What one property of a schema says to a wizard: how its answer is given, what there is to choose, within which limits.

Keys that begin with x- are our own or the provider's notes on files; said of a list, they are meant of each of its items.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

from kie.inputs import source

Spec = Mapping[str, Any]
LONG_TEXT = 200  # characters: what is longer is written in a message, not in a line
MOST_CHOICES = 60  # up to which whole numbers are offered as buttons where a schema names them oddly
NUMBERED = re.compile(r"\^([\w ]+?)\\d[+*]\$")  # "^Speaker \d+$": names that are only counted


class Kind(StrEnum):
    """How an answer is given."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    LINES = "lines"  # a list, written as a text: a line an item, perhaps "who: what"
    CHOICE = "choice"
    MANY = "many"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LINK = "link"
    IMAGE = "image"
    IMAGES = "images"
    VIDEO = "video"
    VIDEOS = "videos"
    AUDIO = "audio"
    AUDIOS = "audios"
    DOCUMENT = "document"
    DOCUMENTS = "documents"
    SOURCE = "source"  # one of the person's own generations


FILES = (Kind.IMAGES, Kind.VIDEOS, Kind.AUDIOS, Kind.DOCUMENTS)
SEVERAL = (*FILES, Kind.MANY)  # one answer after the other makes a list


class Unaskable(ValueError):
    """The wizard has no question for this part of a schema."""


def kind(spec: Spec) -> Kind:
    """How an answer to this part of a schema is given. Raises Unaskable."""
    if source.is_source(spec):
        return Kind.SOURCE
    return _kind_of_several(spec) if spec.get("type") == "array" else _kind_of_one(spec)


def _kind_of_one(spec: Spec) -> Kind:
    type_, media = spec.get("type"), spec.get("x-media")
    if media:
        return Kind(media)
    if type_ in {"string", "integer", "number"} and choices(spec):
        return Kind.CHOICE
    if type_ == "string":
        if spec.get("format") == "uri":
            return Kind.LINK
        return Kind.LONG_TEXT if spec.get("maxLength", LONG_TEXT + 1) > LONG_TEXT else Kind.TEXT
    if type_ in {"integer", "number", "boolean"}:
        whole = type_ == "number" and spec.get("multipleOf") == 1
        return Kind.INTEGER if whole else Kind(type_)
    raise Unaskable(f"no question for {type_}")


def _kind_of_several(spec: Spec) -> Kind:
    one = asked(spec)
    if media := one.get("x-media"):
        return Kind(f"{media}s")
    if choices(one) and not words_of(spec):
        return Kind.MANY
    if one.get("type") in {"string", "integer"}:
        return Kind.LINES
    raise Unaskable(f"no question for a list of {one.get('type')}")


def item(spec: Spec) -> dict[str, Any]:
    """What holds for each answer: of a list its items, with what is noted of the whole list; else the property itself."""
    if spec.get("type") != "array":
        return dict(spec)
    return {key: rule for key, rule in spec.items() if key.startswith("x-")} | spec.get("items", {})


def asked(spec: Spec) -> dict[str, Any]:
    """The part of an item that people give: of a list of objects the one property that `inner` names."""
    one = item(spec)
    name = inner(spec)
    if not name:
        return one
    return {key: rule for key, rule in one.items() if key.startswith("x-")} | one["properties"][name]


def inner(spec: Spec) -> str:
    """Of a list of objects, which property people give; the others follow from it or have a value anyway. "" of other lists.

    The one required file; else the one required text that is written; else the first list of values. Where an object needs
    more than that, there is no question for it, and no such property.
    """
    one = item(spec)
    if spec.get("type") != "array" or one.get("type") != "object":
        return ""
    known: dict[str, Spec] = one.get("properties", {})
    required = [name for name in one.get("required", ()) if name in known]  # the database keeps no order of properties
    files = [name for name in required if _holds_files(known[name])]
    written = [name for name in required if _is_written(known[name])]
    chosen = [name for name in required if "enum" in known[name]]
    if not files and not written and not chosen:
        written = [name for name in known if _is_written(known[name])]
    given = files or written or chosen[:1]
    others = [known[name] for name in required if name not in given]
    simple = len(given) == 1 and all(_follows(one, counted=given == written) for one in others)
    return given[0] if simple else ""


def _holds_files(spec: Spec) -> bool:
    return "x-media" in spec or "x-media" in spec.get("items", {})


def _is_written(spec: Spec) -> bool:
    return spec.get("type") == "string" and not {"enum", "pattern", "format", "x-media"} & spec.keys()


def _follows(spec: Spec, *, counted: bool) -> bool:
    """Whether a value needs no person: it has a default, is the first of a list, or the number of a speaker; and before
    what is written (`counted`) a number may stand."""
    number = counted and spec.get("type") in {"integer", "number"}
    return number or "default" in spec or "enum" in spec or bool(numbered(spec))


def numbered(spec: Spec) -> str:
    """What stands before the number in names that are only counted ("Speaker "); "" where they are not."""
    found = NUMBERED.fullmatch(str(spec.get("pattern", "")))
    return found[1] if found else ""


def words_of(spec: Spec) -> str:
    """Of a list of objects the property that is written as a text; "" where none is."""
    name = inner(spec)
    return name if name and _is_written(item(spec)["properties"][name]) else ""


def choices(spec: Spec) -> tuple[Any, ...]:
    """The values that there are, where they can be listed; () where they cannot.

    A list; few whole numbers that a pattern allows ("5" to "15"); or a number beside a range (-1, 4 to 15).
    """
    if "enum" in spec:
        return tuple(spec["enum"])
    if "const" in spec:
        return (spec["const"],)
    if spec.get("type") == "string" and "pattern" in spec:
        return _within(str(number) for number in range(1000) if re.search(spec["pattern"], str(number)))
    if spec.get("type") == "integer" and "anyOf" in spec:
        return _within(value for part in spec["anyOf"] for value in _listed(spec | part if part else spec))
    return ()


def _listed(spec: Spec) -> Iterable[int]:
    if "const" in spec:
        return [spec["const"]]
    if "enum" in spec:
        return list(spec["enum"])
    least, most = spec.get("minimum", 0), spec.get("maximum", MOST_CHOICES + spec.get("minimum", 0))
    return range(int(least), int(most) + 1, int(spec.get("multipleOf", 1)))


def _within(values: Iterable[Any]) -> tuple[Any, ...]:
    listed = tuple(dict.fromkeys(values))
    return listed if len(listed) <= MOST_CHOICES else ()


def step(spec: Spec) -> Decimal | None:
    """Of which number a value has to be a multiple; None where any will do."""
    found = spec.get("multipleOf", spec.get("x-step"))
    return Decimal(str(found)) if found else None


def narrowed(spec: Spec, more: Iterable[Spec]) -> dict[str, Any]:
    """`spec` with what conditions add to it: of two limits the stricter, of two lists what is in both."""
    found = dict(spec)
    for part in more:
        for rule, limit in part.items():
            found[rule] = _STRICTER.get(rule, _latter)(found[rule], limit) if rule in found else limit
    return found


def _latter(_: Any, limit: Any) -> Any:
    return limit


def _in_both(values: list[Any], others: list[Any]) -> list[Any]:
    return [value for value in values if value in others]


_STRICTER: dict[str, Any] = {
    "enum": _in_both,
    "minimum": max,
    "minLength": max,
    "minItems": max,
    "maximum": min,
    "maxLength": min,
    "maxItems": min,
}
