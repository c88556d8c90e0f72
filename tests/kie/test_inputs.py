"""Answers are read as people write them; what does not fit is refused with its reason, and nothing ever breaks."""

import json
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kie.inputs import BadInput, Field, Kind, check, complete, fields
from kie.inputs.whole import Unaskable, kind

IMAGE = {
    "type": "string",
    "format": "uri",
    "x-media": "image",
    "x-max-mb": 5,
    "x-accept": ["image/jpeg", "image/png"],
    "x-min-side-px": 256,
}
SOUND = {
    "type": "string",
    "format": "uri",
    "x-media": "audio",
    "x-max-mb": 100,
    "x-accept": ["audio/ogg", "audio/mpeg"],
    "x-max-seconds": 60,
}
PROPERTIES: dict[str, Any] = {
    "style": {"type": "string", "enum": ["plain", "bold"]},
    "prompt": {"type": "string", "minLength": 3, "maxLength": 300},
    "photos": {"type": "array", "items": IMAGE, "minItems": 1, "maxItems": 2},
    "voice": SOUND,
    "tags": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "uniqueItems": True},
    "steps": {"type": "integer", "minimum": 1, "maximum": 50, "default": 20},
    "scale": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
    "hd": {"type": "boolean", "default": False},
    "page": {"type": "string", "format": "uri"},
    "hidden": {"type": "string", "enum": ["only"], "default": "only"},
}
SHOWN = [name for name in PROPERTIES if name != "hidden"]
PHOTO = {"file_id": "AgAC", "kind": "photo", "size": 1000, "width": 800, "height": 600}
VOICE = {"file_id": "AwAC", "kind": "voice", "mime": "audio/ogg", "size": 1000, "duration": 5}


def words(name: str) -> dict[str, Any]:
    choices = {"plain": {"ru": "простой", "en": "simple"}} if name == "style" else {}
    return {"name": name, "label": {"ru": f"«{name}»", "en": name}, "choices": choices}


MODEL: Any = SimpleNamespace(
    fixed={},
    input={
        "type": "object",
        "properties": PROPERTIES,
        "required": ["style", "prompt", "photos", "voice", "steps"],
        "additionalProperties": False,
    },
    wizard=[words(name) for name in SHOWN],
    pricing=[{"usd": "0.1", "unit": "second", "by": "voice", "when": {"hd": False}}],
)
FIELDS = {field.name: field for field in fields(MODEL)}
GOOD = {"style": "bold", "prompt": "рыжий кот", "photos": [PHOTO], "voice": VOICE}


def refused(name: str, raw: Any) -> BadInput:
    with pytest.raises(BadInput) as caught:
        FIELDS[name].parse(raw)
    assert caught.value.field == name
    return caught.value


def test_files_come_first_then_the_main_text_then_other_questions_then_settings():
    assert list(FIELDS) == ["photos", "voice", "prompt", "style", "tags", "steps", "scale", "hd", "page"]
    assert [name for name, field in FIELDS.items() if field.required] == ["photos", "voice", "prompt", "style"]


def test_kinds_follow_from_the_schema():
    kinds = {name: str(field.kind) for name, field in FIELDS.items()}
    assert kinds == {
        "photos": "images",
        "voice": "audio",
        "prompt": "long_text",
        "style": "choice",
        "tags": "many",
        "steps": "integer",
        "scale": "number",
        "hd": "boolean",
        "page": "link",
    }


@pytest.mark.parametrize(
    "spec", [{"type": "object"}, {"type": "array", "items": {"type": "object"}}, {"type": "null"}, {}]
)
def test_what_the_wizard_cannot_ask_is_said_so(spec):
    with pytest.raises(Unaskable):
        kind(spec)


def test_a_field_knows_whether_it_sets_the_price():
    assert {name for name, field in FIELDS.items() if field.sets_price} == {"voice", "hd"}
    assert [name for name, field in FIELDS.items() if field.measured] == ["voice"]


def test_an_upload_is_limited_by_telegram_and_by_the_model():
    assert (FIELDS["photos"].max_mb, FIELDS["voice"].max_mb, FIELDS["voice"].max_mb_link) == (5, 20, 100)


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("prompt", "  рыжий кот \n", "рыжий кот"),
        ("prompt", "a\x00b\ud800c", "abc"),
        ("style", "BOLD", "bold"),
        ("style", "Простой", "plain"),
        ("steps", " 12 ", 12),
        ("steps", "12,0", 12),
        ("scale", "0,25", 0.25),
        ("hd", "Да", True),
        ("hd", "no", False),
        ("page", "https://example.com/a?b=ж", "https://example.com/a?b=ж"),
        ("photos", "https://example.com/a.jpg", "https://example.com/a.jpg"),
    ],
)
def test_answers_are_read_as_people_write_them(name, raw, value):
    assert FIELDS[name].parse(raw) == value


@pytest.mark.parametrize(
    ("name", "raw", "code", "facts"),
    [
        ("prompt", " \n\x00", "empty", {}),
        ("prompt", "\u200b\u200d \ufeff\u2800\u3164\u115f\uffa0\u034f\ufe0f\u2060\U000e0020", "empty", {}),
        ("page", "\u200b", "empty", {}),
        ("prompt", "ab", "too_short", {"least": 3, "length": 2}),
        ("prompt", "a" * 301, "too_long", {"most": 300, "length": 301}),
        ("prompt", PHOTO, "wrong_type", {"expected": "long_text", "got": "photo"}),
        ("style", "loud", "not_in_list", {"choices": ["plain", "bold"]}),
        ("steps", "many", "not_a_number", {"example": 20}),
        ("steps", "1e9", "not_a_number", {}),
        ("steps", "٣", "not_a_number", {}),
        ("steps", "2.5", "not_whole", {}),
        ("steps", "0", "too_small", {"least": 1}),
        ("steps", "51", "too_big", {"most": 50}),
        ("hd", "perhaps", "not_yes_no", {}),
        ("page", "example", "not_a_link", {}),
        ("page", "ftp://example.com", "not_a_link", {}),
        ("page", "https://[", "not_a_link", {}),
        ("page", "https://user:secret@example.com", "not_a_link", {}),
        ("page", "https://example.com/" + "a" * 2048, "not_a_link", {}),
        ("photos", "here is my photo", "wrong_type", {"expected": "images", "got": "text"}),
        ("photos", "https:// example.com", "not_a_link", {}),
        ("photos", VOICE, "wrong_type", {"got": "voice"}),
        ("photos", PHOTO | {"kind": "document", "mime": "application/pdf"}, "wrong_type", {"got": "application/pdf"}),
        (
            "photos",
            PHOTO | {"kind": "document", "mime": "application/octet-stream"},
            "unreadable",
            {"expected": "images", "got": "application/octet-stream"},
        ),
        ("photos", PHOTO | {"kind": "document", "mime": "text/plain", "name": "кот.PNG"}, "unreadable", {}),
        ("photos", PHOTO | {"kind": "document", "mime": "text/plain", "name": "кот.txt"}, "wrong_type", {}),
        ("photos", PHOTO | {"kind": "document", "mime": "audio/mpeg", "name": "a.mp3"}, "wrong_type", {}),
        ("voice", PHOTO | {"kind": "document", "mime": "text/plain", "name": "a.mp3"}, "unreadable", {}),
        (
            "photos",
            PHOTO | {"kind": "document", "mime": "image/gif"},
            "wrong_format",
            {"accept": ["JPG", "PNG"], "got": "image/gif"},
        ),
        ("photos", PHOTO | {"kind": "document"}, "wrong_type", {"got": "document"}),
        ("photos", PHOTO | {"kind": "sticker"}, "wrong_type", {"got": "sticker"}),
        ("photos", PHOTO | {"size": 5_200_000}, "file_too_big", {"most_mb": 5, "mb": 5.2}),
        ("photos", PHOTO | {"height": 255}, "picture_too_small", {"least_px": 256}),
        ("voice", VOICE | {"duration": 61}, "lasts_too_long", {"most_s": 60, "seconds": 61}),
        ("voice", VOICE | {"kind": "document", "duration": 0}, "length_unknown", {}),
        ("voice", "https://example.com/a.mp3", "length_unknown", {}),
        ("voice", {"file_id": None}, "wrong_type", {}),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(name, raw, code, facts):
    bad = refused(name, raw)
    assert (bad.code, {fact: bad.facts[fact] for fact in facts}) == (code, facts)


def test_a_file_is_kept_as_telegram_names_it_in_our_spelling():
    odd = {"file_id": "BQAC", "kind": "document", "mime": "image/JPG; q=1", "name": "кот.jpg", "size": 10, "thumb": "x"}
    assert FIELDS["photos"].parse(odd) == {
        "file_id": "BQAC",
        "kind": "document",
        "mime": "image/jpeg",
        "name": "кот.jpg",
        "size": 10,
    }


def test_complete_adds_defaults_and_leaves_out_what_the_model_does_not_have():
    whole = complete(MODEL, GOOD | {"retired_option": 1, "tags": [], "page": None})
    assert whole == GOOD | {"steps": 20, "scale": 0.5, "hd": False, "hidden": "only"}
    check(MODEL, whole)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"prompt": None}, "missing", "prompt"),
        ({"prompt": ""}, "too_short", "prompt"),
        ({"prompt": 5}, "wrong_type", "prompt"),
        ({"photos": []}, "missing", "photos"),
        ({"photos": [PHOTO] * 3}, "too_many", "photos"),
        ({"photos": [VOICE]}, "wrong_type", "photos"),
        ({"photos": PHOTO}, "wrong_type", "photos"),
        ({"prompt": PHOTO}, "wrong_type", "prompt"),
        ({"style": "loud"}, "not_in_list", "style"),
        ({"hidden": "other"}, "not_in_list", "hidden"),
        ({"steps": 51}, "too_big", "steps"),
        ({"tags": ["a", "a"]}, "twice", "tags"),
    ],
)
def test_a_whole_input_names_the_answer_to_blame(change, code, field):
    with pytest.raises(BadInput) as caught:
        check(MODEL, complete(MODEL, GOOD | change))
    assert (caught.value.code, caught.value.field) == (code, field)


def test_a_stranger_among_the_answers_is_refused():
    with pytest.raises(BadInput) as caught:
        check(MODEL, complete(MODEL, GOOD) | {"callBackUrl": "https://example.com"})
    assert caught.value.code == "unknown"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=6,
)
file_like = st.fixed_dictionaries(
    {
        "file_id": st.text(max_size=5) | anything,
        "kind": st.sampled_from(["photo", "document", "voice", "video", "x"]) | anything,
    },
    optional=dict.fromkeys(("mime", "size", "width", "height", "duration", "name"), anything),
)
written = st.text() | st.from_regex(r"-?[0-9]{1,20}[.,]?[0-9]{0,20}") | st.from_regex(r"https?://\S{0,30}")


@given(st.sampled_from(sorted(FIELDS)), written | file_like | anything)
@example("steps", "9" * 400)
@example("photos", {"file_id": "x", "kind": "photo", "size": float("nan")})
def test_no_answer_breaks_anything_and_what_is_taken_can_be_stored(name, raw):
    field: Field = FIELDS[name]
    try:
        value = field.parse(raw)
    except BadInput:
        return
    stored = json.dumps(value, allow_nan=False, ensure_ascii=False)
    assert "\x00" not in stored
    assert "\\u0000" not in stored
    assert json.loads(stored.encode()) == value
    several = field.kind in {Kind.IMAGES, Kind.MANY}
    check(MODEL, complete(MODEL, GOOD | {name: [value] if several else value}))


@given(st.dictionaries(st.sampled_from(sorted(PROPERTIES)), anything | file_like))
def test_no_input_breaks_the_check(answers):
    with suppress(BadInput):  # the only way out
        check(MODEL, complete(MODEL, answers))


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost.",
        "nas",
        "printer.local",
        "db.internal",
        "router.home.arpa",
        "127.0.0.1",
        "127.1",
        "0x7f.0.0.1",
        "2130706433",
        "0177.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "[fe80::1%25eth0]",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "example.com@127.0.0.1",
        "%31%32%37.0.0.1",
    ],
)
@pytest.mark.parametrize("name", ["photos", "page"])
def test_a_host_that_is_literally_internal_is_refused(name, host):
    assert refused(name, f"http://{host}:8080/a.jpg").code == "link_inside"


@pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1111]", "пример.рф", "local.example.com", "a-1.example.co"])
def test_a_public_host_is_taken(host):
    link = f"https://{host}/a.jpg"
    assert FIELDS["photos"].parse(link) == link


@pytest.mark.parametrize("link", ["https://@example.com/a", "https://example.com\\@a.b/", "https://a.b:99999/"])
def test_a_link_that_programs_may_read_differently_is_refused(link):
    assert refused("page", link).code == "not_a_link"
