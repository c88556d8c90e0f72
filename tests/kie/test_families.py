"""What the dedicated APIs say, read by us: every spelling of a state, a list and a failure that KIE's pages or clients know."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie.errors import NoAnswer, NoCredits, NothingMade, Refused, Unread, failure_code
from kie.families import FAMILIES, reading, veo, veo_hd
from kie.record import TaskRecord, kies_own
from tests.kie.saying import saying

A, B = "https://a.example/1.mp4", "https://a.example/2.mp4"
CALLBACK = "https://us.example/callbacks/kie/1/2"
DEDICATED = ("veo", "flux-kontext", "4o-image")
RESULT = {"veo": {"resultUrls": [A]}, "flux-kontext": {"resultImageUrl": A}, "4o-image": {"resultUrls": [A]}}


def told(code: int = 200, words: str = "success", **data: object) -> bytes:
    return json.dumps({"code": code, "msg": words, "data": data or None}).encode()


def asked(family: str, settings, **data: object) -> TaskRecord:
    with saying(told(**data)) as settings.KIE_API_URL:
        return FAMILIES[family].query("t", output="video")


@pytest.mark.parametrize("family", DEDICATED)
def test_a_success_has_its_files_and_says_whose_it_is(family, settings):
    param = json.dumps({"prompt": "A wave", "callBackUrl": CALLBACK})
    found = asked(family, settings, successFlag=1, response=RESULT[family], paramJson=param, errorCode=None)

    assert found == TaskRecord(state="success", files=[{"url": A, "kind": "video"}], callback_url=CALLBACK)


@pytest.mark.parametrize("family", DEDICATED)
@pytest.mark.parametrize("param", [None, "", "{", json.dumps({"prompt": "A wave"}), json.dumps([CALLBACK])])
def test_a_record_that_does_not_say_whose_it_is_proves_nothing(family, param, settings):
    assert asked(family, settings, successFlag=1, response=RESULT[family], paramJson=param).callback_url == ""


@pytest.mark.parametrize("family", DEDICATED)
@pytest.mark.parametrize(
    ("data", "state"),
    [
        ({"successFlag": 0}, "running"),
        ({"successFlag": "0"}, "running"),
        ({"successFlag": 0.0, "errorCode": 0}, "running"),
        ({"successFlag": 0, "errorCode": 200}, "running"),
        ({"successFlag": 0, "errorCode": None, "errorMessage": ""}, "running"),
        ({"successFlag": 0, "errorCode": 500}, "fail"),  # observed of Aleph: the flag says running
        ({"successFlag": "1"}, "success"),
        ({"successFlag": "SUCCESS"}, "success"),
        ({"successFlag": "SUCCESS-1"}, "success"),
        ({"successFlag": "PENDING"}, "running"),
        ({"successFlag": 2}, "fail"),
        ({"successFlag": "3"}, "fail"),
        ({"successFlag": "GENERATE_MP4_FAILED"}, "fail"),
        ({"status": "GENERATING", "successFlag": 9}, "running"),
        ({"status": "CREATE_TASK_FAILED", "successFlag": 0}, "fail"),
        ({"status": "GENERATE_FAILED"}, "fail"),
        ({"status": "SENSITIVE_WORD_ERROR"}, "fail"),
        ({"status": "TEXT_SUCCESS"}, "running"),
        ({"status": "CALLBACK_EXCEPTION"}, "success"),
    ],
    ids=str,
)
def test_the_state_in_every_spelling(family, data, state, settings):
    assert asked(family, settings, **data).state == state


@pytest.mark.parametrize("family", DEDICATED)
@pytest.mark.parametrize(
    "data", [{}, {"successFlag": None}, {"successFlag": 7}, {"status": "THINKING"}, {"status": []}]
)
def test_a_record_without_a_known_state_is_unread(family, data, settings):
    with pytest.raises(Unread):
        asked(family, settings, taskId="t", **data)


@pytest.mark.parametrize("family", DEDICATED)
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"successFlag": 3, "errorCode": 400, "errorMessage": "Flagged as violating our policy"}, "moderation"),
        ({"successFlag": 2, "errorCode": "400", "errorMessage": "The image is too small"}, "bad_input"),
        ({"successFlag": 3, "errorCode": 500, "errorMessage": "Internal"}, "provider_down"),
        ({"status": "CREATE_TASK_FAILED", "errorCode": None, "errorMessage": None}, "provider_down"),
    ],
    ids=str,
)
def test_a_failure_is_told_as_everywhere(family, data, reason, settings):
    found = asked(family, settings, **data)

    assert (found.state, failure_code(found.fail_code, found.fail_msg)) == ("fail", reason)
    assert found.fail_code


LINKS = [
    ([A, B], [A, B]),
    (json.dumps([A, B]), [A, B]),
    (f"[{A}, {B}]", [A, B]),
    (f"[{A},{B}]", [A, B]),
    (f"[{A}?a=1,2]", [f"{A}?a=1,2"]),
    (f" {A} ", [A]),
    ("[]", []),
    ("", []),
    (None, []),
    ([None, 5, {}, "ftp://a.example", A], [A]),
    ({"a": A}, []),
    (f"{A}\x00", [A]),
]


@pytest.mark.parametrize(("said", "found"), LINKS, ids=lambda value: str(value)[:30])
def test_a_list_of_links_in_every_spelling(said, found, settings):
    assert reading.links(said) == found
    made = asked("veo", settings, successFlag=1, response={"resultUrls": said}).files
    assert [file["url"] for file in made] == found


@given(said=st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_nothing_breaks_the_reading_of_links(said):
    assert all(link.startswith(("http://", "https://")) for link in reading.links(said))


@pytest.mark.parametrize("response", [None, "", "null", [], 7, {"resultUrls": None}, {"resultImageUrl": {}}])
@pytest.mark.parametrize("family", DEDICATED)
def test_a_success_without_a_sensible_result_has_no_files(family, response, settings):
    assert asked(family, settings, successFlag=1, response=response).files == []


def test_of_an_extension_the_whole_film_is_the_result(settings):
    response = {"resultUrls": [A], "fullResultUrls": f"[{B}]"}
    assert asked("veo", settings, successFlag=1, response=response).files == [{"url": B, "kind": "video"}]


def test_what_a_running_record_holds_is_no_result_yet(settings):
    assert asked("veo", settings, successFlag=0, response=RESULT["veo"]).files == []


@pytest.mark.parametrize("family", DEDICATED)
@pytest.mark.parametrize("code", [422, 404, 400])
def test_a_record_that_is_not_there_is_refused(family, code, settings):
    with saying(told(code, "recordInfo is null")) as settings.KIE_API_URL, pytest.raises(Refused):
        FAMILIES[family].query("t", output="video")


CREATES = (("veo", "veo3_fast"), ("veo", "veo/extend"), ("flux-kontext", "flux-kontext-pro"), ("4o-image", "4o-image"))


@pytest.mark.parametrize(("family", "model"), CREATES)
@pytest.mark.parametrize(
    ("code", "words", "error"),
    [
        (402, "Credits insufficient", NoCredits),
        (422, "Rejected by Flow(PUBLIC_ERROR_UNSAFE_GENERATION)", Refused),
        (408, "Upstream is slow", NoAnswer),
        (500, "Internal error", NoAnswer),
        (550, "The queue is full", NothingMade),
        (200, "success, and no task", NoAnswer),
    ],
)
def test_what_a_no_to_create_proves(family, model, code, words, error, settings):
    with saying(told(code, words)) as settings.KIE_API_URL, pytest.raises(error):
        FAMILIES[family].create(model, {"prompt": "A wave", "taskId": "t"}, callback_url=CALLBACK)


# HD versions: no task of their own


def hd(model: str, settings, answer: bytes) -> str:
    with saying(answer) as settings.KIE_API_URL:
        return veo.create(model, {"taskId": "veo_task_1", "index": 0}, callback_url=CALLBACK)


HD_4K, HD_1080P = "veo/get-4k-video", "veo/get-1080p-video"


@pytest.mark.parametrize("model", veo_hd.VERSIONS)
def test_our_name_of_a_version_is_unique_and_begins_with_kies(model, settings):
    names = {hd(model, settings, told(taskId="veo_task_1", resultUrls=None)) for _ in range(3)}

    assert len(names) == 3
    assert {kies_own(name) for name in names} == {"veo_task_1"}
    assert all(len(name) <= 128 for name in names)


@pytest.mark.parametrize(
    "answer",
    [
        told(taskId="veo_task_1", resultUrls=None),
        told(422, "The 4K video is being processed", taskId="veo_task_1", resultUrls=None),
        told(422, "Done", taskId="veo_task_1", resultUrls=[A]),
        told(500, "Internal error"),  # made or not: asking again is harmless
        b"<html>502</html>",
    ],
    ids=["begun", "being made", "made", "500", "no answer"],
)
def test_4k_is_in_hand_or_asked_for_again(answer, settings):
    assert hd(HD_4K, settings, answer)


@pytest.mark.parametrize(
    ("code", "error"), [(422, Refused), (404, Refused), (402, NoCredits), (401, NothingMade), (429, NothingMade)]
)
def test_4k_that_kie_does_not_make_is_refused(code, error, settings):
    with pytest.raises(error):
        hd(HD_4K, settings, told(code, "No"))


MADE = [{"url": A, "kind": "video"}]
LOOKS = [
    (HD_1080P, told(resultUrl=A), ("success", MADE)),
    (HD_1080P, told(resultUrl=None), ("running", [])),
    *[(HD_1080P, told(code, "Being processed"), ("running", [])) for code in (400, 422, 500)],
    (HD_4K, told(taskId="t", resultUrls=[A]), ("success", MADE)),
    (HD_4K, told(422, "Done", taskId="t", resultUrls=[A]), ("success", MADE)),
    (HD_4K, told(422, "Done", taskId="t", resultUrls=f"[{A}]"), ("success", MADE)),
    (HD_4K, told(422, "Being processed", taskId="t", resultUrls=None), ("running", [])),
    (HD_4K, told(501, "Failed"), ("fail", [])),
    (HD_1080P, told(501, "Failed"), ("fail", [])),
]


@pytest.mark.parametrize(("model", "answer", "found"), LOOKS)
def test_how_far_a_version_is(model, answer, found, settings):
    name = f"veo_task_1#{veo_hd.VERSIONS[model]}.0.abc"
    with saying(answer) as settings.KIE_API_URL:
        record = veo.query(name, output="video")

    assert (record.state, record.files, record.callback_url) == (*found, "")


@pytest.mark.parametrize("model", veo_hd.VERSIONS)
@pytest.mark.parametrize("answer", [told(401, "No"), told(429, "Later"), told(455, "Maintenance"), b""])
def test_a_version_that_cannot_be_asked_about_just_now_is_unread(model, answer, settings):
    with saying(answer) as settings.KIE_API_URL, pytest.raises(Unread):
        veo.query(f"veo_task_1#{veo_hd.VERSIONS[model]}.0.abc", output="video")
