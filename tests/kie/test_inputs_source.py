"""A field whose answer is one of the person's own generations: asked first, read strictly, checked with what it fills."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie.inputs import BadInput, Kind, check, complete, fields

JOB = "01934567-89ab-7def-8123-456789abcdef"
STEMS: Any = SimpleNamespace(
    input={
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": ["two", "all"], "default": "two"},
            "task_id": {"type": "string", "minLength": 1, "x-source": "job", "x-of": ["suno"], "x-gives": "task"},
            "audio_id": {"type": "string", "minLength": 1, "x-source": "job", "x-gives": "track", "x-with": "task_id"},
        },
        "required": ["task_id", "audio_id"],
        "additionalProperties": False,
    },
    wizard=[{"name": name, "label": {"ru": name, "en": name}} for name in ("type", "task_id")],
    pricing=[],
)
SOURCE = fields(STEMS)[0]


def test_the_generation_is_asked_for_first_and_knows_which_models_will_do():
    assert (SOURCE.name, SOURCE.kind, SOURCE.required, SOURCE.of, SOURCE.by_track) == (
        "task_id",
        Kind.SOURCE,
        True,
        ("suno",),
        True,
    )


def test_without_a_companion_the_generation_as_a_whole_is_meant():
    whole = {name: spec for name, spec in STEMS.input["properties"].items() if name != "audio_id"}
    alone = SimpleNamespace(input={"properties": whole}, wizard=STEMS.wizard, pricing=[])

    assert not fields(alone)[0].by_track


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        ({"job": JOB, "track": 1}, {"job": JOB, "track": 1}),
        ({"job": JOB.upper()}, {"job": JOB, "track": 0}),
        ({"job": JOB, "name": "12.10 Suno", "more": 1}, {"job": JOB, "track": 0, "name": "12.10 Suno"}),
        ({"job": JOB, "resolution": "720p"}, {"job": JOB, "track": 0, "resolution": "720p"}),
        ({"job": JOB, "name": "\x00"}, {"job": JOB, "track": 0}),
    ],
)
def test_a_choice_is_kept_in_our_form(raw, answer):
    assert SOURCE.parse(raw) == answer


@pytest.mark.parametrize(
    "raw", ["a text", None, 7, [], {}, {"job": 5}, {"job": "x"}, {"job": JOB, "track": -1}, {"job": JOB, "track": "1"}]
)
def test_what_is_no_choice_is_refused(raw):
    with pytest.raises(BadInput, match="wrong_type"):
        SOURCE.parse(raw)


@given(raw=st.dictionaries(st.sampled_from(["job", "track", "name"]), st.text() | st.integers() | st.none()))
def test_nothing_breaks_the_reading_of_a_choice(raw):
    try:
        answer = SOURCE.parse(raw)
    except BadInput:
        return
    assert answer.keys() <= {"job", "track", "name", "resolution"}


def test_a_choice_fills_its_companion_where_all_is_checked():
    check(STEMS, complete(STEMS, {"task_id": {"job": JOB, "track": 1}}))


@pytest.mark.parametrize("input", [{"type": "two"}, {"type": "two", "task_id": "a guess of KIE's id"}])
def test_without_a_choice_the_input_does_not_fit(input):
    with pytest.raises(BadInput) as refusal:
        check(STEMS, input)

    assert refusal.value.code in {"missing", "wrong_type"}
