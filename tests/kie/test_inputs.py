"""Answers are read as people write them; what does not fit is refused with its reason."""

import pytest

from kie.inputs import BadInput, check, complete
from kie.inputs.whole import Unaskable, kind
from tests.kie.asking import FIELDS, GOOD, MODEL, PHOTO, VOICE, refused


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
