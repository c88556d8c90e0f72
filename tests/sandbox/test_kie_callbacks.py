"""Callbacks: their shape, their signature, how often they are repeated, and what faults do to them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import queue

import pytest

from tests.sandbox.kie_side import KIE_HMAC, until

MODEL, PICTURE = "google/nano-banana", {"prompt": "Красный змей"}


def story(kie, task: str) -> list[dict]:
    return next(row["callbacks"] for row in kie.get("/sandbox/tasks")["tasks"] if row["taskId"] == task)


def settled(kie, task: str) -> list[dict]:
    """The task's callbacks once none is owed any more."""
    return until(lambda: (rows := story(kie, task)) and all(row["state"] != "owed" for row in rows) and rows)


def genuine(headers: dict, body: dict) -> bool:
    signed = f"{body['data']['taskId']}.{headers['x-webhook-timestamp']}".encode()
    digest = base64.b64encode(hmac.new(KIE_HMAC.encode(), signed, hashlib.sha256).digest()).decode()
    return headers["x-webhook-signature"] == digest


def test_a_success_is_told_as_kie_tells_it(kie, receiver):
    task = kie.task(MODEL, PICTURE, receiver.url)
    headers, body = receiver.next()
    data = body["data"]
    assert (body["code"], body["msg"]) == (200, "Playground task completed successfully.")
    assert (data["taskId"], data["model"], data["state"]) == (task, MODEL, "success")
    assert (data["failCode"], data["failMsg"], data["creditsConsumed"]) == (None, None, 4.0)
    assert json.loads(data["resultJson"]) == json.loads(kie.record(task)["resultJson"])
    assert json.loads(json.loads(data["param"])["input"]) == PICTURE
    assert headers["content-type"].startswith("application/json")


def test_a_failure_is_told_too(kie, receiver):
    kie.fault("createTask", "task_fails", failCode="400", failMsg="Bad words")
    kie.task(MODEL, PICTURE, receiver.url)
    _, body = receiver.next()
    assert (body["code"], body["msg"]) == (501, "Playground task failed.")
    data = body["data"]
    assert (data["state"], data["resultJson"], data["failCode"], data["failMsg"]) == ("fail", None, "400", "Bad words")


def test_the_signature_is_over_task_id_and_time(kie, receiver):
    kie.task(MODEL, PICTURE, receiver.url)
    assert genuine(*receiver.next())


def test_without_a_hmac_key_nothing_is_signed(own_kie, receiver):
    own_kie.config(time_scale=0.01)
    own_kie.task(MODEL, PICTURE, receiver.url)
    headers, _ = receiver.next()
    assert not any(name.startswith("x-webhook") for name in headers)


def test_an_unanswered_callback_is_repeated_three_times_and_dropped(kie, receiver):
    receiver.answers[:] = [500, 307, 404, 503]
    task = kie.task(MODEL, PICTURE, receiver.url)
    deliveries = [receiver.next() for _ in range(4)]
    assert all(genuine(*delivery) for delivery in deliveries)
    assert [(row["state"], row["tries"]) for row in settled(kie, task)] == [("dropped", 4)]
    assert receiver.got.empty()


def test_a_callback_answered_at_last_is_not_sent_again(kie, receiver):
    receiver.answers[:] = [500, 204]
    task = kie.task(MODEL, PICTURE, receiver.url)
    assert [(row["state"], row["tries"]) for row in settled(kie, task)] == [("answered", 2)]
    assert receiver.got.qsize() == 2


def test_nobody_listening_drops_the_callback_and_not_the_task(kie):
    task = kie.task(MODEL, PICTURE, "http://127.0.0.1:1/callback")
    assert [(row["state"], row["tries"]) for row in settled(kie, task)] == [("dropped", 4)]
    assert kie.record(task)["state"] == "success"


@pytest.mark.parametrize("method", ["createTask", "callback"])
def test_a_duplicate_callback_comes_twice(kie, receiver, method):
    kie.fault(method, "duplicate")
    task = kie.task(MODEL, PICTURE, receiver.url)
    settled(kie, task)
    assert [receiver.next()[1]["data"]["taskId"] for _ in range(2)] == [task, task]


def test_a_forged_callback_lies_before_the_true_one(kie, receiver):
    kie.fault("callback", "forged")
    kie.task(MODEL, PICTURE, receiver.url)
    lie, truth = sorted([receiver.next(), receiver.next()], key=lambda one: genuine(*one))
    assert [json.loads(raw)["data"]["state"] for raw in receiver.raw] == ["fail", "success"]  # as they arrived
    assert (genuine(*lie), lie[1]["data"]["state"]) == (False, "fail")
    assert (genuine(*truth), truth[1]["data"]["state"]) == (True, "success")


def test_an_undelivered_callback_is_never_sent(kie, receiver):
    kie.fault("callback", "not_delivered")
    kie.ended(kie.task(MODEL, PICTURE))  # has no callback that the fault could take
    first = kie.task(MODEL, PICTURE, receiver.url)
    kie.ended(first)
    second = kie.task(MODEL, PICTURE, receiver.url)
    assert receiver.next()[1]["data"]["taskId"] == second
    assert story(kie, first) == []


def test_a_late_callback_comes_after_one_of_a_later_task(kie, receiver):
    kie.fault("callback", "late", seconds=2)
    first = kie.task(MODEL, PICTURE, receiver.url)
    kie.ended(first)
    second = kie.task(MODEL, PICTURE, receiver.url)
    assert [receiver.next()[1]["data"]["taskId"] for _ in range(2)] == [second, first]


def test_a_task_without_an_address_calls_nobody(kie, receiver):
    task = kie.task(MODEL, PICTURE)
    kie.ended(task)
    assert story(kie, task) == []
    with pytest.raises(queue.Empty):
        receiver.got.get_nowait()
