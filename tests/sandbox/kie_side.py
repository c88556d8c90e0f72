"""The sandbox as a process and the local KIE as its clients meet it: addresses and HTTP. Nothing of it is imported here."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.serving import Quiet, serving

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 30
CREDENTIALS = (
    "TELEGRAM_BOT_TOKEN",
    "KIE_API_KEY",
    "KIE_WEBHOOK_HMAC_KEY",
    "YOOKASSA_SHOP_ID",
    "YOOKASSA_SECRET_KEY",
    "YOOKASSA_NOTICE_URL",
    "CRYPTO_PAY_TOKEN",
    "CRYPTO_PAY_NOTICE_URL",
)
KIE_KEY, KIE_HMAC = "test-kie-key", "test-hmac-key"
QUICK = {
    "durations_s": {"image": 0.02, "video": 0.02, "audio": 0.02, "text": 0.02},
    "callback_pause_s": 0.02,
    "callback_timeout_s": 15,
    "hd_s": {"1080p": 0.02, "4k": 0.02},
    "creates_per_10s": 0,
    "catalogue_per_s": 0,
    "credits": 10_000,
    "files_age_s": 0,
    "time_scale": 1,
}


@dataclass
class Process:
    """`python -m sandbox`, started; `origins` are the printed addresses by peer."""

    popen: subprocess.Popen[str]
    origins: dict[str, str]

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        self.popen.kill()
        self.popen.wait(DEADLINE_S)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.popen.terminate()
        return self.popen.wait(DEADLINE_S)


@contextmanager
def sandbox_process(data: Path, *args: str, peers: tuple[str, ...], **credentials: str) -> Iterator[Process]:
    """The peers in a process of their own, on free ports unless `args` say otherwise; they accept these credentials."""
    ports = [f"--{peer}-port=0" for peer in peers]
    only = [f"--only={peer}" for peer in peers]
    command = [sys.executable, "-m", "sandbox", "--data", str(data), *ports, *only, *args]
    environment = {name: value for name, value in os.environ.items() if name not in CREDENTIALS} | credentials
    popen = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert popen.stdout is not None
    try:
        lines = [popen.stdout.readline().split() for _ in peers]
        yield Process(popen, {line[1]: line[2] for line in lines})
    finally:
        popen.kill()
        popen.wait(DEADLINE_S)
        popen.stdout.close()


class Kie:
    """KIE's API and the sandbox's own paths, as a client sees them."""

    def __init__(self, origin: str, key: str) -> None:
        self.origin = origin
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"

    def get(self, path: str, **params: Any) -> Any:
        return self.session.get(self.origin + path, params=params, timeout=DEADLINE_S).json()

    def post(self, path: str, body: Any) -> Any:
        return self.session.post(self.origin + path, json=body, timeout=DEADLINE_S).json()

    def create(self, model: str, given: Any, callback: str | None = None) -> dict[str, Any]:
        """createTask's whole answer."""
        body = {"model": model, "input": given} | ({"callBackUrl": callback} if callback else {})
        return self.post("/api/v1/jobs/createTask", body)

    def task(self, model: str, given: Any, callback: str | None = None) -> str:
        """A task that must be accepted; its id."""
        answer = self.create(model, given, callback)
        assert answer["code"] == 200, answer
        return answer["data"]["taskId"]

    def record(self, task_id: str) -> dict[str, Any]:
        return self.get("/api/v1/jobs/recordInfo", taskId=task_id)["data"]

    def ended(self, task_id: str) -> dict[str, Any]:
        """The record once the task is in a final state, asked for at KIE's pace."""
        return until(lambda: (found := self.record(task_id)) and found["state"] in ("success", "fail") and found)

    def made(self, model: str, given: Any) -> dict[str, Any]:
        """What a task of these words returns: resultJson, parsed."""
        record = self.ended(self.task(model, given))
        assert record["state"] == "success", record
        return json.loads(record["resultJson"])

    def file(self, model: str, given: Any) -> bytes:
        """The first result file of a task."""
        return self.fetch(self.made(model, given)["resultUrls"][0]).content

    def fetch(self, url: str) -> requests.Response:
        return requests.get(url, timeout=DEADLINE_S)  # without the key: results are open to who has the URL

    def credits(self) -> float:
        return self.get("/api/v1/chat/credit")["data"]

    def upload(self, content: bytes, name: str, folder: str = "images/tests") -> str:
        """The downloadUrl of bytes sent as a stream."""
        answer = self.session.post(
            self.origin + "/api/file-stream-upload",
            files={"file": (name, content)},
            data={"uploadPath": folder, "fileName": name},
            timeout=DEADLINE_S,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["downloadUrl"]

    def fault(self, method: str, fault: str, **more: Any) -> None:
        answer = self.post("/sandbox/faults", {"method": method, "fault": fault, **more})
        assert answer["ok"], answer

    def config(self, **settings: Any) -> None:
        assert "error" not in self.post("/sandbox/config", settings)


def until(look: Callable[[], Any]) -> Any:
    """What `look` returns once it is true; fails after DEADLINE_S."""
    pace, deadline = threading.Event(), time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        if found := look():
            return found
        pace.wait(0.12)  # under KIE's ten looks a second
    raise AssertionError(f"not within {DEADLINE_S} s")


@dataclass
class Receiver:
    """An HTTP server that takes what peers post; `answers` are the statuses it gives, then 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: queue.Queue[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=queue.Queue)
    raw: list[bytes] = field(default_factory=list)  # the bodies as they came

    def next(self) -> tuple[dict[str, str], dict[str, Any]]:
        """Headers (lower case) and JSON of the next delivery."""
        return self.got.get(timeout=DEADLINE_S)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()

    class Take(Quiet):
        def do_POST(self) -> None:
            raw = self.body()
            receiver.raw.append(raw)
            status = receiver.answers.pop(0) if receiver.answers else 200
            self.done(status, Location=self.path)  # followed or not, where the status is a redirect
            receiver.got.put((self.lower_headers(), json.loads(raw)))

    with serving(Take) as origin:
        receiver.url = f"{origin}/callback"
        yield receiver
