"""Faults are data: each is switched on by a call, strikes as often as asked, and is gone."""

from __future__ import annotations

import pytest
import requests

MODEL, PICTURE = "google/nano-banana", {"prompt": "Красный змей"}


def made(kie) -> int:
    return kie.get("/sandbox/tasks")["made"]


def test_a_fault_strikes_as_often_as_asked_after_as_many_calls_as_asked(kie):
    kie.fault("credit", "code", code=455, msg="maintenance", times=2, after=1)
    codes = [kie.get("/api/v1/chat/credit")["code"] for _ in range(5)]
    assert codes == [200, 455, 455, 200, 200]


def test_a_fault_of_one_method_leaves_the_others_alone(kie):
    kie.fault("createTask", "code", code=402)
    assert kie.get("/api/v1/chat/credit")["code"] == 200
    assert kie.create(MODEL, PICTURE)["code"] == 402


def test_a_star_strikes_whatever_comes_and_zero_times_lasts_until_cleared(kie):
    kie.fault("*", "code", code=455, times=0)
    assert [kie.get("/api/v1/chat/credit")["code"], kie.create(MODEL, PICTURE)["code"]] * 2 == [455] * 4
    assert len(kie.get("/sandbox/faults")["faults"]) == 1
    kie.session.delete(kie.origin + "/sandbox/faults", timeout=10)
    assert kie.create(MODEL, PICTURE)["code"] == 200


@pytest.mark.parametrize("code", [401, 402, 422, 429, 433, 455, 505, 550])
def test_a_body_code_comes_over_http_200_and_makes_nothing(kie, code):
    kie.fault("createTask", "code", code=code, msg="no")
    before = made(kie)
    answer = kie.session.post(
        kie.origin + "/api/v1/jobs/createTask", json={"model": MODEL, "input": PICTURE}, timeout=10
    )
    assert (answer.status_code, answer.json()) == (200, {"code": code, "msg": "no", "data": None})
    assert made(kie) == before


def test_the_code_can_be_a_real_http_status(kie):
    kie.fault("credit", "code", code=503, http=True)
    assert kie.session.get(kie.origin + "/api/v1/chat/credit", timeout=10).status_code == 503


def test_429_says_when_to_come_back(kie):
    kie.fault("credit", "429", retry_after=7)
    answer = kie.session.get(kie.origin + "/api/v1/chat/credit", timeout=10)
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (200, 429, "7")


def test_500_and_502_are_real_ones_and_make_nothing(kie):
    kie.fault("createTask", "500")
    kie.fault("createTask", "502")
    before = made(kie)
    answers = [kie.session.post(kie.origin + "/api/v1/jobs/createTask", json={}, timeout=10) for _ in range(2)]
    assert [(answer.status_code, answer.headers["Content-Type"].split(";")[0]) for answer in answers] == [
        (500, "application/json"),
        (502, "text/html"),
    ]
    assert made(kie) == before


def test_a_timeout_answers_nothing_and_makes_nothing(kie):
    kie.fault("createTask", "timeout")
    before = made(kie)
    with pytest.raises(requests.ReadTimeout):
        kie.session.post(kie.origin + "/api/v1/jobs/createTask", json={"model": MODEL, "input": PICTURE}, timeout=0.3)
    assert made(kie) == before


def test_a_lost_answer_makes_the_task_all_the_same(kie, receiver):
    kie.fault("createTask", "answer_lost")
    before = made(kie)
    with pytest.raises(requests.ConnectionError):
        kie.create(MODEL, PICTURE, receiver.url)
    assert made(kie) == before + 1
    assert receiver.next()[1]["data"]["state"] == "success"


def test_a_refused_connection_makes_nothing(kie):
    kie.fault("createTask", "refused")
    before = made(kie)
    with pytest.raises(requests.ConnectionError):
        kie.create(MODEL, PICTURE)
    assert made(kie) == before


def test_a_task_that_never_ends_keeps_generating(kie):
    kie.fault("createTask", "task_never_ends")
    endless = kie.task(MODEL, PICTURE)
    kie.ended(kie.task(MODEL, PICTURE))
    assert kie.record(endless)["state"] in ("waiting", "queuing", "generating")


def test_a_slow_task_is_overtaken(kie, receiver):
    kie.fault("createTask", "task_slow", seconds=1.5)
    slow, quick = kie.task(MODEL, PICTURE, receiver.url), kie.task(MODEL, PICTURE, receiver.url)
    assert [receiver.next()[1]["data"]["taskId"] for _ in range(2)] == [quick, slow]


def test_an_expired_result_is_a_success_with_a_dead_url(kie):
    kie.fault("createTask", "result_expired")
    assert kie.fetch(kie.made(MODEL, PICTURE)["resultUrls"][0]).status_code == 404
    assert kie.fetch(kie.made(MODEL, PICTURE)["resultUrls"][0]).status_code == 200


def test_downloads_can_fail_too(kie):
    url = kie.made(MODEL, PICTURE)["resultUrls"][0]
    kie.fault("files", "500")
    kie.fault("files", "refused")
    assert kie.fetch(url).status_code == 500
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=10)


def test_upload_faults_are_real_statuses(kie):
    kie.fault("upload", "code", code=500, msg="storage is full")
    answer = kie.session.post(kie.origin + "/api/file-base64-upload", json={}, timeout=10)
    assert (answer.status_code, answer.json()) == (500, {"success": False, "code": 500, "msg": "storage is full"})


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"method": "createTusk", "fault": "500"}, "createTask"),
        ({"method": "*", "fault": "501"}, "answer_lost"),
        ({"method": "*", "fault": "500", "times": -1}, "whole numbers"),
        ({"method": "*", "fault": "late", "seconds": "soon"}, "seconds"),
        ([], "JSON object"),
    ],
)
def test_a_fault_that_cannot_be_is_explained(kie, body, says):
    answer = kie.session.post(kie.origin + "/sandbox/faults", json=body, timeout=10)
    assert answer.status_code == 400
    assert says in answer.json()["error"]
    assert kie.get("/sandbox/faults")["faults"] == []


def test_the_journal_tells_what_was_asked_and_answered(kie):
    after = max([call["id"] for call in kie.get("/sandbox/journal")["calls"]], default=0)
    task = kie.task(MODEL, PICTURE)
    kie.get("/api/v1/chat/credit")
    calls = kie.get("/sandbox/journal", after=after)["calls"]
    assert [call["method"] for call in calls] == ["createTask", "credit"]
    assert calls[0]["params"] == {"model": MODEL, "input": PICTURE}
    assert calls[0]["answer"]["data"]["taskId"] == task
    assert [call["method"] for call in kie.get("/sandbox/journal", after=after, method="credit")["calls"]] == ["credit"]


@pytest.mark.parametrize(
    "setting", [{"durations": 1}, {"time_scale": -1}, {"durations_s": {"film": 1}}, {"credits": "many"}, []]
)
def test_a_wrong_setting_is_explained_and_changes_nothing(kie, setting):
    before = kie.get("/sandbox/config")
    answer = kie.session.post(kie.origin + "/sandbox/config", json=setting, timeout=10)
    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
    assert kie.get("/sandbox/config") == before


def test_the_page_shows_tasks_and_faults_and_escapes_words(kie):
    kie.ended(kie.task(MODEL, {"prompt": "<script>alert(1)</script>"}))
    kie.fault("credit", "502")
    page = requests.get(kie.origin, timeout=10)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script>" not in page.text
    assert all(word in page.text for word in (MODEL, "task_never_ends", "/files/r/", "&quot;502&quot;"))
