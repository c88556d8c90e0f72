"""What left and was never answered: asked about before it is repeated, repeated a few times, then an operator's."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from telebot import apihelper

from bot import gateway, outbox, refusals
from bot.models import Delivery
from reliability import counts
from tests.bot.chat import Bot, last
from tests.bot.polled import peer, refusal, result
from tests.bot.test_outbox import picture, said
from tests.bot.test_polling_peers import dribbles
from tests.bot.test_telegram_away import later
from tests.sandbox.telegram_side import Telegram

__all__ = ["peer"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("dispatch")]


def pictures(telegram: Telegram) -> int:
    """How many the person has been sent."""
    return len([one for one in telegram.chat()["messages"] if one.get("outgoing") and one.get("caption") == "Слово"])


def test_a_message_that_telegram_alone_never_answers_comes_four_times_at_most_and_its_chat_goes_on(
    bot: Bot, telegram: Telegram
):
    media = [{"kind": "photo", "source": picture(telegram), "name": "Z"}]
    telegram.fault("sendPhoto", "answer_lost", times=0)
    stuck, behind = said(telegram.user, media=media), said(telegram.user)

    for minute in range(14):
        with later(60 * minute, bot):
            bot.sends()

    stuck.refresh_from_db()
    behind.refresh_from_db()
    assert (stuck.state, behind.state, pictures(telegram)) == ("dead", "sent", 4)
    assert stuck.error.startswith("Telegram left it unanswered 4 times and answered others")

    telegram.reset()
    assert outbox.resend(stuck.pk)
    with later(3600, bot):
        bot.sends()
    stuck.refresh_from_db()
    assert (stuck.state, stuck.payload.get(outbox.UNANSWERED), pictures(telegram)) == ("sent", None, 5)


def test_into_a_silence_nothing_is_repeated_for_an_hour_and_then_all_is_said(bot: Bot, telegram: Telegram):
    telegram.fault("sendMessage", "answer_lost")
    telegram.fault("getMe", "refused", times=0)
    first, second = said(telegram.user), said(telegram.with_person("Анна").user)

    for second_ in range(0, 3600, 20):
        with later(second_, bot):
            bot.sends()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.attempts, first.error.split(":")[0]) == ("pending", 1, "NoAnswer")
    assert (second.state, second.attempts, second.error.split(":")[0]) == ("pending", 0, "NotSent")
    chats = {str(first.chat), str(second.chat)}
    assert len([call for call in telegram.journal("sendMessage") if call["params"]["chat_id"] in chats]) == 1

    telegram.reset()
    doubled = counts.mine["maybe_doubled"]
    with later(3700, bot):
        bot.sends()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert counts.mine["maybe_doubled"] == doubled + 1  # the one that left


@pytest.mark.parametrize(
    "answer",
    [result(), refusal(400, "Bad Request: query is too old"), refusal(401, "Unauthorized"), refusal(403, "Forbidden")],
    ids=["done", "too late", "token", "blocked"],
)
def test_whatever_telegram_answers_to_whatever_call_it_lives(peer, answer):
    gateway.contact.missed(lost=True)
    peer.acts = [answer]

    gateway.answer_tap("1")

    assert (gateway.contact.silent_s, gateway.contact.is_lost) == (0, False)


def test_an_error_of_telegrams_own_says_neither(peer):
    peer.acts = [refusal(502, "Bad Gateway")]

    gateway.answer_tap("1")

    assert (gateway.contact.silent_s > 0, gateway.contact.is_lost) == (True, False)


def test_an_edit_that_is_never_answered_doubles_nothing_and_is_repeated_as_ever(bot: Bot, telegram: Telegram):
    shown = telegram.say("Прежнее")
    telegram.fault("editMessageText", "answer_lost", times=0)
    delivery = said(telegram.user, edit=shown["message_id"])

    for minute in range(8):
        with later(60 * minute, bot):
            bot.sends()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, last(telegram)["text"]) == ("pending", 8, "Слово")


def test_a_file_is_waited_for_longer_than_a_text(peer, monkeypatch):
    monkeypatch.setattr(apihelper, "READ_TIMEOUT", 0.2)
    begun, text_is_given_up = threading.Event(), threading.Event()
    sent = {"message_id": 7, "date": 1, "chat": {"id": 1, "type": "private"}}

    def never(handler) -> None:
        text_is_given_up.wait(30)

    def photo() -> int:
        return gateway.call(apihelper.send_photo, gateway.bot().token, 1, "https://x.example/a.png")["message_id"]

    def answered(handler) -> None:
        begun.set()
        text_is_given_up.wait(30)
        raw = json.dumps({"ok": True, "result": sent}).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    peer.acts = [answered, never]
    with ThreadPoolExecutor(1) as pool:
        film = pool.submit(photo)
        assert begun.wait(30)
        with pytest.raises(refusals.NoAnswer):
            gateway.send_text(1, "Слово", [])
        text_is_given_up.set()
        assert film.result() == 7


def test_a_persons_file_that_dribbles_is_given_up(peer, monkeypatch):
    monkeypatch.setattr(gateway, "DOWNLOAD_S", 0.5)
    peer.acts = [(200, {"ok": True, "result": {"file_id": "a", "file_unique_id": "a", "file_path": "a.mp3"}}), dribbles]

    with pytest.raises(refusals.Unclear):
        gateway.open_file("a")
