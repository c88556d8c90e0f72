"""Answering and sending: one effect an update, in the order of its chat, under the lease's epoch; what is committed is sent."""

import io
import json
import socket
import uuid
from datetime import timedelta

import pytest
import structlog
from PIL import Image
from structlog.testing import capture_logs

from bot import dispatch, inbox, outbox, reading
from bot.dispatch import ANSWERED_S, CLAIMED_S
from bot.holder import Holder
from bot.models import Delivery, Dialog, Update
from bot.router import on
from bot.screen import Button, Invoice, Screen
from reliability import cid, clock, counts, instance
from reliability.due import run_due
from reliability.lease import Held
from tests.bot.chat import Bot, fresh_gateway, last
from tests.bot.held import held
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
    assert (update.state, len(tries)) == ("dead", 3)
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


def said(chat: int, **payload) -> Delivery:
    text = {"text": "Слово", "keys": [], "media": [], "invoice": None, "edit": None}
    return Delivery.objects.create(dedup_key=str(uuid.uuid4()), kind="answer", chat=chat, payload=text | payload)


def test_without_the_lease_nothing_more_is_said(bot: Bot, telegram: Telegram):
    invoice = {"title": "50 ₽", "description": "50 ₽", "payload": "p", "provider_token": "", "currency": "XTR"}
    delivery = said(telegram.user, invoice=invoice | {"prices": [{"label": "50 ₽", "amount": 80}]})

    def still_ours() -> bool:
        """Until its first message is noted."""
        return not Delivery.objects.get().message_ids

    run_due(outbox.queue(still_ours), bot.me, most=1)
    delivery.refresh_from_db()

    assert (delivery.state, len(delivery.message_ids), last(telegram)["text"]) == ("pending", 1, "Слово")
    with clock.moved(timedelta(seconds=1)):
        Bot().sends()  # the next holder goes on from there
    assert last(telegram)["invoice"]
    assert len([message for message in telegram.chat()["messages"] if message.get("text") == "Слово"]) == 1


def test_who_was_stopped_while_telegram_answered_changes_nothing_when_it_wakes(bot: Bot, telegram: Telegram):
    delivery = said(telegram.user)

    def stopped() -> bool:
        """Until our heart was taken for dead, and another had claimed it and sent it."""
        theirs = Delivery.objects.get(pk=delivery.pk)
        if theirs.claimed_by == bot.me:
            theirs.claimed_by, theirs.attempts = uuid.uuid4(), theirs.attempts + 1
            theirs.save(update_fields=["claimed_by", "attempts"])
            outbox.step(theirs)
        return True

    run_due(outbox.queue(stopped), bot.me)

    delivery.refresh_from_db()
    first, second = [message["message_id"] for message in telegram.chat()["messages"] if message.get("text") == "Слово"]
    assert (delivery.state, delivery.message_ids) == ("sent", [first])
    assert second > first


def test_429_is_waited_out_as_long_as_telegram_says(bot: Bot, telegram: Telegram):
    telegram.fault("sendMessage", "429", retry_after=7)
    delivery = said(telegram.user)

    bot.sends()
    delivery.refresh_from_db()

    assert (delivery.state, delivery.attempts) == ("pending", 0)
    assert 5 < (delivery.due_at - clock.now()).total_seconds() <= 7
    with clock.moved(timedelta(seconds=8)):
        bot.sends()
    assert last(telegram)["text"] == "Слово"


def test_who_blocked_the_bot_is_written_to_once(bot: Bot, telegram: Telegram):
    telegram.act("block")
    delivery = said(telegram.user)

    bot.sends()
    delivery.refresh_from_db()

    assert delivery.state == "dead"
    assert "blocked" in delivery.error


def test_a_sender_that_was_taken_for_dead_says_no_more(bot: Bot, telegram: Telegram):
    bill = Invoice("Пополнение", "50 ₽", "offer", 80).as_telegram()
    said(telegram.user, invoice=bill)
    Delivery.objects.update(claimed_by=bot.me, attempts=1)
    stale = Delivery.objects.get()  # it is stopped here, and another one goes on
    Delivery.objects.update(claimed_by=uuid.uuid4(), attempts=2)

    outbox.step(stale)

    assert last(telegram)["text"] == "Слово"  # was on its way; the bill is the other's to send
    assert Delivery.objects.values_list("state", "message_ids", "attempts").get() == ("pending", [], 2)


def test_an_edit_that_changes_nothing_is_done_and_one_of_a_lost_message_becomes_a_new_one(bot: Bot, telegram: Telegram):
    shown = telegram.say("Слово")
    same = said(telegram.user, edit=shown["message_id"])
    lost = said(telegram.user, edit=999_999_999, text="Другое")

    bot.sends()

    assert set(Delivery.objects.filter(pk__in=[same.pk, lost.pk]).values_list("state", flat=True)) == {"sent"}
    assert last(telegram)["text"] == "Другое"


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


def picture(telegram: Telegram) -> str:
    """An address that serves a real picture: one that Telegram has."""
    out = io.BytesIO()
    Image.linear_gradient("L").save(out, "PNG")
    sent = telegram.ok("sendPhoto", files={"photo": ("a.png", out.getvalue())}, chat_id=telegram.user)
    return f"{telegram.origin}/sandbox/files/{sent['photo'][-1]['file_id']}"


def several(telegram: Telegram, kind: str, count: int = 3) -> dict:
    """A result of several files."""
    url = picture(telegram) if kind == "photo" else sound(telegram)
    media = [{"kind": kind, "source": url, "name": "Z"} for _ in range(count)]
    keys = [[{"text": "Ещё", "callback_data": "menu"}]]
    return {"media": media, "text": "<b>Z</b> за 12 ₽", "below": "Что дальше?", "keys": keys}


def sound(telegram: Telegram) -> str:
    """The same of a track."""
    content = b"ID3\x03\x00\x00\x00\x00\x00\x21" + bytes(400)
    sent = telegram.ok("sendAudio", files={"audio": ("a.mp3", content)}, chat_id=telegram.user)
    return f"{telegram.origin}/sandbox/files/{sent['audio']['file_id']}"


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


@pytest.mark.parametrize(("kind", "bearer"), [("photo", 0), ("audio", 2)])
def test_several_results_come_as_an_album_with_model_and_price_and_the_keys_below(
    bot: Bot, telegram: Telegram, kind: str, bearer: int
):
    delivery = said(telegram.user, **several(telegram, kind))

    bot.sends()
    delivery.refresh_from_db()

    album = [message for message in telegram.chat()["messages"] if message.get("media_group_id")]
    captions = [message.get("caption") for message in album]
    assert captions == [("Z за 12 ₽" if at == bearer else None) for at in range(3)]
    assert (last(telegram)["text"], len(delivery.file_ids)) == ("Что дальше?", 3)
    assert last(telegram)["reply_markup"]


def test_an_album_that_telegram_does_not_take_is_sent_one_by_one_with_its_caption(bot: Bot, telegram: Telegram):
    telegram.fault("sendMediaGroup", "url_rejected")
    said(telegram.user, **several(telegram, "audio"))

    bot.sends()

    captions = [one.get("caption") for one in telegram.chat()["messages"] if one.get("audio") and one.get("outgoing")]
    assert captions[-3:] == [None, None, "Z за 12 ₽"]
    assert last(telegram)["text"] == "Что дальше?"


def resent(bot: Bot, delivery: Delivery) -> Delivery:
    """The delivery after its second attempt, a minute later."""
    bot.sends()
    with clock.moved(timedelta(minutes=1)):
        bot.sends()
    delivery.refresh_from_db()
    assert delivery.state == "sent"
    return delivery


def test_a_message_sent_again_after_a_lost_answer_is_counted_as_perhaps_double(bot: Bot, telegram: Telegram):
    before = counts.mine["maybe_doubled"]
    telegram.fault("sendMessage", "answer_lost")

    resent(bot, said(telegram.user))

    twice = [one for one in telegram.chat()["messages"] if one.get("outgoing") and one["text"] == "Слово"]
    assert (len(twice), counts.mine["maybe_doubled"]) == (2, before + 1)


def test_an_edit_sent_again_doubles_nothing(bot: Bot, telegram: Telegram):
    before = counts.mine["maybe_doubled"]
    shown = telegram.say("Прежнее")
    telegram.fault("editMessageText", "answer_lost")

    resent(bot, said(telegram.user, edit=shown["message_id"]))

    assert counts.mine["maybe_doubled"] == before


def test_what_never_left_for_no_connection_came_about_is_not_counted(bot: Bot, telegram: Telegram, settings):
    before = counts.mine["maybe_doubled"]
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: the system refuses
        settings.TELEGRAM_API_URL = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        fresh_gateway()
        delivery = said(telegram.user)
        bot.sends()
    settings.TELEGRAM_API_URL = telegram.origin
    fresh_gateway()

    resent(bot, delivery)

    assert counts.mine["maybe_doubled"] == before


def test_what_telegram_does_not_fetch_is_uploaded(bot: Bot, telegram: Telegram):
    url = picture(telegram)
    telegram.fault("sendPhoto", "url_rejected")
    said(telegram.user, media=[{"kind": "photo", "source": url, "name": 'Кот: "лиса" 1'}], text="Готово")

    bot.sends()

    assert last(telegram)["caption"] == "Готово"
    assert "photo" in last(telegram)


def test_a_page_instead_of_a_file_is_never_sent_as_a_result(bot: Bot, telegram: Telegram):
    said(telegram.user, media=[{"kind": "photo", "source": f"{telegram.origin}/", "name": "Z"}], text="Готово")

    bot.sends()

    assert "photo" not in last(telegram)
    assert "document" not in last(telegram)
    assert last(telegram)["text"].startswith("Готово")


def test_what_the_bot_does_is_counted_and_so_is_how_long_an_update_waited(
    bot: Bot, telegram: Telegram, command, monkeypatch
):
    counted = counts.Counts()
    monkeypatch.setattr(counts, "mine", counted)

    def boom(event):
        raise RuntimeError("planted")

    command("boom", boom)
    telegram.writes("/start")
    bot.polls(telegram)
    Update.objects.update(created_at=clock.now())
    telegram.fault("sendMessage", "429", retry_after=1)
    telegram.writes("/boom")
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    Update.objects.filter(state="new").update(created_at=clock.now() - timedelta(seconds=20))
    for _ in range(3):
        Update.objects.filter(state="new").update(due_at=clock.now())
        bot.answers()
    bot.sends()

    lag, _sum_s = counts.histogram(counted.snapshot(), CLAIMED_S)
    assert {name: counted[name] for name in ("claimed", "done", "dead")} == {"claimed": 4, "done": 1, "dead": 1}
    assert (dict(lag)["10"], dict(lag)["30"]) == (1, 2)  # a back-off is no lag: of the failing one only the first claim
    assert counts.histogram(counted.snapshot(), ANSWERED_S)[0][-1] == ("+Inf", 1)
    assert (counted["sends:sent"], counted["sends:too_fast"], counted["telegram:too_fast"]) == (1, 1, 1)


def lags(counted: counts.Counts, name: str) -> dict[str, int]:
    return dict(counts.histogram(counted.snapshot(), name)[0])


def test_the_time_under_a_hold_is_no_lag(bot: Bot, telegram: Telegram, monkeypatch, command):
    counted = counts.Counts()
    monkeypatch.setattr(counts, "mine", counted)
    command("note", lambda event: Screen("noted"))
    one = held(minutes=5)
    telegram.writes("/note")
    bot.polls(telegram)

    with clock.moved(timedelta(minutes=5)), capture_logs() as lines:
        bot.lease.take_or_renew(force=True)
        bot.answers()

    assert Update.objects.values_list("state", "reason", "hold").get() == ("done", "OK", one.pk)
    assert lags(counted, CLAIMED_S)["30"] == lags(counted, CLAIMED_S)["+Inf"] == 1  # the claim that kept it
    assert lags(counted, ANSWERED_S)["+Inf"] == 0
    assert next(line["lag_ms"] for line in lines if line["event"] == "update.claimed") < 60_000


def test_the_time_until_a_replay_is_no_lag_and_a_failing_replay_stays_one(
    bot: Bot, telegram: Telegram, command, monkeypatch
):
    counted = counts.Counts()
    monkeypatch.setattr(counts, "mine", counted)
    telegram.writes("/boom")
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    long_ago = clock.now() - timedelta(hours=2)
    Update.objects.update(state="dead", reason="INTERNAL_ERROR", created_at=long_ago, done_at=long_ago)
    answers = iter([RuntimeError("planted"), Screen("at last")])

    def boom(event):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    command("boom", boom)
    assert dispatch.replay(Update.objects.get().pk, by="operator")
    bot.answers()
    assert Update.objects.values_list("state", "reason").get() == ("new", "REPLAYED")
    Update.objects.update(due_at=clock.now())
    bot.answers()

    assert Update.objects.values_list("state", "reason").get() == ("done", "OK")
    assert (counted["claimed"], lags(counted, CLAIMED_S)["+Inf"], lags(counted, ANSWERED_S)["+Inf"]) == (2, 0, 0)


def test_what_people_wait_for_a_back_off_is_lag_of_the_answer(bot: Bot, telegram: Telegram, command, monkeypatch):
    counted = counts.Counts()
    monkeypatch.setattr(counts, "mine", counted)
    telegram.writes("/note")
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    command("note", lambda event: Screen("noted"))
    Update.objects.update(created_at=clock.now() - timedelta(seconds=20), attempts=1)
    bot.answers()

    assert (lags(counted, CLAIMED_S)["+Inf"], lags(counted, ANSWERED_S)["10"], lags(counted, ANSWERED_S)["30"]) == (
        0,
        0,
        1,
    )
