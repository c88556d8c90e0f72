"""Schemas that contradict themselves: a refusal or a doubt, never one half in silence. And forms that only look like it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie.sync.joined import Joiner
from kie.sync.values import HOLDS, broken
from tests.kie.sync.told import document, field, fields, one, page, reason

TEXT = {"type": "string"}


def doubts(schema: dict[str, Any]) -> str:
    """All doubts of a page with this field."""
    return "; ".join(one(page(document(fields(it=schema)))).doubts)


@pytest.mark.parametrize("word", ["oneOf", "anyOf"])
def test_of_two_choices_between_branches_none_is_dropped(word):
    def branches(*names: str) -> dict[str, Any]:
        return {word: [{"type": "object", "required": [name], "properties": {name: TEXT}} for name in names]}

    both = fields() | {"allOf": [branches("a", "b"), branches("c", "d")]}
    assert reason(page(document(both))) == f"input: two of {word} at once"
    beside = fields() | branches("a", "b") | {"allOf": [branches("c", "d")]}
    assert f"two of {word}" in reason(page(document(beside)))
    assert one(page(document(fields() | {"allOf": [branches("a", "b"), branches("a", "b")]}))).input[word]


def test_what_parts_say_differently_of_one_field_is_a_doubt():
    parts = [{"properties": {"it": TEXT}}, {"properties": {"it": {"type": "integer"}}}]
    assert any("it is there twice" in doubt for doubt in one(page(document(fields() | {"allOf": parts}))).doubts)
    assert "enum is said twice" in doubts({"allOf": [TEXT | {"enum": ["a"]}, TEXT | {"enum": ["b"]}]})
    assert doubts({"allOf": [TEXT | {"enum": ["a"]}], "description": "Said beside it"}) == ""


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (TEXT | {"items": TEXT}, "it: items of a string"),
        (TEXT | {"properties": {"x": TEXT}}, "it: properties of a string"),
        ({"type": "object", "items": TEXT}, "it: items of a object"),
        ({"type": ["array", "null"], "properties": {"x": TEXT}}, "it: properties of a array"),
    ],
)
def test_parts_that_a_type_cannot_have_are_refused(schema, why):
    assert reason(page(document(fields(it=schema)))) == why


def test_what_an_editor_leaves_empty_after_a_change_of_type_says_nothing():
    assert field(TEXT | {"properties": {}, "items": {}}) == TEXT


def test_null_is_a_choice_where_it_is_allowed_and_a_doubt_where_it_is_not():
    nullable = {"type": "string", "nullable": True, "enum": ["anime", None]}
    assert field(nullable) == {"type": ["string", "null"], "enum": ["anime", None]}
    assert doubts(nullable) == ""
    assert field(TEXT | {"enum": ["anime", None]})["enum"] == ["anime"]
    assert "null is a choice" in doubts(TEXT | {"enum": ["anime", None]})


def test_a_limit_is_excluded_by_a_number_or_as_openapi_3_0_says_it():
    number = {"type": "number", "minimum": 0, "maximum": 1}
    assert field(number | {"exclusiveMinimum": True, "exclusiveMaximum": False}) == {
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": 1,
    }
    assert field({"type": "number", "exclusiveMaximum": 1}) == {"type": "number", "exclusiveMaximum": 1}
    assert "of no minimum" in doubts({"type": "number", "exclusiveMinimum": True})


def test_mintlifys_word_for_a_type_with_choices_is_that_type():
    assert field({"type": "enum<string>", "enum": ["a"]}) == {"type": "string", "enum": ["a"]}


def test_a_number_of_more_digits_than_any_limit_has_is_none():
    assert "maximum is no number" in reason(page(document(fields(it={"type": "integer", "maximum": "9" * 4000}))))


def test_an_object_of_which_nobody_says_what_is_in_it_is_a_doubt():
    assert doubts({"type": "object"}) == doubts({"type": "object", "properties": {}}) != ""
    assert doubts({"type": "object", "properties": {"x": TEXT}}) == ""


def test_a_name_that_no_field_has_is_a_doubt():
    assert one(page(document(fields(**{"im[age": TEXT})))).doubts == ("input: im[age is an odd name",)


def test_of_two_limits_in_parts_the_stricter_holds():
    assert field({"allOf": [TEXT | {"maxLength": 10}, TEXT | {"maxLength": 5}]})["maxLength"] == 5
    parts = [{"type": "integer", "minimum": 1, "maximum": 100}, {"minimum": 10, "maximum": 20}]
    assert field({"allOf": parts}) == field({"allOf": parts[::-1]}) == {"type": "integer", "minimum": 10, "maximum": 20}
    excluded = [{"type": "number", "minimum": 0, "exclusiveMinimum": True}, {"minimum": 0}]
    assert field({"allOf": excluded})["exclusiveMinimum"] == 0


NUMBERS = st.integers(-5, 30)
BOUNDED = st.fixed_dictionaries({}, optional=dict.fromkeys(HOLDS, NUMBERS))
VALUES = st.one_of(NUMBERS, st.text("ab", max_size=9), st.lists(st.sampled_from(["a", "b"]), max_size=9))


@given(parts=st.lists(BOUNDED, min_size=1, max_size=3), value=VALUES)
def test_what_all_parts_take_and_nothing_else_is_taken(parts: list[dict[str, Any]], value: Any) -> None:
    joiner = Joiner({})
    assert (broken(joiner.merged({"allOf": parts}, "it"), value) is None) == all(
        broken(part, value) is None for part in parts
    )


@given(schema=BOUNDED, default=VALUES, text=st.sampled_from(["", "Range: 5-10", "Max length: 3", "Up to 2 images"]))
def test_a_default_is_one_of_its_fields_values_or_a_doubt(schema: dict[str, Any], default: Any, text: str) -> None:
    type_ = {int: "integer", str: "string", list: "array"}[type(default)]
    limits = {word: max(limit, 0) for word, limit in schema.items()}
    told = limits | {"type": type_, "default": default, "description": text}
    spec = one(page(document(fields(it=told | ({"items": TEXT} if type_ == "array" else {})))))
    read = spec.input["properties"]["it"]
    assert spec.doubts or (read["default"] == default and broken(read, default) is None)
    assert "default" not in read or broken(read, read["default"]) is None


@pytest.mark.parametrize(
    ("schema", "word"),
    [
        ({"type": "number", "default": 200, "maximum": 100}, "maximum"),
        (TEXT | {"default": "abcdef", "maxLength": 3}, "maxLength"),
        ({"type": "array", "items": TEXT | {"enum": ["x"]}, "default": ["y"]}, "items"),
    ],
)
def test_a_default_that_its_own_field_does_not_take_is_a_doubt_and_none(schema, word):
    assert f"is not within its {word}" in doubts(schema)
    assert "default" not in field(schema)


def test_a_range_of_the_text_that_the_default_breaks_is_not_taken_by_half():
    told = {"type": "integer", "default": 1, "description": "Range: 5-10"}
    assert field(told) == told
    assert "its text says minimum 5" in doubts(told)


@pytest.mark.parametrize("text", ["Disabled by default", "Off by default.", "默认值为 false"])
def test_a_switch_that_the_text_says_is_off_is_a_doubt(text):
    assert "the default is True by the schema" in doubts({"type": "boolean", "default": True, "description": text})


def test_a_schema_that_refers_to_itself_is_refused_however_it_does():
    def told(**schemas: Any) -> str:
        return reason(page(document(fields(it={"$ref": "#/components/schemas/A"}), components={"schemas": schemas})))

    again = {"$ref": "#/components/schemas/A"}
    for inside in ({"properties": {"b": again}}, {"type": "array", "items": again}, {"oneOf": [TEXT, again]}, {"allOf": [again]}):  # fmt: skip
        assert "refers to itself" in told(A=inside)


def test_true_among_texts_is_a_doubt():
    assert "true or false among its texts" in doubts(TEXT | {"enum": [True, "auto"]})
