"""A Telegram that answers getUpdates as told, and the poller that asks it."""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection

from bot.polling import Poller
from tests.bot.chat import fresh_gateway

DEADLINE_S = 30
Act = Any  # what the peer does with a request: an answer, or a function of the handler


@dataclass
class Peer:
    """A Telegram that answers getUpdates as told, in turn; then with nothing new, at once."""

    origin: str = ""
    acts: list[Act] = field(default_factory=list)
    asked: "queue.Queue[dict[str, str]]" = field(default_factory=queue.Queue)
    called: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def next(self) -> dict[str, str]:
        return self.asked.get(timeout=DEADLINE_S)


def result(*updates: dict) -> tuple[int, dict]:
    return 200, {"ok": True, "result": list(updates)}


def refusal(code: int, words: str, **parameters: int) -> tuple[int, dict]:
    return code, {"ok": False, "error_code": code, "description": words, "parameters": parameters}


def message(update_id: int) -> dict[str, Any]:
    who = {"id": 7, "is_bot": False, "first_name": "Анна"}
    chat = {"id": 7, "type": "private"}
    return {
        "update_id": update_id,
        "message": {"message_id": 1, "date": 1, "chat": chat, "from": who, "text": "/start"},
    }


def checkout(update_id: int) -> dict[str, Any]:
    query = {"id": "q1", "from": {"id": 7}, "currency": "XTR", "total_amount": 80, "invoice_payload": "unknown"}
    return {"update_id": update_id, "pre_checkout_query": query}


@contextmanager
def peering() -> Iterator[Peer]:
    peer = Peer()

    class Take(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            method = urlsplit(self.path).path.rpartition("/")[2]
            body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            peer.called.append(method)
            if method == "getUpdates":
                peer.asked.put({name: values[0] for name, values in parse_qs(body).items()})
            act = peer.acts.pop(0) if peer.acts else result()
            if callable(act):
                act(self)
                return
            status, said = act
            raw = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            """Tests speak through their assertions."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A connection that was cut is no news."""

    with Server(("127.0.0.1", 0), Take) as server:
        peer.origin = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield peer
        finally:
            peer.over.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def peer(settings) -> Iterator[Peer]:
    with peering() as peer:
        settings.TELEGRAM_API_URL = peer.origin
        fresh_gateway()
        yield peer
        fresh_gateway()


class Impatient(threading.Event):
    """A stop that is waited for no longer than it takes to note how long it would have been."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0.0)
        return super().wait(0.01)


def held(valid: bool = True) -> SimpleNamespace:
    return SimpleNamespace(valid=valid)


@contextmanager
def running(poller: Poller) -> Iterator[None]:
    """The poller in its thread, as the bot runs it."""

    def run() -> None:
        try:
            poller.run()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        poller.stop.set()
        thread.join(DEADLINE_S)
        assert not thread.is_alive()
