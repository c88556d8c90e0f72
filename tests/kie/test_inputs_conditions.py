"""What is asked, hidden, required and narrowed by what is answered already: any schema's conditions, no model's name."""

from types import SimpleNamespace
from typing import Any

import pytest

from kie.inputs import BadInput, check, complete, fields

TEXT = {"type": "string", "minLength": 1}
FRAME = {"type": "string", "format": "uri", "x-media": "image"}
PHOTO = {"file_id": "AgAC", "kind": "photo", "mime": "image/jpeg", "size": 1000}


def model(properties: dict[str, Any], **conditions: Any) -> Any:
    wizard = [
        {"name": name, "label": {"ru": name, "en": name}} for name, spec in properties.items() if "x-with" not in spec
    ]
    return SimpleNamespace(input={"type": "object", "properties": properties, **conditions}, wizard=wizard, pricing=[])


def seen(model: Any, answers: dict[str, Any], *skipped: str) -> str:
    """The fields in order: `name*` required, `name?` one of several of which one is needed, else a setting."""
    marks = {(True, False): "*", (False, True): "?", (False, False): ""}
    shown = fields(model, answers, skipped=skipped)
    return " ".join(one.name + marks[one.required, one.either] for one in shown)


STEMS = model(
    {"type": {"type": "string", "enum": ["all", "one"], "default": "all"}, "stem": TEXT},
    allOf=[{"if": {"properties": {"type": {"const": "one"}}, "required": ["type"]}, "then": {"required": ["stem"]}}],
)


def test_an_answer_makes_another_field_required():
    assert seen(STEMS, {}) == "type stem"
    assert seen(STEMS, {"type": "one"}) == "stem* type"
    with pytest.raises(BadInput) as caught:
        check(STEMS, complete(STEMS, {"type": "one"}))
    assert (caught.value.code, caught.value.field) == ("missing", "stem")


def test_else_holds_where_if_does_not():
    either_way = model({"a": TEXT, "b": TEXT, "c": TEXT}, **{"if": {"required": ["a"]}, "then": {"required": ["b"]}})
    either_way.input["else"] = {"required": ["c"]}
    assert seen(either_way, {}) == "c* a b"
    assert seen(either_way, {"a": "x"}) == "b* a c"


SUNG = model(
    {
        "instrumental": {"type": "boolean", "default": False},
        "lyrics": TEXT,
        "voice": {**TEXT, "enum": ["m", "f"], "default": "m"},
    },
    allOf=[
        {
            "if": {"properties": {"instrumental": {"const": True}}, "required": ["instrumental"]},
            "then": {"not": {"anyOf": [{"required": ["lyrics"]}, {"required": ["voice"]}]}},
        }
    ],
)


def test_what_has_become_forbidden_is_hidden_its_default_stays_away_and_an_earlier_answer_gives_way():
    assert seen(SUNG, {}) == "instrumental lyrics voice"
    assert seen(SUNG, {"instrumental": True}) == "instrumental"
    assert seen(SUNG, {"lyrics": "la", "instrumental": True}) == "instrumental"
    assert complete(SUNG, {"instrumental": True}) == {"instrumental": True}
    assert complete(SUNG, {}) == {"instrumental": False, "voice": "m"}


FRAMES = model({"first": FRAME, "last": FRAME, "size": TEXT}, anyOf=[{"required": ["first"]}, {"required": ["last"]}])


def test_one_of_several_is_asked_until_one_is_given_and_the_last_of_them_cannot_be_passed_over():
    assert seen(FRAMES, {}) == "first? last? size"
    assert seen(FRAMES, {"first": PHOTO}) == "first? last size"
    assert seen(FRAMES, {}, "first") == "first? last* size"
    assert seen(FRAMES, {"last": PHOTO}, "first") == "first? last? size"
    with pytest.raises(BadInput) as caught:
        check(FRAMES, {})
    assert (caught.value.code, caught.value.facts["fields"]) == ("one_of", ["first", "last"])


def test_one_of_several_is_not_asked_for_where_one_is_required_anyway():
    told = model({"file": FRAME, "prompt": TEXT}, required=["prompt"])
    told.input["anyOf"] = [{"required": ["prompt"]}, {"required": ["file"]}]
    assert seen(told, {}) == "prompt* file"


def test_of_what_excludes_each_other_one_answer_hides_the_other():
    one = model({"task": TEXT, "file": FRAME}, oneOf=[{"required": ["task"]}, {"required": ["file"]}])
    assert seen(one, {}) == "file? task?"
    assert seen(one, {"task": "x"}) == "task*"
    assert seen(one, {"file": PHOTO}) == "file*"
    with pytest.raises(BadInput) as caught:
        check(one, {"task": "x", "file": PHOTO})
    assert caught.value.code == "not_together"


def test_a_hidden_companion_comes_with_the_choice_that_fills_it():
    of_own = {"type": "string", "x-source": "job"}
    stems = model(
        {"task": of_own, "track": {**of_own, "x-with": "task"}, "file": FRAME},
        oneOf=[{"required": ["task", "track"]}, {"required": ["file"]}],
    )
    assert seen(stems, {}) == "task? file?"
    assert seen(stems, {}, "task") == "task? file*"
    check(stems, {"task": {"job": "018f0000-0000-7000-8000-000000000001", "track": 1}})


def test_a_field_that_needs_another_asks_for_it_and_is_hidden_where_that_cannot_come():
    mixed = model({"first": FRAME, "last": FRAME, "style": FRAME}, dependentRequired={"last": ["first"]})
    mixed.input["allOf"] = [{"if": {"required": ["first"]}, "then": {"not": {"required": ["style"]}}}]
    assert seen(mixed, {"last": PHOTO}) == "first* last"
    assert seen(mixed, {"style": PHOTO}) == "style"
    assert seen(mixed, {"first": PHOTO}) == "first last"


SIZES = model(
    {
        "size": {"type": "string", "enum": ["1K", "4K"], "default": "1K"},
        "seconds": {"type": "integer", "enum": [5, 10], "default": 10},
        "steps": {"type": "integer", "minimum": 1, "maximum": 50},
    },
    allOf=[
        {
            "if": {"properties": {"size": {"const": "4K"}}, "required": ["size"]},
            "then": {"properties": {"seconds": {"const": 5}, "steps": {"maximum": 9}}},
        }
    ],
)


def test_a_condition_narrows_choices_and_limits_and_moves_a_default_that_does_not_fit():
    wide = {one.name: one for one in fields(SIZES, {})}
    narrow = {one.name: one for one in fields(SIZES, {"size": "4K"})}
    assert (wide["seconds"].default, wide["steps"].maximum) == (10, 50)
    assert (narrow["seconds"].default, narrow["steps"].maximum) == (5, 9)
    assert complete(SIZES, {"size": "4K"}) == {"size": "4K", "seconds": 5}
    with pytest.raises(BadInput) as caught:
        check(SIZES, complete(SIZES, {"size": "4K", "seconds": 10}))
    assert (caught.value.code, caught.value.field) == ("not_in_list", "seconds")


def test_what_we_always_send_is_neither_asked_nor_changed():
    fixed = model({"mark": {"type": "boolean"}, "prompt": TEXT}, required=["prompt", "mark"])
    fixed.fixed = {"mark": False}
    assert seen(fixed, {}) == "prompt*"
    assert complete(fixed, {"prompt": "x", "mark": True}) == {"prompt": "x", "mark": False}


SECOND = {"type": "number", "minimum": 0}
STRETCH = model(
    {"from": SECOND, "to": SECOND},
    required=["from", "to"],
    allOf=[{"x-span": {"from": "from", "to": "to", "least": 6, "most": 60}}],
)


def test_a_stretch_ends_after_it_begins_and_is_as_long_as_may_be():
    begun = {"from": 30}
    end = next(one for one in fields(STRETCH, begun) if one.name == "to")
    assert (end.minimum, end.maximum) == (36, 90)  # told at its step
    for ends, code in ((10, "too_small"), (35.9, "too_small"), (36, ""), (90, ""), (91, "too_big")):
        assert refusal_of(STRETCH, begun | {"to": ends}) == (code and (code, "to"))


def refusal_of(model: Any, answers: dict[str, Any]) -> Any:
    try:
        check(model, complete(model, answers))
    except BadInput as bad:
        return bad.code, bad.field
    return ""
