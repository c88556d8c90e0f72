"""Between what people give of a list of objects (files, voices) and the objects themselves; and speakers, who follow from turns."""

from collections.abc import Mapping
from typing import Any

from kie.inputs import lines
from kie.inputs import spec as specs
from kie.inputs.spec import Spec


def wrapped(spec: Spec, value: Any) -> Any:
    """`value` with each item as the schema wants it. A repeat changes nothing."""
    name = specs.inner(spec)
    if not name or not isinstance(value, list):
        return value
    item = specs.item(spec)
    return [one if _is_whole(one) else lines.filled(item, n) | {name: one} for n, one in enumerate(value, 1)]


def unwrapped(spec: Spec, value: Any) -> Any:
    """The other way: what people gave. Texts that are written as lines stay whole, for their lines hold more than one thing."""
    name = specs.inner(spec)
    if not name or specs.words_of(spec) or not isinstance(value, list):
        return value
    return [one[name] if _is_whole(one) and name in one else one for one in value]


def _is_whole(one: Any) -> bool:
    """Whether it is an object as the schema has it: a file that a person sent is none."""
    return isinstance(one, dict) and "file_id" not in one


def follows(spec: Spec) -> bool:
    """Whether a required list needs no answer: it names those who speak, and whatever else is said of them has a default."""
    item = specs.item(spec)
    return bool(_reference(spec)) and specs.inner(spec) not in item.get("required", ())


def with_speakers(properties: Mapping[str, Spec], input: Mapping[str, Any]) -> dict[str, Any]:
    """`input` with everybody named who speaks in it: lists that name speakers are filled up to those that turns refer to."""
    found = dict(input)
    for name, spec in properties.items():
        if reference := _reference(spec):
            speaking = _speaking(properties, input, reference)
            found |= {name: _filled_up(spec, reference, input.get(name) or [], speaking)} if speaking else {}
    return found


def _reference(spec: Spec) -> str:
    """The property by which a list names speakers, "" where it names none, or they do not only stand there but speak."""
    known: Mapping[str, Spec] = specs.item(spec).get("properties", {})
    counted = next((name for name, one in known.items() if specs.numbered(one)), "")
    return "" if not counted or lines.leader(specs.item(spec)) == counted else counted


def _speaking(properties: Mapping[str, Spec], input: Mapping[str, Any], reference: str) -> list[str]:
    turns = [
        turn
        for name, spec in properties.items()
        if lines.leader(specs.item(spec)) == reference and isinstance(input.get(name), list)
        for turn in input[name]
    ]
    return list(dict.fromkeys(turn[reference] for turn in turns if isinstance(turn, dict) and reference in turn))


def _filled_up(spec: Spec, reference: str, there: list[Any], speaking: list[str]) -> list[Any]:
    item, name = specs.item(spec), specs.inner(spec)
    known = {one.get(reference) for one in there if isinstance(one, dict)}
    taken = [one.get(name) for one in there if isinstance(one, dict)]
    free = [value for value in specs.choices(item["properties"].get(name, {})) if value not in taken]
    more: list[Any] = []
    for who in (one for one in speaking if one not in known):
        chosen = {name: free.pop(0)} if free and name in item.get("required", ()) else {}
        more.append(lines.filled(item, len(there) + len(more) + 1) | chosen | {reference: who})
    return [*there, *more]
