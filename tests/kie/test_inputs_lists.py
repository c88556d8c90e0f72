"""Lists: files one by one, objects behind what people give, dialogues and scenes written line by line; odd spellings of limits."""

from types import SimpleNamespace
from typing import Any

import pytest

from kie.inputs import BadInput, Kind, answers, check, complete, fields
from kie.inputs.formats import mime_of
from kie.inputs.limits import aspects
from kie.inputs.spec import kind

NAMES = ("Kore", "Puck", "Zephyr")
VOICE = {"type": "string", "enum": list(NAMES)}
TURN = {
    "type": "object",
    "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 50}, "voice": VOICE},
    "required": ["text", "voice"],
}
NUMBER = {"type": "string", "pattern": "^Speaker \\d+$"}
SPOKEN: dict[str, Any] = {
    "turns": {
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "properties": {"speaker_id": NUMBER, "text": {"type": "string"}},
            "required": ["speaker_id", "text"],
        },
    },
    "speakers": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "speaker_id": NUMBER,
                "voice": VOICE,
                "accent": {"type": "string", "enum": ["plain", "odd"]},
            },
            "required": ["speaker_id", "voice", "accent"],
        },
    },
}


def model(properties: dict[str, Any], *required: str) -> Any:
    words = [{"name": name, "label": {"ru": name, "en": name}} for name in properties]
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return SimpleNamespace(input=schema, wizard=words, pricing=[])


def field(spec: dict[str, Any]) -> Any:
    return fields(model({"x": spec}))[0]


DIALOGUE = field({"type": "array", "items": TURN, "maxItems": 4, "x-max-total-chars": 60})
SCENES = field(
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "prompt": {"type": "string"},
                "duration": {"type": "integer", "minimum": 1, "maximum": 12},
            },
            "required": ["prompt", "duration"],
        },
    }
)


@pytest.mark.parametrize(
    ("written", "turns"),
    [
        (
            "Анна: Привет!\nБорис: Привет.\nАнна: Ты где?",
            [("Kore", "Привет!"), ("Puck", "Привет."), ("Kore", "Ты где?")],
        ),
        ("puck: Да\nАнна: Нет", [("Puck", "Да"), ("Kore", "Нет")]),
        ("Просто текст\nв две строки", [("Kore", "Просто текст\nв две строки")]),
        ("Анна: Встреча в 12:30\nи не позже", [("Kore", "Встреча в 12:30\nи не позже")]),
        ("Анна Петровна : да", [("Kore", "да")]),
    ],
)
def test_a_dialogue_is_read_line_by_line_and_everybody_gets_a_voice(written, turns):
    assert DIALOGUE.kind == Kind.LINES
    assert [(one["voice"], one["text"]) for one in DIALOGUE.parse(written)] == turns


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("А: " + "я" * 51, "too_long"),
        ("А: " + "я" * 40 + "\nБ: " + "я" * 40, "too_long"),
        ("\n".join(["А: я", "Б: я"] * 3), "too_many"),
        (" \n ", "empty"),
    ],
)
def test_each_line_and_all_together_have_their_limits(written, code):
    with pytest.raises(BadInput) as caught:
        DIALOGUE.parse(written)
    assert caught.value.code == code


def test_scenes_bear_their_seconds():
    assert SCENES.parse("5: собака бежит\n40 с - море\nзакат") == [
        {"prompt": "собака бежит", "duration": 5},
        {"prompt": "море", "duration": 12},
        {"prompt": "закат", "duration": 1},
    ]


def test_speakers_are_counted_as_they_come_and_those_without_a_voice_get_one():
    spoken = model(SPOKEN, "turns", "speakers")
    turns, voices = fields(spoken)
    assert (turns.kind, turns.main, voices.kind, voices.choices) == (Kind.LINES, True, Kind.MANY, NAMES)
    given = {"turns": turns.parse("Анна: Да\nБорис: Нет\nАнна: Да"), "speakers": ["Puck"]}
    whole = complete(spoken, given)
    assert [one["speaker_id"] for one in whole["turns"]] == ["Speaker 1", "Speaker 2", "Speaker 1"]
    assert whole["speakers"] == [
        {"speaker_id": "Speaker 1", "voice": "Puck", "accent": "plain"},
        {"speaker_id": "Speaker 2", "voice": "Kore", "accent": "plain"},
    ]
    check(spoken, whole)
    assert answers(spoken, whole)["speakers"] == ["Puck", "Kore"]


def test_speakers_of_whom_nothing_need_be_said_are_no_question():
    people = {
        "type": "object",
        "properties": {"speaker_id": NUMBER, "name": {"type": "string", "default": "Fola"}},
        "required": ["speaker_id"],
    }
    spoken = model({**SPOKEN, "speakers": {"type": "array", "items": people}}, "turns", "speakers")
    assert [one.name for one in fields(spoken, {}) if one.asked] == ["turns"]
    whole = complete(spoken, {"turns": fields(spoken)[0].parse("Анна: Да\nБорис: Нет")})
    assert whole["speakers"] == [{"speaker_id": "Speaker 1"}, {"speaker_id": "Speaker 2"}]
    check(spoken, whole)


def test_files_behind_objects_are_given_as_files():
    picture = {"type": "string", "format": "uri", "x-media": "image", "x-max-mb": 1}
    role = {"type": "string", "enum": ["subject", "background"], "default": "subject"}
    one = {"type": "object", "properties": {"url": picture, "role": role}, "required": ["url", "role"]}
    cast = model({"cast": {"type": "array", "items": one, "maxItems": 2}}, "cast")
    photo = {"file_id": "AgAC", "kind": "photo", "mime": "image/jpeg"}
    whole = complete(cast, {"cast": [photo, "https://example.com/a.jpg"]})
    assert [part["url"] for part in whole["cast"]] == [photo, "https://example.com/a.jpg"]
    assert complete(cast, whole) == whole
    assert answers(cast, whole) == {"cast": [photo, "https://example.com/a.jpg"]}
    check(cast, whole)
    with pytest.raises(BadInput) as caught:
        check(cast, complete(cast, {"cast": [photo | {"size": 2_000_000}]}))
    assert caught.value.code == "file_too_big"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"type": "array", "items": {"type": "string", "x-media": "video"}}, Kind.VIDEOS),
        ({"type": "array", "items": {"type": "string"}, "x-media": "audio"}, Kind.AUDIOS),
        ({"type": "array", "items": {"type": "string"}}, Kind.LINES),
        ({"type": "integer", "anyOf": [{"const": -1}, {"minimum": 4, "maximum": 6}]}, Kind.CHOICE),
        ({"type": "string", "pattern": "^([5-9]|1[0-5])$"}, Kind.CHOICE),
        ({"type": "string", "pattern": "^[a-z]+$"}, Kind.LONG_TEXT),
        ({"type": "number", "multipleOf": 1}, Kind.INTEGER),
    ],
)
def test_kinds_of_odd_schemas(spec, expected):
    assert kind(spec) == expected


def test_numbers_beside_a_range_are_offered_as_choices():
    spec = {"type": "integer", "anyOf": [{"const": -1}, {"minimum": 4, "maximum": 6}]}
    assert field(spec).choices == (-1, 4, 5, 6)
    with pytest.raises(BadInput) as caught:
        check(model({"x": spec}), {"x": 7})
    assert (caught.value.code, caught.value.facts["choices"]) == ("not_in_list", [-1, 4, 5, 6])


@pytest.mark.parametrize(
    ("spec", "raw", "code"),
    [
        ({"type": "number", "exclusiveMinimum": 0}, "0", "not_above"),
        ({"type": "number", "minimum": 0, "multipleOf": 0.01}, "0.075", "not_a_step"),
        ({"type": "number", "minimum": 0, "x-step": 0.1}, "0,25", "not_a_step"),
        ({"type": "string", "pattern": "^#[0-9a-f]{6}$"}, "red", "wrong_form"),
    ],
)
def test_a_number_or_text_of_another_form_is_refused(spec, raw, code):
    with pytest.raises(BadInput) as caught:
        field(spec).parse(raw)
    assert caught.value.code == code


def test_a_step_is_decimal():
    assert field({"type": "number", "minimum": 0, "multipleOf": 0.01}).parse("0,07") == 0.07


@pytest.mark.parametrize(
    ("spelling", "media", "mime"),
    [
        ("jpg", "image", "image/jpeg"),
        ("mp4", "image", "video/mp4"),
        ("mp4", "audio", "audio/mp4"),
        ("mov", "video", "video/quicktime"),
        ("x-matroska", "video", "video/x-matroska"),
        ("mp3", "audio", "audio/mpeg"),
        ("audio/x-wav", "audio", "audio/wav"),
        ("docx", "document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)
def test_short_spellings_of_formats_mean_mime_types(spelling, media, mime):
    assert mime_of(spelling, media) == mime


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ({"x-aspect-range": "0.4-2.5"}, 0.4, 2.5),
        ({"x-aspect-range": "1:2.5-2.5:1"}, 0.4, 2.5),
        ({"x-aspect-range": "2:5-5:2"}, 0.4, 2.5),
        ({"x-aspect-max": 8}, 0.125, 8),
        ({}, None, None),
    ],
)
def test_proportions_are_read_from_all_their_spellings(said, least, most):
    assert aspects(said) == (least, most)


@pytest.mark.parametrize(
    ("limits", "file", "code"),
    [
        ({"x-min-seconds": 3}, {"duration": 2}, "too_brief"),
        ({"x-min-px": 320}, {"width": 300, "height": 600}, "picture_too_small"),
        ({"x-min-height": 360}, {"width": 600, "height": 300}, "picture_too_small"),
        ({"x-aspect-range": "1:2.5-2.5:1"}, {"width": 600, "height": 200}, "wrong_proportions"),
    ],
)
def test_a_clip_is_held_against_what_telegram_says_of_it(limits, file, code):
    clip = field({"type": "string", "format": "uri", "x-media": "video", **limits})
    with pytest.raises(BadInput) as caught:
        clip.parse({"file_id": "BAAC", "kind": "video", "mime": "video/mp4", **file})
    assert caught.value.code == code
