"""Polling: through the same inbox, never past what is not stored, and no peer, however it misbehaves, ends it."""

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
from django.db import OperationalError, connection

from bot import inbox, line, polling
from bot.gateway import Conflict, Unclear
from bot.models import Update
from bot.polling import Poller
from tests.bot.chat import fresh_gateway
from tests.sandbox.kie_side import sandbox_process, until
from tests.sandbox.telegram_side import Telegram, listening

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("polling")]
TOKEN = "4242:test-token-of-the-tests"
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


OTHER_POLLER = refusal(409, "Conflict: terminated by other getUpdates request")


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
            peer.called.append(method)
            if method == "getUpdates":
                peer.asked.put({name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()})
            act = peer.acts.pop(0) if peer.acts else result()
            if callable(act):
                act(self)
                return
            status, body = act
            raw = json.dumps(body).encode()
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


def test_what_comes_is_stored_and_then_confirmed(peer):
    poller = Poller(held(), Impatient())
    peer.acts = [result(message(5), message(6))]

    assert (poller.once(), poller.once()) == (2, 0)

    assert "offset" not in peer.next()
    assert peer.next()["offset"] == "7"
    assert list(Update.objects.values_list("update_id", flat=True)) == [5, 6]


def test_after_a_restart_what_comes_again_is_stored_once(peer):
    peer.acts = [result(message(5)), result(message(5))]

    Poller(held(), Impatient()).once()
    Poller(held(), Impatient()).once()

    assert Update.objects.count() == 1


def test_while_the_database_is_away_the_offset_stays(peer, monkeypatch):
    poller, store = Poller(held(), Impatient()), inbox.store
    peer.acts = [result(message(5), message(6)), result(message(6))]
    answers = iter([None, OperationalError("gone"), None])

    def fails_once(raw: bytes) -> None:
        if trouble := next(answers):
            raise trouble
        return store(raw)

    monkeypatch.setattr(inbox, "store", fails_once)
    with pytest.raises(OperationalError):
        poller.once()
    poller.once()

    assert "offset" not in peer.next()
    assert peer.next()["offset"] == "6"  # the first is stored, the second is asked for again
    assert list(Update.objects.values_list("update_id", flat=True)) == [5, 6]


def test_it_asks_only_while_the_lease_is_ours_and_stores_what_comes_as_it_goes(peer):
    lease, stop = held(valid=False), Impatient()
    arrived = threading.Event()

    def as_it_goes(handler: BaseHTTPRequestHandler) -> None:
        lease.valid = False
        raw = json.dumps(result(message(5))[1]).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)
        arrived.set()

    peer.acts = [as_it_goes]
    with running(Poller(lease, stop)):
        until(lambda: len(stop.waits) >= 5)
        assert peer.asked.empty()
        lease.valid = True
        assert arrived.wait(DEADLINE_S)
        before = len(stop.waits)
        until(lambda: len(stop.waits) >= before + 5)

    assert peer.asked.qsize() == 1
    assert Update.objects.get().update_id == 5


def dribbles(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, so that no read ever times out."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while True:
        handler.wfile.write(b" ")  # raises once the other side has cut
        handler.wfile.flush()
        threading.Event().wait(0.02)


def accepts_only(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.recv(1)  # until the other side goes away


@pytest.mark.parametrize("act", [accepts_only, dribbles])
def test_a_connection_that_is_silent_too_long_is_cut_and_the_poll_begins_anew(peer, monkeypatch, act):
    monkeypatch.setattr(polling, "SILENCE_S", 0.3)
    peer.acts = [act, result(message(5))]
    stop = Impatient()

    with running(Poller(held(), stop)):
        for _ in range(3):
            peer.next()

    assert Update.objects.get().update_id == 5
    assert stop.waits[0] == 1.0


def test_a_bound_that_was_not_needed_cuts_nothing_later(peer, monkeypatch):
    timers = []

    class Timer(threading.Timer):
        def start(self) -> None:
            timers.append(self)
            super().start()

    monkeypatch.setattr(line.threading, "Timer", Timer)
    Poller(held(), Impatient()).once()

    for timer in timers:
        timer.join(DEADLINE_S)
    assert [timer.interval for timer in timers] == [polling.SILENCE_S]
    assert all(timer.finished.is_set() for timer in timers)


def test_another_poller_is_named_and_waited_for_longer_each_time(peer, caplog):
    peer.acts = [OTHER_POLLER] * 7 + [result(message(5))]
    stop = Impatient()

    with running(Poller(held(), stop)):
        for _ in range(9):
            peer.next()

    assert stop.waits[:7] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert "another process polls with it" in caplog.text
    assert set(peer.called) == {"getUpdates"}  # nobody's webhook is taken away
    assert Update.objects.get().update_id == 5


def test_429_is_waited_out_as_long_as_telegram_says(peer):
    peer.acts = [refusal(429, "Too Many Requests: retry after 17", retry_after=17)]
    stop = Impatient()

    with running(Poller(held(), stop)):
        peer.next(), peer.next()

    assert stop.waits[0] == 17.0


def test_a_checkout_that_is_too_old_to_answer_keeps_nothing_waiting(peer):
    peer.acts = [result(checkout(5), message(6)), refusal(400, "Bad Request: query is too old")]
    poller = Poller(held(), Impatient())

    assert poller.once() == 2

    assert poller.offset == 7


def test_a_checkout_whose_answer_was_lost_is_answered_again(peer):
    peer.acts = [
        result(checkout(5)),
        refusal(502, "Bad Gateway"),
        result(checkout(5)),
        (200, {"ok": True, "result": True}),
    ]
    poller = Poller(held(), Impatient())

    with pytest.raises(Unclear):
        poller.once()
    poller.once()

    assert peer.called.count("answerPreCheckoutQuery") == 2
    assert Update.objects.count() == 1


def test_what_nobody_has_foreseen_ends_no_polling(peer, caplog):
    peer.acts = [(200, {"ok": True, "result": [{"no": "id"}]}), result(message(5))]

    with running(Poller(held(), Impatient())):
        for _ in range(3):
            peer.next()

    assert Update.objects.get().update_id == 5
    assert "polling.error" in caplog.text


def test_a_webhook_set_elsewhere_meanwhile_is_left_where_it_is(settings, tmp_path):
    with sandbox_process(tmp_path, peers=("telegram",), TELEGRAM_BOT_TOKEN=TOKEN) as process, listening() as hook:
        settings.TELEGRAM_API_URL = process.origins["telegram"]
        fresh_gateway()
        telegram = Telegram(process.origins["telegram"], TOKEN)
        telegram.reset()
        telegram.hook_to(hook)

        with pytest.raises(Conflict, match="webhook is active"):
            Poller(held(), Impatient()).once()

        assert telegram.ok("getWebhookInfo")["url"] == hook.url
    fresh_gateway()
