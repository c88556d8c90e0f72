"""Polling: no peer, however it misbehaves, ends it."""

import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest

from bot import polling
from bot.models import Update
from bot.polling import Poller
from bot.refusals import Conflict
from reliability import line
from tests.bot.chat import fresh_gateway
from tests.bot.polled import DEADLINE_S, Impatient, held, message, peer, refusal, result, running
from tests.sandbox.kie_side import sandbox_process
from tests.sandbox.telegram_side import Telegram, listening

__all__ = ["peer"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("polling")]
TOKEN = "4242:test-token-of-the-tests"
OTHER_POLLER = refusal(409, "Conflict: terminated by other getUpdates request")


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
    lasts, cuts = [], []

    class Lid(line.Lid):
        def __init__(self, over: line.Line, until: float) -> None:
            lasts.append(until - time.monotonic())
            super().__init__(over, until)

    monkeypatch.setattr(line, "Lid", Lid)
    monkeypatch.setattr(line.Line, "cut", cuts.append)
    Poller(held(), Impatient()).once()

    watching = [thread for thread in threading.enumerate() if thread.name == "lid"]
    for thread in watching:
        thread.join(DEADLINE_S)
    assert len(lasts) == 1
    assert polling.SILENCE_S - DEADLINE_S < lasts[0] <= polling.SILENCE_S
    assert not any(thread.is_alive() for thread in watching)
    assert cuts == []


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
