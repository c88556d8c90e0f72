"""Sending: each delivery once, at Telegram's pace, as what Telegram takes; what may have come twice is counted."""

import io
import uuid
from datetime import timedelta

import pytest
from PIL import Image

from bot import outbox
from bot.models import Delivery
from bot.screen import Invoice
from reliability import clock, counts
from reliability.due import run_due
from tests.bot.chat import Bot, last
from tests.sandbox.telegram_side import Telegram

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("dispatch")]


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

    assert (delivery.state, delivery.attempts, delivery.claimed_by) == ("dead", 1, None)
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
