"""Schemas that contradict themselves: a refusal or a doubt, never one half in silence. And forms that only look like it."""

from typing import Any

import pytest

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
