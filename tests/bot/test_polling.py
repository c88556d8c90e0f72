"""Polling: through the same inbox, and never past what is not stored."""

import json
import threading
from http.server import BaseHTTPRequestHandler

import pytest
from django.db import OperationalError

from bot import inbox
from bot.models import Update
from bot.polling import Poller
from bot.refusals import Unclear
from tests.bot.polled import DEADLINE_S, Impatient, checkout, held, message, peer, refusal, result, running
from tests.sandbox.kie_side import until

__all__ = ["peer"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("polling")]


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
