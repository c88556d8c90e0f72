"""The whole of TRT as its users meet it: `manage.py up` in a process, driven over HTTP, killed where a test wants it."""

from __future__ import annotations

import mimetypes
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import requests

from trt import postgres
from trt.env import Env

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 60
RUBLES = re.compile(r"(\d[\d\s\u202f]*,\d\d)[\s\u202f]*₽")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(look: Callable[[], Any], what: str, within_s: float = DEADLINE_S) -> Any:
    """What `look` returns once it is true; fails after `within_s`, saying what was waited for."""
    pace, deadline = threading.Event(), time.monotonic() + within_s
    while time.monotonic() < deadline:
        if found := look():
            return found
        pace.wait(0.1)
    raise AssertionError(f"not within {within_s} s: {what}")


def read(url: str) -> Any:
    """JSON of an address; a server that is being started again is waited for."""

    def look() -> Any:
        try:
            return requests.get(url, timeout=10).json()
        except requests.RequestException:
            return None

    return until(look, url)


PORTS = ("PORT", "SANDBOX_TELEGRAM_PORT", "SANDBOX_KIE_PORT", "SANDBOX_YOOKASSA_PORT", "SANDBOX_CRYPTOPAY_PORT")


class Stack:
    """A running `up`: its addresses, its log, its processes."""

    def __init__(self, popen: subprocess.Popen[str], ports: dict[str, int], home: Path) -> None:
        self.popen, self.lines, self.home = popen, list[str](), home
        self.web, self.telegram, self.kie, self.yookassa, self.cryptopay = (
            f"http://127.0.0.1:{ports[name]}" if name in ports else "" for name in PORTS
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            self.lines.append(line.rstrip())

    def said(self, words: str) -> list[str]:
        """The lines of the log that have these words."""
        return [line for line in self.lines if words in line]

    def health(self) -> dict[str, Any]:
        return read(f"{self.web}/health")

    def fault(self, peer: str, method: str, fault: str, **more: Any) -> None:
        answer = requests.post(f"{peer}/sandbox/faults", json={"method": method, "fault": fault, **more}, timeout=10)
        assert answer.ok, answer.text

    def tasks(self) -> list[dict[str, Any]]:
        """What this KIE has made."""
        return read(f"{self.kie}/sandbox/tasks")["tasks"]

    def pids(self, words: str) -> list[int]:
        """The processes of ours whose command has these words, the oldest first."""
        family = psutil.Process(self.popen.pid).children(recursive=True)
        found = [child for child in family if words in command(child)]
        return [child.pid for child in sorted(found, key=lambda child: child.create_time())]

    @contextmanager
    def by_hand(self, *command: str) -> Iterator[subprocess.Popen[str]]:
        """A command of manage.py as a person starts it beside this: it is told the home, and nothing else."""
        popen = subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=clean_environment() | {"TRT_HOME": str(self.home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with popen:
            yield popen
            popen.terminate()

    def postmaster(self) -> int:
        """The embedded PostgreSQL's first process."""
        pid = postgres.postmaster(self.home)
        assert pid is not None
        return pid


def command(process: psutil.Process) -> str:
    """Its command line; "" once it has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # an orphan that `up` collects at its next turn, too
        return ""


def free_ports() -> dict[str, int]:
    """One for the web process and one for each peer."""
    return {name: free_port() for name in PORTS}


def clean_environment() -> dict[str, str]:
    """The machine's, with none of the tests' own variables and no `.env`."""
    ours = {name.upper() for name in Env.model_fields}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {"TRT_ENV_FILE": os.devnull, "PYTHONUNBUFFERED": "1"}


@contextmanager
def running(ports: dict[str, int], **environment: str) -> Iterator[Stack]:
    """`manage.py up` in an empty home, on these ports, with none of the tests' own environment."""
    with tempfile.TemporaryDirectory(prefix="trt-") as home:
        env = clean_environment() | {name: str(port) for name, port in ports.items()} | {"TRT_HOME": home} | environment
        command = [sys.executable, "manage.py", "up"]
        popen = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        stack = Stack(popen, ports, Path(home))
        try:
            until(lambda: stack.said("ready:") or popen.poll() is not None, "up is ready")
            assert popen.poll() is None, "\n".join(stack.lines)
            yield stack
        finally:
            if popen.poll() is None:
                popen.send_signal(signal.SIGINT)
            popen.wait(DEADLINE_S)


class Person:
    """Somebody in the chat: writes, presses what a button does, looks at what came."""

    def __init__(self, telegram: str, name: str = "Борис", language: str = "ru") -> None:
        self.telegram = telegram
        self.id = self._post("/sandbox/users", {"first_name": name, "language_code": language})["id"]
        self.taps = 0

    def _post(self, path: str, body: Any) -> Any:
        answer = requests.post(self.telegram + path, json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def messages(self) -> list[dict[str, Any]]:
        """The whole chat, oldest first."""
        return read(f"{self.telegram}/sandbox/chats/{self.id}/messages")["messages"]

    def writes(self, text: str) -> None:
        self._post(f"/sandbox/chats/{self.id}/send", {"text": text})

    def uploads(self, content: bytes, name: str, kind: str) -> None:
        url = f"{self.telegram}/sandbox/chats/{self.id}/upload"
        told = mimetypes.guess_type(name)[0]  # as a browser does: by the name
        answer = requests.post(url, files={"file": (name, content, told)}, data={"kind": kind}, timeout=30)
        assert answer.ok, answer.text

    def sees(self, *words: str, media: str = "", button: str = "", within_s: float = DEADLINE_S) -> dict[str, Any]:
        """The newest message of the bot with these words, this kind of media, a button that does this."""

        def look() -> dict[str, Any] | None:
            for message in reversed(self.messages()):
                text = message.get("text") or message.get("caption") or ""
                fits = message.get("outgoing") and all(word in text for word in words)
                if fits and (not media or media in message) and (not button or self._key(message, button)):
                    return message
            return None

        return until(look, f"{words} {media} {button} in the chat of {self.id}", within_s)

    @staticmethod
    def _key(message: dict[str, Any], action: str) -> str | None:
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        return next(
            (key["callback_data"] for row in rows for key in row if key.get("callback_data", "").startswith(action)),
            None,
        )

    def presses(self, action: str, *, on: dict[str, Any] | None = None) -> dict[str, Any]:
        """Tap the button that does `action`, on the newest message that has it; the message."""
        message = on or self.sees(button=action)
        self.press(message, self._key(message, action) or action)
        self.taps += 1
        return message

    def press(self, message: dict[str, Any], data: str) -> None:
        """Tap a button with this data under a message, whether it is there or not."""
        tap = {"message_id": message["message_id"], "data": data, "force": True}
        self._post(f"/sandbox/chats/{self.id}/press", tap)

    def orders(self, shelf: str, model: str, *answers: str) -> dict[str, Any]:
        """From /start to the confirmation of a model; the confirmation."""
        self.writes("/start")
        self.presses(f"shelf:{shelf}")
        self.presses(self.model_key(model))
        self.presses("start:")
        for answer in answers:
            self.sees("Шаг")
            self.writes(answer)
        return self.sees(button="run:")

    def model_key(self, title: str) -> str:
        """What the button does whose words begin with a model's title: it is searched for, a shelf has many pages."""
        self.writes(f"/search {title}")
        message = self.sees("🔍", button="card:")
        for row in message["reply_markup"]["inline_keyboard"]:
            for key in row:
                if key["text"].startswith(title):
                    return key["callback_data"]
        raise AssertionError(f"{title} is not among {message['reply_markup']}")

    def pays(self) -> dict[str, Any]:
        """Pay the newest invoice with test stars."""
        return self._post(f"/sandbox/chats/{self.id}/pay", {"message_id": self.sees(media="invoice")["message_id"]})

    def balance(self) -> Decimal:
        """What the balance screen says, asked anew."""
        before = len(self.messages())
        self.writes("/balance")
        screen = until(
            lambda: next((m for m in self.messages()[before:] if "Доступно" in m.get("text", "")), None), "the balance"
        )
        return rubles(screen["text"].split("Доступно", 1)[1])


def rubles(text: str) -> Decimal:
    """The first sum in a text."""
    found = RUBLES.search(text)
    assert found, text
    return Decimal(re.sub(r"\s", "", found[1]).replace(",", "."))
