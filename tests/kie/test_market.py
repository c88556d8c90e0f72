"""What KIE's jobs API says, read by us: results in their several wrappings, and whatever a broken peer could send."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie import client
from kie.errors import KieError, NoAnswer, NoCredits, NothingMade, Refused, Unread
from kie.families import market, reading
from kie.record import TaskRecord
from tests.kie.saying import saying

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.text(max_size=8), JSON, max_size=4)


@given(value=OBJECTS, wrapped=st.integers(0, 3))
def test_an_object_is_unpacked_from_up_to_three_wrappings(value, wrapped):
    packed = value
    for _ in range(wrapped):
        packed = json.dumps(packed)

    assert reading.unpacked(packed) == value


@given(value=st.one_of(st.text(), JSON.map(json.dumps), st.binary(), JSON))
def test_whatever_comes_unpacking_gives_an_object(value):
    assert isinstance(reading.unpacked(value), dict)


@pytest.mark.parametrize(
    "value",
    [None, "", "{", '{"a": 1', "null", "7", '"x"', "[1]", 7, [], "[" * 100_000, '{"a":' * 100_000, "9" * 10_000],
)
def test_what_is_no_object_unpacks_to_an_empty_one(value):
    assert reading.unpacked(value) == {}


URLS = st.sampled_from(
    ["https://a.example/1.png", "http://a.example/2", "ftp://a.example/3", "javascript:alert(1)", "", None, 7, {}]
)


@given(
    results=st.dictionaries(
        st.sampled_from(["resultUrls", "data", "resultObject"]), st.one_of(JSON, st.lists(URLS)), max_size=3
    )
)
def test_files_and_text_of_any_result_are_of_our_form(results):
    found = market.files(results, "image")

    assert all({"url", "kind"} <= set(file) <= {"url", "kind", "id", "title", "cover"} for file in found)
    assert all(file["url"].startswith(("http://", "https://")) for file in found)
    assert market.text(results) is None or market.text(results)


def test_every_file_is_kept_in_order():
    urls = [f"https://a.example/{number}.png" for number in range(4)]
    tracks = [{"audio_url": url} for url in urls]

    assert [file["url"] for file in market.files({"resultUrls": urls}, "image")] == urls
    assert market.files({"data": tracks}, "audio") == [{"url": url, "kind": "audio"} for url in urls]


@pytest.mark.parametrize(
    ("results", "text"),
    [
        ({"resultObject": {"text": "Two lines"}}, "Two lines"),
        ({"resultObject": "words"}, "words"),
        ({"resultObject": {"слова": ["раз"]}}, '{\n "слова": [\n  "раз"\n ]\n}'),
        ({"resultObject": None}, None),
        ({}, None),
    ],
)
def test_the_text_of_a_model_that_answers_in_words(results, text):
    assert market.text(results) == text


# Results of every shape

A, B = "https://a.example/1.mp4", "https://a.example/2"


def file(url: str, kind: str = "video", **about: str) -> dict[str, str]:
    return {"url": url, "kind": kind, **about}


SHAPES = [
    ({"resultUrls": [A]}, [file(A)]),
    ({"resultUrls": f"[{A}, {B}]"}, [file(A), file(B)]),
    ({"resultUrls": json.dumps([A, B])}, [file(A), file(B)]),
    ({"resultUrls": A}, [file(A)]),
    ({"resultUrls": [A], "firstFrameUrl": [B], "lastFrameUrl": B}, [file(A), file(B, "image"), file(B, "image")]),
    ({"resultUrls": [A], "resultWaterMarkUrls": [B]}, [file(A)]),
    ({"resultUrls": [], "resultWaterMarkUrls": [B]}, [file(B)]),
    ({"resultObject": {"resultUrls": [A]}}, [file(A)]),
    ({"videoInfo": {"videoUrl": A, "imageUrl": B}}, [file(A)]),
    ({"videoUrl": A, "originVideoUrl": B, "streamUrl": B}, [file(A)]),
    ({"vocal_url": A, "instrumental_url": B}, [file(A, title="vocal"), file(B, title="instrumental")]),
    (
        {"resultObject": {"vocalUrl": A, "backingVocalsUrl": B}},
        [file(A, title="vocal"), file(B, title="backing vocals")],
    ),
    ({"audioWavUrl": A}, [file(A)]),
    (
        {"data": [{"audio_url": A, "id": "t1", "title": "Ночь", "image_url": B, "duration": 7}]},
        [file(A, id="t1", title="Ночь", cover=B)],
    ),
    ({"data": [{"audioUrl": A, "imageUrl": None, "id": 7}]}, [file(A)]),
    ({"data": [{"audio_url": "", "source_audio_url": A, "stream_audio_url": B}]}, [file(A)]),
    ({"data": [{"stream_audio_url": B}]}, []),
    (
        {"vocalUrl": B, "originData": [{"id": "s1", "stem_type_group_name": "Vocals", "audio_url": A}]},
        [file(A, id="s1", title="Vocals")],
    ),
]


@pytest.mark.parametrize(("results", "found"), SHAPES, ids=lambda value: str(value)[:40])
def test_files_of_every_shape(results, found):
    assert market.files(results, "video") == found


def test_pictures_stand_under_names_that_are_covers_elsewhere():
    assert market.files({"images": [A], "imageUrl": B}, "image") == [file(A, "image"), file(B, "image")]


def test_lyrics_are_read_variant_by_variant():
    verses = [
        {"title": "Море", "text": "Волна", "status": "complete"},
        {"title": "Пусто", "text": "", "status": "failed", "errorMessage": "no"},
        {"title": "Ещё", "text": "Прибой"},
    ]
    assert market.text({"resultObject": {"lyricsData": verses}}) == "Море\nВолна\n\nЕщё\nПрибой"


def test_an_object_that_holds_files_is_no_text():
    assert market.text({"resultObject": {"vocalUrl": A}}) is None


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"state": "queueing"}, "running"),
        ({"state": "wait"}, "running"),
        ({"state": "Success"}, "success"),
        ({"state": None, "successFlag": 0}, "running"),
        ({"state": None, "successFlag": 1}, "success"),
        ({"state": "", "successFlag": "3"}, "fail"),
        ({"state": "fail", "successFlag": 1}, "fail"),
    ],
    ids=str,
)
def test_the_state_in_every_spelling(facts, state, settings):
    with saying(record(**facts)) as settings.KIE_API_URL:
        assert market.query("t", output="video").state == state


def test_a_result_comes_parsed_or_not_and_credits_under_either_name(settings):
    told = record(resultJson="", response={"resultUrls": [A]}, creditsConsumed=None, consumeCredits=4.5)
    with saying(told) as settings.KIE_API_URL:
        found = market.query("t", output="video")

    assert (found.files, found.credits) == ([file(A)], Decimal("4.5"))


# A peer that says anything


def record(**facts: object) -> bytes:
    return json.dumps({"code": 200, "msg": "success", "data": {"taskId": "t", "state": "success"} | facts}).encode()


HOSTILE = {
    "nothing": b"",
    "html": b"<html><h1>502 Bad Gateway</h1></html>",
    "a list": b"[1, 2]",
    "deep": b"[" * 200_000,
    "no data": b'{"code": 200}',
    "data is text": b'{"code": 200, "data": "x"}',
    "code is text": b'{"code": "OK", "data": {}}',
    "a state of its own": record(state="thinking"),
    "a state that is a list": record(state=["success"]),
    "a state that is an object": record(state={}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_record_that_makes_no_sense_is_unread(name, settings):
    with saying(HOSTILE[name]) as settings.KIE_API_URL, pytest.raises(Unread):
        market.query("t", output="image")


@pytest.mark.parametrize("name", [name for name in HOSTILE if "state" not in name])
def test_an_answer_to_create_that_makes_no_sense_proves_nothing(name, settings):
    with saying(HOSTILE[name]) as settings.KIE_API_URL, pytest.raises(NoAnswer):
        market.create("z-image", {}, callback_url="")


@pytest.mark.parametrize(
    "facts",
    [
        {"resultJson": '{"resultUrls": 5}'},
        {"resultJson": '{"resultUrls": {"a": 1}}'},
        {"resultJson": '{"data": 7}'},
        {"resultJson": '{"resultUrls": [null, 5, {}]}'},
        {"resultJson": "[" * 100_000},
        {"param": "{", "failCode": 7, "failMsg": {"a": 1}},
    ],
    ids=lambda facts: str(facts)[:40],
)
def test_a_success_without_a_sensible_result_has_no_files(facts, settings):
    with saying(record(**facts)) as settings.KIE_API_URL:
        found = market.query("t", output="image")

    assert (found.state, found.files, found.text) == ("success", [], None)


def test_what_the_database_cannot_hold_does_not_pass_the_border(settings):
    results = json.dumps({"resultUrls": ["https://a.example/\x001.png"], "resultObject": {"text": "one\x00two \ud800"}})
    with saying(record(resultJson=results, failMsg="no\x00thing \udfff")) as settings.KIE_API_URL:
        found = market.query("t", output="image")

    assert found.files == [{"url": "https://a.example/1.png", "kind": "image"}]
    for words in (found.text, found.fail_msg):
        assert words
        assert "\x00" not in words
        words.encode()


def test_a_record_tells_whose_it_is(settings):
    param = json.dumps({"callBackUrl": "https://us.example/callbacks/kie/1/2", "input": "{}"})
    with saying(record(state="generating", param=param)) as settings.KIE_API_URL:
        found = market.query("t", output="image")

    assert found == TaskRecord(state="running", callback_url="https://us.example/callbacks/kie/1/2")


@pytest.mark.parametrize("as_status", [False, True])
@pytest.mark.parametrize(
    ("code", "words", "error"),
    [
        (401, "no access", NothingMade),
        (402, "Credits insufficient", NoCredits),
        (400, "Bad request", Refused),
        (404, "Not found", Refused),
        (408, "Upstream is slow", NoAnswer),
        (422, "No", Refused),
        (429, "Later", NothingMade),
        (433, "Cap", NothingMade),
        (451, "No file", Refused),
        (455, "Maintenance", NothingMade),
        (500, "Internal error", NoAnswer),
        (500, "prompt is required", Refused),
        (500, "Credits insufficient", NoCredits),
        (501, "Failed", Refused),
        (503, "Unavailable", NoAnswer),
        (505, "Disabled", Refused),
        (550, "Full", NothingMade),
    ],
)
def test_what_a_no_to_create_proves(code, words, error, as_status, settings):
    body = json.dumps({"code": code, "msg": words, "data": None}).encode()
    with saying(body, code if as_status else 200) as settings.KIE_API_URL, pytest.raises(KieError) as trouble:
        market.create("z-image", {}, callback_url="")

    assert (type(trouble.value), trouble.value.code) == (error, code)


def test_the_credit_is_a_number_or_an_error(settings):
    with saying(b'{"code": 200, "data": 12.5}') as settings.KIE_API_URL:
        assert client.credits() == 12.5
    with saying(b'{"code": 200, "data": {"credits": 1}}') as settings.KIE_API_URL, pytest.raises(KieError):
        client.credits()
