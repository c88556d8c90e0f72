"""From a model's schema to the fields of its wizard, and back: from answers to the input that is priced, checked and sent."""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from kie import bill
from kie.inputs import conditions, judge, limits, lines, places, source, wrapping
from kie.inputs import spec as specs
from kie.inputs.conditions import Demands
from kie.inputs.field import Field
from kie.inputs.spec import Kind, Spec, Unaskable, kind

__all__ = ["Asks", "Unaskable", "answers", "complete", "fields", "kind"]

MAIN = ("prompt", "text")
WRITTEN = (Kind.LINES, Kind.LONG_TEXT, Kind.TEXT)
SETTLED = 4  # looks after which defaults that conditions change have come to rest


class Asks(Protocol):
    """The part of a model that this package reads. It may have `fixed`, the values that we always send."""

    input: dict[str, Any]
    wizard: list[dict[str, Any]]
    pricing: list[dict[str, Any]]


def fields(model: Asks, answers: Mapping[str, Any] | None = None, *, skipped: Collection[str] = ()) -> list[Field]:
    """What people see, in asking order: questions (files, then the main text, then the rest), then settings as listed.

    A required field without a default is a question, and so is each of several of which one is required, until one is
    given; any other is a setting. With `answers`, as these demand it: what has become required, without what must not
    come beside them. Without, all that there is. Raises Unaskable.
    """
    known: Mapping[str, Spec] = model.input["properties"]
    listed = [words for words in model.wizard if words["name"] not in _fixed(model)]
    if answers is None:
        needs = Demands(required=set(model.input.get("required", ())))
    else:
        plain = places.placed(known, complete(model, answers))
        stand = conditions.standing(model.input, plain, [name for name in answers if name in plain])
        answers = {name: answers[name] for name in stand}
        plain = places.placed(known, complete(model, answers))
        names = {words["name"] for words in listed}
        out = conditions.shut_out(model.input, plain, names & answers.keys())
        needs = conditions.demands(model.input, plain, skipped=skipped, askable=names - out)
        needs.forbidden |= out
    met = {*(answers or ()), *skipped}
    shown = [
        _field(model, words, specs.narrowed(known[name], needs.narrowed.get(name, ())), needs, met)
        for words in listed
        if (name := words["name"]) not in needs.forbidden
    ]
    return sorted(shown, key=_asking_order)  # stable: the list decides within a group


def _fixed(model: Asks) -> dict[str, Any]:
    return getattr(model, "fixed", None) or {}


def _asking_order(field: Field) -> int:
    if not field.asked:
        return 3
    return 0 if field.media or field.kind == Kind.SOURCE else 1 if field.main else 2


def _field(model: Asks, words: Mapping[str, Any], spec: Spec, needs: Demands, met: Collection[str]) -> Field:
    """`met`: the names that a person has answered or passed over."""
    name: str = words["name"]
    one = specs.asked(spec)
    own = source.is_source(spec)
    media = None if own else one.get("x-media")
    hint = words.get("hint") or {"ru": "", "en": ""}
    led_by = lines.led_by(specs.item(spec))
    voices = specs.item(spec)["properties"][lines.leader(specs.item(spec))] if led_by else one
    open_now, in_choices = set().union(*needs.open), set().union(*needs.choices)
    default = default_of(spec)
    return Field(
        name=name,
        kind=kind(spec),
        required=name in needs.required and default is None and not wrapping.follows(spec),
        either=name not in needs.required and (name in open_now or (name in in_choices and name in met)),
        label_ru=words["label"]["ru"],
        label_en=words["label"]["en"],
        hint_ru=hint["ru"],
        hint_en=hint["en"],
        default=default,
        choices=specs.choices(voices),
        named=words.get("choices") or {},
        media=media,
        min_items=max(1, spec.get("minItems", 1)),
        max_items=spec.get("maxItems") if spec.get("type") == "array" else 1,
        item=specs.item(spec) if spec.get("type") == "array" else {},
        led_by=led_by,
        sets_price=_sets_price(model, name, media),
        measured=bool(media) and name in _counted(model, "second"),
        sized=media == "image" and _is_sized(model, name),
        main=name == _main(model),
        of=tuple(spec.get("x-of", ())),
        gives=spec.get("x-gives", ""),
        by_track=own and source.by_track(model.input["properties"], name),
        **limits.of_values(one),
        **limits.of_files(media, one),
    )


def _main(model: Asks) -> str:
    """The field that says what to make: the prompt, or whatever else has to be written first."""
    known, names = model.input["properties"], [words["name"] for words in model.wizard]
    required = [name for name in names if name in model.input.get("required", ()) and kind(known[name]) in WRITTEN]
    return next((name for name in (*MAIN, *required) if name in names), "")


def _counted(model: Asks, unit: str = "") -> set[str]:
    """The fields that rows of the price list count, by one name or by several whose counts add up."""
    return {name for row in model.pricing if not unit or row["unit"] == unit for name in bill.counted(row)}


def _sets_price(model: Asks, name: str, media: str | None) -> bool:
    """Whether a row counts it, looks at it, or looks at a fact that follows from it (kie.bill.facts_of)."""
    looked_at = {key for row in model.pricing for key in row["when"]} | _counted(model)
    facts = any(str(key).startswith("x-") for key in looked_at)
    return name in looked_at or (facts and (bool(media) or name == "upscale_factor"))


def _is_sized(model: Asks, name: str) -> bool:
    """Whether a row counts its points, or looks at how large it becomes (kie.bill.facts_of)."""
    return name in _counted(model, "megapixel") or any("x-output" in row["when"] for row in model.pricing)


def complete(model: Asks, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers and defaults: the input that is priced, checked and sent. Answers to fields that are no more are left out.

    A default that must not come beside the answers stays away, and one that they do not allow gives way to what they do.
    A repeat changes nothing.
    """
    known: Mapping[str, Spec] = model.input["properties"]
    given = {
        name: wrapping.wrapped(known[name], value)
        for name, value in answers.items()
        if name in known and value is not None and value != []
    } | _fixed(model)
    whole = wrapping.with_speakers(known, _defaults(known, Demands()) | given)
    for _ in range(SETTLED if conditions.CONDITIONAL & model.input.keys() else 0):
        needs = conditions.demands(model.input, places.placed(known, whole))
        settled = wrapping.with_speakers(known, _defaults(known, needs) | given)
        if settled == whole:
            break
        whole = settled
    return whole


def _defaults(known: Mapping[str, Spec], needs: Demands) -> dict[str, Any]:
    allowed = {name: spec for name, spec in known.items() if "default" in spec and name not in needs.forbidden}
    found = {
        name: default_of(specs.narrowed(spec, needs.narrowed[name])) if name in needs.narrowed else spec["default"]
        for name, spec in allowed.items()
    }
    return {name: value for name, value in found.items() if value is not None}


def default_of(spec: Spec) -> Any:
    """The value of a field that nobody answers: its default; where conditions have made that impossible, the first that is
    possible. None where there is none."""
    default = spec.get("default")
    if default is None or judge.fits({rule: said for rule, said in spec.items() if rule != "default"}, default):
        return default
    return next(iter(specs.choices(spec)), None)


def answers(model: Asks, input: Mapping[str, Any]) -> dict[str, Any]:
    """What people gave, from a whole input: the other way of `complete`, defaults among it."""
    known: Mapping[str, Spec] = model.input["properties"]
    return {name: wrapping.unwrapped(known[name], value) for name, value in input.items() if name in known}
