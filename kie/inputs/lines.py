"""Lists that people write as a text, an item a line: «Anna: Hello» of a dialogue, «5: a dog runs» of a story in scenes.

What stands before the colon is the other property that an item needs: a voice by its name, a number of seconds, or whoever
speaks. Speakers are told apart by what they are called; whose name is none of a voice gets the next one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kie.inputs import spec as specs
from kie.inputs.bad import BadInput
from kie.inputs.spec import Spec

if TYPE_CHECKING:
    from kie.inputs.field import Field

MOST_LINES = 200
VOICE, SPEAKER, COUNT = "voice", "speaker", "count"  # what leads a line
CALLED = re.compile(r"\s*((?:[^\s:]+ ){0,3}[^\s:]+)\s?:\s+(\S.*)")  # up to four words, and a blank: no time, no link
COUNTED = re.compile(r"\s*([0-9]{1,4})\s*(?:s|sec|с|сек)?\.?\s*[:–—-]\s*(\S.*)")
Turn = tuple[str, str]  # what leads a line, and what is said


def parse(field: "Field", written: str) -> list[Any]:
    """The items of a text. Raises BadInput."""
    turns = list(_turns(field.led_by, written))
    most = field.max_items or MOST_LINES
    if len(turns) < field.min_items:
        raise BadInput("too_few", field=field.name, least=field.min_items, items=len(turns))
    if len(turns) > most:
        raise BadInput("too_many", field=field.name, most=most, items=len(turns))
    for _, said in turns:
        _fits(field, said)
    check_total(field, [said for _, said in turns])
    return _items(field, turns)


def check_total(field: "Field", said: Sequence[str]) -> None:
    """All that is said together against the limit on it. Raises BadInput."""
    total = sum(map(len, said))
    if field.max_total is not None and total > field.max_total:
        raise BadInput("too_long", field=field.name, most=field.max_total, length=total)


def _fits(field: "Field", said: str) -> None:
    if field.max_length is not None and len(said) > field.max_length:
        raise BadInput("too_long", field=field.name, most=field.max_length, length=len(said))
    if len(said) < field.min_length:
        raise BadInput("too_short", field=field.name, least=field.min_length, length=len(said))


def _turns(led_by: str, written: str) -> Iterator[Turn]:
    """Line by line. Of a dialogue, a line that nobody's name leads goes on with what was said before it."""
    leads = COUNTED if led_by == COUNT else CALLED
    name, said = "", ""
    for line in filter(str.strip, written.splitlines()):
        found = leads.fullmatch(line) if led_by else None
        if said and not found and led_by in {VOICE, SPEAKER}:
            said += f"\n{line.strip()}"
            continue
        if said:
            yield name, said
        name, said = (found[1], found[2].strip()) if found else ("", line.strip())
    if said:
        yield name, said


def _items(field: "Field", turns: Sequence[Turn]) -> list[Any]:
    said_in = specs.inner({"type": "array", "items": field.item})
    if not said_in:
        return [_plain(field, said) for _, said in turns]
    led = _led(field, list(dict.fromkeys(name.casefold() for name, _ in turns)))
    return [
        filled(field.item, number) | led.get(name.casefold(), {}) | {said_in: said}
        for number, (name, said) in enumerate(turns, start=1)
    ]


def _plain(field: "Field", said: str) -> Any:
    if field.item.get("type") != "integer":
        return said
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", said):
        raise BadInput("not_whole", field=field.name, example=float(field.item.get("minimum", 1)))
    return int(said)


def _led(field: "Field", names: list[str]) -> dict[str, dict[str, Any]]:
    """What each name before a colon stands for."""
    name_of = leader(field.item)
    spec = field.item["properties"].get(name_of, {})
    if field.led_by == COUNT:
        return {name: {name_of: _count(spec, int(name))} for name in names if name}
    if field.led_by == SPEAKER:
        before = specs.numbered(spec)
        return {name: {name_of: f"{before}{number}"} for number, name in enumerate(names, start=1)}
    if field.led_by == VOICE:
        return {name: {name_of: voice} for name, voice in _voices(field, names).items()}
    return {}


def _count(spec: Spec, number: int) -> int:
    return min(max(number, spec.get("minimum", number)), spec.get("maximum", number))


def _voices(field: "Field", names: list[str]) -> dict[str, Any]:
    known = {
        word.casefold(): value
        for value in field.choices
        for word in (str(value), field.choice("ru", value), field.choice("en", value))
    }
    voices = {name: known[name] for name in names if name in known}
    free = iter([value for value in field.choices if value not in voices.values()] + list(field.choices))
    return voices | {name: next(free, field.choices[0]) for name in names if name not in known}


def leader(item: Spec) -> str:
    """The property that stands before the colon of a line; "" where a line has nothing before it."""
    known: Mapping[str, Spec] = item.get("properties", {})
    said_in = specs.words_of({"type": "array", "items": item})
    if not said_in or said_in not in item.get("required", ()):
        return ""
    return next((name for name in item["required"] if name != said_in and _what_leads(known[name])), "")


def led_by(item: Spec) -> str:
    """What stands before the colon: VOICE, SPEAKER, COUNT, or ""."""
    name = leader(item)
    return _what_leads(item["properties"][name]) if name else ""


def _what_leads(spec: Spec) -> str:
    if "enum" in spec:
        return VOICE
    if specs.numbered(spec):
        return SPEAKER
    return COUNT if spec.get("type") == "integer" else ""


def filled(item: Spec, number: int) -> dict[str, Any]:
    """What the `number`-th item holds beside what people give: of each other required property its default or first value."""
    said_in = specs.inner({"type": "array", "items": item})
    known: Mapping[str, Spec] = item.get("properties", {})
    return {name: _first(known[name], number) for name in item.get("required", ()) if name != said_in}


def _first(spec: Spec, number: int) -> Any:
    if "default" in spec:
        return spec["default"]
    if "enum" in spec:
        return spec["enum"][0]
    return f"{specs.numbered(spec)}{number}" if specs.numbered(spec) else spec.get("minimum", 1)
