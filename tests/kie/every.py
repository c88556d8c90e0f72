"""Every model that is sold, what a person could answer to each of its questions, and inputs that break one rule each.

Nothing here knows a model by its name: all of it is made from the schemas.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from kie import registry_file
from kie.inputs import BadInput, Field, Kind, check, complete, fields
from kie.inputs import spec as specs
from kie.inputs.spec import Spec

REGISTRY = registry_file.load()
MODELS = {
    entry.key: SimpleNamespace(**REGISTRY.facts_of(entry), fixed_price=None) for entry in REGISTRY.models if entry.sold
}
LINK = "https://example.com/page"
OWN = {"job": "018f0000-0000-7000-8000-000000000001", "track": 0}  # a generation of the person's
MEDIA = {
    "image": {"kind": "photo", "mime": "image/jpeg", "size": 90_000},
    "video": {"kind": "video", "mime": "video/mp4", "size": 900_000},
    "audio": {"kind": "audio", "mime": "audio/mpeg", "size": 90_000},
    "document": {"kind": "document", "mime": "application/pdf", "size": 90_000},
}
LETTERS = "Рыжий кот идёт по крыше. "


def some_first(keys: list[str]) -> list[Any]:
    """`keys` as parameters of a test, of which one of each sort (what it makes, what is asked first) is quick enough for
    every run; the others are long."""
    seen: set[tuple[str, str]] = set()
    found = []
    for key in keys:
        asked = [field for field in fields(MODELS[key], {}) if field.asked]
        sort = (MODELS[key].output, str(asked[0].kind) if asked else "")
        found.append(pytest.param(key, marks=[] if sort not in seen else pytest.mark.long))
        seen.add(sort)
    return found


# What a person answers.


def walked(model: Any, chance: random.Random | None = None) -> dict[str, Any]:
    """Answers to all that the wizard asks, until it asks no more: the plainest ones, or by `chance`, settings too."""
    answers: dict[str, Any] = {}
    skipped: list[str] = []
    for _ in range(3 * len(model.wizard) + 3):
        shown = fields(model, answers, skipped=skipped)
        names = {one.name for one in shown}
        answers = {name: value for name, value in answers.items() if name in names}
        question = next((one for one in shown if one.asked and not met(one, answers, skipped)), None)
        settings = [one for one in shown if not one.asked and one.name not in answers]
        if question is None and chance and settings and chance.random() < 0.7:
            setting = chance.choice(settings)
            answers = {**answers, setting.name: answer(setting, chance)}
        elif question is None:
            blamed = refused(model, complete(model, answers))
            if not blamed:
                return answers
            del answers[blamed]  # as the wizard does, and asks for it again
        elif chance and question.either and chance.random() < 0.5:
            skipped.append(question.name)
        else:
            answers[question.name] = answer(question, chance)
    raise AssertionError(f"it does not end: {question and question.name}, {answers}")


def refused(model: Any, input: dict[str, Any]) -> str:
    """The field to blame for an input that does not fit; "" where it fits."""
    try:
        check(model, input)
    except BadInput as bad:
        return bad.field
    return ""


def met(field: Field, answers: dict[str, Any], skipped: list[str]) -> bool:
    return field.name in answers or (field.name in skipped and not field.required)


def answer(field: Field, chance: random.Random | None = None) -> Any:
    """The value of a field as the wizard keeps it, read from what a person sends."""
    if not field.several:
        return field.parse(sent(field, chance))
    most = min(field.max_items or field.min_items, len(field.choices) or 99)
    many = chance.randint(field.min_items, most) if chance else field.min_items
    if field.kind == Kind.MANY:
        return [field.parse(str(value)) for value in field.choices[:many]]
    return [field.parse(sent(field, chance)) for _ in range(many)]


def sent(field: Field, chance: random.Random | None = None) -> Any:
    """One message of a person's: a file, or a text."""
    if field.kind == Kind.SOURCE:
        return OWN
    if field.media:
        return file(field)
    if field.choices and field.kind == Kind.CHOICE:
        return str(chance.choice(field.choices) if chance else field.choices[0])
    if field.kind in (Kind.INTEGER, Kind.NUMBER):
        return str(number(field))
    if field.kind == Kind.LINES:
        return dialogue(field)
    return {Kind.BOOLEAN: "да" if not chance or chance.random() < 0.5 else "нет", Kind.LINK: LINK}.get(
        field.kind, text(max(field.min_length, min(field.max_length or 40, 40)))
    )


def text(length: int) -> str:
    """Words of exactly so many characters, with none but letters at the ends."""
    words = (LETTERS * (length // len(LETTERS) + 1))[:length]
    return words[:-1] + "а" if words.endswith(" ") else words


def number(field: Field) -> Decimal | float:
    if field.default is not None:
        return field.default
    least = field.minimum if field.minimum is not None else field.above
    if least is None:
        return field.maximum if field.maximum is not None else 1
    return least if field.minimum is not None else Decimal(str(least)) + (field.step or 1)


def dialogue(field: Field) -> str:
    if field.item.get("type") == "integer":
        return "1\n2"
    names = {"count": ("3", "4"), "": ("", "")}.get(field.led_by, ("Анна", "Борис"))
    return "\n".join(f"{name}: {text(20)}" if name else text(20) for name in names[: field.max_items or 2])


def file(field: Field) -> dict[str, Any]:
    """A file within all limits of a field."""
    one = dict(MEDIA[field.media or "document"])
    if field.accept and one["mime"] not in field.accept:
        one |= {"mime": field.accept[0], "kind": "document"}
    if field.media in ("image", "video"):
        side = max(field.min_side_px or 0, field.min_height_px or 0, min(1024, field.max_side_px or 1024))
        one |= {"width": side, "height": side}
    if field.media in ("video", "audio"):
        one["duration"] = max(field.min_seconds or 1, min(5, field.max_seconds or 5))
    one["file_id"] = f"{one['mime']};{one.get('width', 0)}x{one.get('height', 0)}"
    return one


# Inputs that fit, and such as break one rule.


@dataclass(frozen=True)
class Case:
    """A value for one place in an input: at the edge of what its own rule allows, or just over it."""

    rule: str
    value: Any
    fits: bool

    def within(self, wrap: Callable[[Any], Any]) -> Case:
        return Case(self.rule, wrap(self.value), self.fits)


def sample(spec: Spec) -> Any:
    """A plain value that a property takes."""
    if "default" in spec:
        return spec["default"]
    if found := specs.choices(spec):
        return found[0]
    if before := specs.numbered(spec):
        return f"{before}1"
    type_ = spec.get("type")
    if type_ == "array":
        return [sample(specs.item(spec)) for _ in range(max(1, spec.get("minItems", 1)))]
    if type_ == "object":
        return {name: sample(spec["properties"][name]) for name in spec.get("required", spec["properties"])}
    if type_ == "boolean":
        return True
    if type_ in ("integer", "number"):
        return spec.get("minimum", spec.get("exclusiveMinimum", 0) + 1)
    if spec.get("format") == "uri" or "x-media" in spec:
        return LINK
    return text(max(spec.get("minLength", 0), min(20, spec.get("maxLength", 20))))


def cases(spec: Spec) -> Iterator[Case]:
    """Every rule of a property at its edge, and broken once."""
    type_ = spec.get("type")
    for value in specs.choices(spec):
        yield Case("enum", value, fits=True)
    if "enum" in spec or "const" in spec or "pattern" in spec:
        yield Case("enum", "no such value", fits=False)
    yield Case("type", {"a": "b"} if type_ != "object" else "text", fits=False)
    if type_ == "string":
        yield from _strings(spec)
    elif type_ in ("integer", "number"):
        yield from _numbers(spec)
    elif type_ == "boolean":
        yield from (Case("boolean", True, fits=True), Case("boolean", False, fits=True))
        yield Case("type", "yes", fits=False)
    elif type_ == "array":
        yield from _arrays(spec)
    elif type_ == "object":
        yield from _objects(spec)


def _strings(spec: Spec) -> Iterator[Case]:
    yield Case("type", 7, fits=False)
    if "enum" in spec or "pattern" in spec or "x-media" in spec:
        return
    if least := spec.get("minLength"):
        yield from (Case("minLength", text(least), fits=True), Case("minLength", text(least)[:-1], fits=False))
    if most := spec.get("maxLength"):
        yield from (Case("maxLength", text(most), fits=True), Case("maxLength", text(most + 1), fits=False))


def _numbers(spec: Spec) -> Iterator[Case]:
    yield Case("type", "7", fits=False)
    if "anyOf" in spec or "enum" in spec:
        values = specs.choices(spec)
        yield Case("choice", max(values) + 1, fits=False)
        return
    step = spec.get("multipleOf", 1 if spec["type"] == "integer" else 0.5)
    if "minimum" in spec:
        yield from (Case("minimum", spec["minimum"], fits=True), Case("minimum", spec["minimum"] - step, fits=False))
    if "maximum" in spec:
        yield from (Case("maximum", spec["maximum"], fits=True), Case("maximum", spec["maximum"] + step, fits=False))
    if "exclusiveMinimum" in spec:
        edge = spec["exclusiveMinimum"]
        yield from (Case("above", edge + step, fits=True), Case("above", edge, fits=False))
    if spec["type"] == "integer" or "multipleOf" in spec:
        yield Case("step", spec.get("minimum", 1) + step / 2, fits=False)


def _arrays(spec: Spec) -> Iterator[Case]:
    item, least = specs.item(spec), max(1, spec.get("minItems", 1))
    one = sample(item)
    for case in cases(item):
        yield case.within(lambda value: [value, *[copy.deepcopy(one)] * (least - 1)])
    if "minItems" in spec and spec["minItems"] > 1:
        yield Case("minItems", [one] * (spec["minItems"] - 1), fits=False)
    if most := spec.get("maxItems"):
        yield from (Case("maxItems", [one] * most, fits=True), Case("maxItems", [one] * (most + 1), fits=False))


def _objects(spec: Spec) -> Iterator[Case]:
    whole = sample(spec)
    for name in spec.get("required", ()):
        yield Case("required", {key: value for key, value in whole.items() if key != name}, fits=False)
    for name, inner in spec["properties"].items():
        for case in cases(inner):
            yield case.within(lambda value, name=name: {**whole, name: value})
