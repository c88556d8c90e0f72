"""A killed local KIE goes on where it was: what runs ends, what is owed is sent, what was paid stays paid."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.sandbox.kie_side import KIE_KEY, QUICK, Kie, Process, sandbox_process

MODEL, PICTURE = "google/nano-banana", {"prompt": "Красный змей"}


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


class Started:
    """The same data on the same port, started as often as wanted."""

    def __init__(self, data: Path, port: int) -> None:
        self.context = sandbox_process(data, "--kie-port", str(port), peers=("kie",), KIE_API_KEY=KIE_KEY)

    def __enter__(self) -> tuple[Process, Kie]:
        process = self.context.__enter__()
        return process, Kie(process.origins["kie"], KIE_KEY)

    def __exit__(self, *why: object) -> None:
        self.context.__exit__(*why)


def test_a_task_that_ran_when_the_peer_was_killed_ends_and_calls_back(tmp_path, port, receiver):
    with Started(tmp_path, port) as (process, kie):
        kie.config(**QUICK | {"durations_s": {"image": 1}})
        task = kie.task(MODEL, PICTURE, receiver.url)
        balance = kie.credits()
        process.kill()
    assert receiver.got.empty()
    with Started(tmp_path, port) as (_, kie):
        assert receiver.next()[1]["data"]["taskId"] == task
        record = kie.record(task)
        assert record["state"] == "success"
        assert kie.fetch(record["response"]["resultUrls"][0]).content.startswith(b"\x89PNG")
        assert kie.credits() == balance
        assert kie.get("/sandbox/tasks")["made"] == 1


def test_a_callback_owed_when_the_peer_was_killed_is_sent(tmp_path, port, receiver):
    with Started(tmp_path, port) as (process, kie):
        kie.config(**QUICK)
        kie.fault("callback", "late", seconds=2)
        task = kie.task(MODEL, PICTURE, receiver.url)
        kie.ended(task)
        process.kill()
    assert receiver.got.empty()
    with Started(tmp_path, port):
        assert receiver.next()[1]["data"]["taskId"] == task


def test_files_settings_and_ended_tasks_outlive_a_kill(tmp_path, port):
    with Started(tmp_path, port) as (process, kie):
        kie.config(**QUICK | {"credits": 500})
        task = kie.task(MODEL, PICTURE)
        result = kie.ended(task)["response"]["resultUrls"][0]
        content, upload = kie.fetch(result).content, kie.upload(b"%PDF-1.7 a page", "page.pdf")
        process.kill()
    with Started(tmp_path, port) as (_, kie):
        assert kie.fetch(result).content == content
        assert kie.fetch(upload).content == b"%PDF-1.7 a page"
        assert (kie.credits(), kie.record(task)["state"]) == (496, "success")
        assert kie.get("/sandbox/config")["creates_per_10s"] == 0


def test_a_task_that_never_ends_does_not_end_after_a_restart_either(tmp_path, port):
    with Started(tmp_path, port) as (process, kie):
        kie.config(**QUICK)
        kie.fault("createTask", "task_never_ends")
        endless = kie.task(MODEL, PICTURE)
        process.kill()
    with Started(tmp_path, port) as (_, kie):
        kie.ended(kie.task(MODEL, PICTURE))
        assert kie.record(endless)["successFlag"] == 0


def test_it_stops_when_asked_to(tmp_path, port, receiver):
    with Started(tmp_path, port) as (process, kie):
        kie.config(**QUICK | {"durations_s": {"image": 60}})
        kie.task(MODEL, PICTURE, receiver.url)
        assert process.stop() == 0
