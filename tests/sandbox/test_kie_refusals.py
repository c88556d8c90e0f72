"""What KIE refuses, in which words, and in which order it looks."""

from __future__ import annotations

import itertools

import pytest
import requests

MODEL = "google/nano-banana"
FINE = {"prompt": "Кот"}


@pytest.mark.parametrize(
    ("model", "given", "code", "says"),
    [
        ("no/such-model", FINE, 422, "The model name you specified is not supported"),
        (MODEL, {}, 500, "prompt is required"),
        (MODEL, {"prompt": "  "}, 500, "prompt is required"),
        (MODEL, {"prompt": None}, 500, "prompt is required"),
        (MODEL, {"prompt": "я" * 5001}, 422, "maximum limit of 5000 characters"),
        (MODEL, {"prompt": 5}, 422, "prompt must be a string"),
        (MODEL, FINE | {"aspect_ratio": "17:9"}, 500, "aspect_ratio is not within the range of allowed options"),
        (MODEL, "Кот", 422, "input must be an object"),
        ("wan/2-7-image", FINE | {"n": 13}, 422, "n must be less than or equal to 12"),
        (
            "elevenlabs/text-to-speech-turbo-2-5",
            {"text": "а", "stability": 0.123},
            422,
            "stability must be a multiple of 0.01",
        ),
        ("google/nano-banana-edit", FINE | {"image_urls": []}, 500, "image_urls is required"),
        (
            "google/nano-banana-edit",
            FINE | {"image_urls": ["ftp://a.example/b.png"]},
            422,
            "must be a valid http or https URL",
        ),
        ("google/nano-banana-edit", FINE | {"image_urls": ["кот.png"]}, 422, "must be a valid http or https URL"),
        ("google/nano-banana-edit", FINE | {"image_urls": ["https://a.example/b.png"] * 11}, 422, "at most 10 items"),
    ],
)
def test_a_wrong_input_is_refused_over_http_200_and_costs_nothing(kie, model, given, code, says):
    before, made = kie.credits(), kie.get("/sandbox/tasks")["made"]
    answer = kie.session.post(kie.origin + "/api/v1/jobs/createTask", json={"model": model, "input": given}, timeout=10)
    assert answer.status_code == 200
    assert answer.json()["code"] == code
    assert says in answer.json()["msg"]
    assert (kie.credits(), kie.get("/sandbox/tasks")["made"]) == (before, made)


def test_what_a_float_cannot_express_is_still_a_multiple(kie):
    assert kie.create("elevenlabs/text-to-speech-turbo-2-5", {"text": "а", "stability": 0.07})["code"] == 200


def test_unknown_keys_are_ignored(kie):
    assert kie.create(MODEL, FINE | {"colour": "red"})["code"] == 200


def test_a_broken_body_is_refused(kie):
    answer = kie.session.post(kie.origin + "/api/v1/jobs/createTask", data=b"{", timeout=10).json()
    assert answer["code"] == 400


def test_a_callback_address_must_be_a_url(kie):
    assert kie.create(MODEL, FINE, "callback")["code"] == 422


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "test-kie-key"}, {"X-API-Key": "test-kie-key"}]
)
def test_without_the_key_every_call_is_refused(kie, header):
    for method, path in [("POST", "/jobs/createTask"), ("GET", "/jobs/recordInfo"), ("GET", "/chat/credit")]:
        answer = requests.request(method, f"{kie.origin}/api/v1{path}", headers=header, timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (200, 401)


def test_the_key_is_looked_at_before_everything_else(kie):
    kie.config(creates_per_10s=1)
    kie.create(MODEL, FINE)
    kie.session.headers["Authorization"] = "Bearer wrong"
    assert kie.create("no/such-model", {})["code"] == 401


def test_the_rate_comes_before_the_model_the_model_before_the_input_the_input_before_the_credits(kie):
    kie.config(credits=0)
    assert kie.create("no/such-model", {})["code"] == 422
    assert "prompt is required" in kie.create(MODEL, {})["msg"]
    answer = kie.create(MODEL, FINE)
    assert (answer["code"], "Credits insufficient" in answer["msg"]) == (402, True)
    kie.config(creates_per_10s=2)
    assert kie.create("no/such-model", {}) == {
        "code": 429,
        "msg": "Your call frequency is too high. Please try again later.",
        "data": None,
    }


def test_the_twenty_first_create_in_ten_seconds_is_dropped(own_kie):
    codes = [own_kie.create(MODEL, FINE)["code"] for _ in range(21)]
    assert codes == [200] * 20 + [429]
    assert own_kie.get("/sandbox/tasks")["made"] == 20


def test_a_task_is_looked_at_ten_times_a_second_at_most(kie):
    task = kie.task(MODEL, FINE)
    answers = (kie.get("/api/v1/jobs/recordInfo", taskId=task)["code"] for _ in range(500))
    accepted = sum(1 for _ in itertools.takewhile(lambda code: code == 200, answers))
    assert 10 <= accepted < 500


def test_a_price_just_covered_is_accepted_and_a_credit_less_is_not(kie):
    kie.config(credits=4)
    assert kie.create(MODEL, FINE)["code"] == 200
    assert kie.credits() == 0
    kie.config(credits=3.99)
    assert kie.create(MODEL, FINE)["code"] == 402


def test_an_unknown_path_says_where_to_look(kie):
    answer = kie.session.get(kie.origin + "/api/v1/account/balance", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (404, 404)
