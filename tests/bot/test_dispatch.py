"""Answering: one effect an update, in the order of its chat, under the lease's epoch; what is committed is sent after any crash."""

import json
import uuid
from datetime import timedelta

import pytest
import structlog

from bot import inbox, reading
from bot.holder import Holder
from bot.models import Delivery, Dialog, Update
from bot.router import on
from bot.screen import Button, Screen
from reliability import cid, clock, instance
from reliability.lease import Held
from tests.bot.chat import Bot, last
from tests.sandbox.telegram_side import Telegram

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("dispatch")]


def test_an_update_is_answered_and_its_answer_sent(bot: Bot, telegram: Telegram):
    telegram.writes("/start")
    bot.polls(telegram)

    assert "Борис" in last(telegram)["text"]
    assert Update.objects.values_list("state", "reason", "claim_epoch").get() == ("done", "OK", bot.lease.epoch)
    assert Delivery.objects.values_list("state", "cid").get() == ("sent", Update.objects.get().cid)


def test_a_failing_handler_is_tried_three_times_then_the_person_has_a_support_code(
    bot: Bot, telegram: Telegram, command
):
    tries = []

    def boom(event):
        tries.append(event.chat)
        event.dialog.move("idle", data={"half": "done"})
        raise RuntimeError("planted")

    command("boom", boom)
    telegram.writes("/boom")
    bot.polls(telegram)
    for minutes in (1, 2, 3):
        with clock.moved(timedelta(minutes=minutes)):
            bot.lease.take_or_renew(force=True)
            Update.objects.filter(state="new").update(due_at=clock.now())
            bot.answers()
            bot.sends()

    update = Update.objects.get()
    assert (update.state, update.attempts, update.claimed_by, len(tries)) == ("dead", 3, None, 3)
    assert update.error == "RuntimeError: planted"
    assert cid.support_code(update.cid) in last(telegram)["text"]
    assert not Delivery.objects.filter(kind="answer").exists()
    assert not Dialog.objects.exists()  # all that the handler had done was rolled back with it


MOVED = {"currency": "XTR", "total_amount": 80, "invoice_payload": "p", "telegram_payment_charge_id": "charge-1"}


@pytest.mark.parametrize(
    ("name", "word"), [("successful_payment", "повторно платить не нужно"), ("refunded_payment", "Возврат пришёл")]
)
def test_an_update_that_dies_with_money_is_no_nothing_was_charged_and_is_loud(
    bot: Bot, telegram: Telegram, monkeypatch, name, word
):
    def boom(event):
        raise RuntimeError("planted")

    monkeypatch.setattr(on, "answer", boom)
    person = {"id": telegram.user, "is_bot": False, "first_name": "Борис", "language_code": "ru"}
    chat = {"id": telegram.user, "type": "private"}
    message = {"message_id": 1, "date": 1, "from": person, "chat": chat, name: MOVED}
    inbox.store(json.dumps({"update_id": 77, "message": message}).encode())
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            Update.objects.filter(state="new").update(due_at=clock.now())
            bot.answers()
    bot.sends()

    update = Update.objects.get()
    assert (update.state, update.reason) == ("dead", "MONEY_NOT_BOOKED")
    assert [line["log_level"] for line in lines if line["event"] == "update.dead_with_money"] == ["error"]
    told = last(telegram)["text"]
    assert word in told
    assert cid.support_code(update.cid) in told
    assert "списано" not in told


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"message": []}', b'{"edited_message": {"successful_payment": {}}}'])
def test_bytes_that_tell_of_no_payment_are_none(raw):
    assert reading.money_in(raw, "message") == ""


def test_under_an_older_epoch_nothing_is_finished(bot: Bot, telegram: Telegram):
    telegram.writes("/start")
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    assert Held("bot", uuid.uuid4()).take_or_renew(force=True)  # somebody else, while we did not look

    bot.answers()

    assert Update.objects.values_list("state", "claimed_by").get() == ("new", None)
    assert not Delivery.objects.exists()


def test_a_chat_is_answered_in_its_order_and_others_do_not_wait_for_it(bot: Bot, telegram: Telegram, command):
    seen = []
    command("note", lambda event: seen.append(event.argument) or Screen(event.argument))
    other = telegram.with_person("Вера")
    for text in ("/note first", "/note second"):
        telegram.writes(text)
    other.writes("/note other")
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    head = Update.objects.order_by("seq").first()
    Update.objects.filter(pk=head.pk).update(due_at=clock.now() + timedelta(hours=1))  # it backs off

    bot.answers()
    assert seen == ["other"]

    Update.objects.filter(pk=head.pk).update(due_at=clock.now())
    bot.answers()
    assert seen == ["other", "first", "second"]


def test_the_first_is_sent_its_answer_before_the_last_is_worked_on(telegram: Telegram, settings, command):
    sent = []
    command("count", lambda event: sent.append(Delivery.objects.filter(state="sent").count()) or Screen("counted"))
    for person in (telegram, telegram.with_person("Вера"), telegram.with_person("Глеб")):
        person.writes("/count")
    holder = Holder()
    instance.beat("bot")
    assert holder.lease.take_or_renew(force=True)
    for update in telegram.ok("getUpdates", timeout=0):
        inbox.store(json.dumps(update).encode())

    holder._drain()

    assert sent == [0, 1, 2]


def test_what_was_committed_is_sent_after_a_crash_and_no_handler_runs_again(bot: Bot, telegram: Telegram, command):
    runs = []
    command("once", lambda event: runs.append(1) or Screen("committed"))
    telegram.writes("/once")
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    bot.answers()  # and dies before the send

    Bot().polls(telegram)

    assert (runs, last(telegram)["text"]) == ([1], "committed")


def test_a_tap_is_answered_at_once_and_its_screen_replaces_the_message(bot: Bot, telegram: Telegram, command):
    command("keys", lambda event: Screen("Меню", [[Button("Помощь", "help")]]))
    telegram.writes("/keys")
    bot.polls(telegram)
    message = last(telegram)
    query = telegram.presses(message, "help")
    bot.polls(telegram)
    bot.dispatch.taps.shutdown()

    assert telegram.get(f"chats/{telegram.user}/answers/{query}")["answered"]
    assert last(telegram)["message_id"] == message["message_id"]
    assert last(telegram)["text"] != "Меню"


def test_an_old_button_is_answered_below_and_its_message_loses_its_keys_but_not_its_words(bot: Bot, telegram: Telegram):
    old = telegram.say("Проверьте заказ", "run:1:1")
    telegram.writes("/start")
    telegram.presses(old, "run:1:1")
    bot.polls(telegram)

    kept = telegram.sees(old["message_id"])
    assert (kept["text"], "reply_markup" in kept) == ("Проверьте заказ", False)
    assert "из старого сообщения" in last(telegram)["text"]
    assert last(telegram)["message_id"] > old["message_id"]
    assert "reply_markup" in last(telegram)


def test_an_old_message_that_is_gone_keeps_nobody_waiting(bot: Bot, telegram: Telegram):
    old = telegram.say("Проверьте заказ", "run:1:1")
    telegram.presses(old, "run:1:1")
    telegram.ok("deleteMessage", chat_id=telegram.user, message_id=old["message_id"])
    bot.polls(telegram)

    assert "из старого сообщения" in last(telegram)["text"]
    assert Delivery.objects.get().state == "sent"
