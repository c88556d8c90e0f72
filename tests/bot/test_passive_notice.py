"""The notice of a hold: told once, refreshed, and at last edited into the answer."""

from datetime import timedelta

import pytest

from bot import outbox, passive_copy
from bot.models import Delivery, Update
from kie.models import AIModel
from reliability import cid, clock
from reliability.due import ENDED
from tests.bot.chat import Bot, last
from tests.bot.held import NOTICE, answer_to, held, keys, over, refreshes, said, texts
from tests.sandbox.telegram_side import Telegram

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("dispatch")]


def test_a_kept_tap_has_its_toast_at_once_and_its_answer_in_place_of_the_notice(bot: Bot, telegram: Telegram):
    telegram.writes("/start")
    bot.polls(telegram)
    model = AIModel.objects.get(key="z-image")
    menu = telegram.say("Карточка", f"start:{model.pk}")
    one = held()
    query = telegram.presses(menu, f"start:{model.pk}")
    bot.polls(telegram)
    notice = last(telegram)

    assert NOTICE in notice["text"]
    over(one)
    bot.polls(telegram)
    bot.dispatch.taps.shutdown()

    assert answer_to(telegram, query)["text"] == passive_copy.DEFAULTS["ru"]["toast"]
    asked = [call["params"].get("callback_query_id") for call in telegram.journal("answerCallbackQuery")]
    assert asked.count(query) == 1
    assert last(telegram)["message_id"] == notice["message_id"]
    assert NOTICE not in last(telegram)["text"]
    assert telegram.sees(menu["message_id"])["text"] == "Карточка"  # the tapped message stays as it was


def test_refresh_says_that_it_still_goes_on_and_later_never_overwrites_the_answer(bot: Bot, telegram: Telegram, echo):
    one = held()
    telegram.writes("/note kept")
    bot.polls(telegram)
    notice = last(telegram)
    early = refreshes(telegram, notice)
    bot.polls(telegram)
    assert NOTICE in last(telegram)["text"]

    late = refreshes(telegram, notice)  # pressed under the hold, answered after it
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    over(one)
    bot.polls(telegram)
    bot.dispatch.taps.shutdown()

    assert "Ещё обновляемся" in answer_to(telegram, early)["text"]
    assert answer_to(telegram, late)["answered"]
    assert texts(telegram) == ["kept"]


def test_refresh_on_a_notice_that_no_answer_came_for_shows_where_the_person_is(bot: Bot, telegram: Telegram, command):
    command("silent", lambda event: None)
    one = held()
    telegram.writes("/silent")
    bot.polls(telegram)
    notice = last(telegram)
    query = refreshes(telegram, notice)
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    over(one)
    bot.polls(telegram)
    bot.dispatch.taps.shutdown()

    assert answer_to(telegram, query)["answered"]
    assert last(telegram)["message_id"] == notice["message_id"]
    assert "Главное меню" in last(telegram)["text"]


def test_the_notice_says_the_end_and_speaks_the_persons_language(bot: Bot, telegram: Telegram, echo):
    english = telegram.with_person("Ann", "en")
    until = held().until + timedelta(hours=3, minutes=1, microseconds=-1)  # Moscow's, to the next full minute
    telegram.writes("/note a")
    english.writes("/note b")
    bot.polls(telegram)

    assert f"{until:%H:%M} по Москве" in last(telegram)["text"]
    assert "Your request is saved" in last(english)["text"]
    assert [key["text"] for key in keys(last(english))] == ["🔄 Refresh"]


def test_a_second_hold_in_a_row_keeps_on_in_the_same_message(bot: Bot, telegram: Telegram, echo):
    first = held()
    telegram.writes("/note patient")
    bot.polls(telegram)
    notice = last(telegram)["message_id"]
    over(first)
    second = held(minutes=90)
    bot.polls(telegram)

    assert len(said(telegram)) == 1
    assert keys(last(telegram))[0]["callback_data"] == f"refresh:{second.pk}"
    over(second)
    bot.polls(telegram)
    assert (texts(telegram), last(telegram)["message_id"]) == (["patient"], notice)


def test_a_notice_that_was_not_sent_before_the_answer_is_never_sent(bot: Bot, telegram: Telegram, echo):
    one = held()
    telegram.writes("/note kept")
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    bot.answers()
    over(one)
    bot.answers()
    bot.sends()

    assert texts(telegram) == ["kept"]
    assert Delivery.objects.order_by("pk").values_list("state", "message_ids").first() == ("sent", [])


def test_an_answer_waits_for_a_notice_that_is_just_being_sent(bot: Bot, telegram: Telegram, echo):
    one = held()
    telegram.writes("/note kept")
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    bot.answers()
    notice = Delivery.objects.get()
    over(one)
    bot.answers()
    answer = Delivery.objects.get(kind="answer")

    outbox.step(answer)
    answer.refresh_from_db()
    assert (answer.state, answer.due_at > clock.now(), said(telegram)) == ("pending", True, [])
    notice.message_ids = [telegram.say("Обновляемся")["message_id"]]
    notice.end("sent")
    assert outbox.step(answer) is ENDED
    assert texts(telegram) == ["kept"]


def test_an_answer_that_text_cannot_carry_is_sent_and_the_notice_taken_away(bot: Bot, telegram: Telegram, settings):
    settings.PAYMENTS_ENABLED = True
    telegram.writes("/start")
    bot.polls(telegram)
    one = held()
    telegram.presses(telegram.say("Пополнить", "pay:100"), "pay:100")
    bot.polls(telegram)
    notice = last(telegram)
    assert NOTICE in notice["text"]
    over(one)
    bot.polls(telegram)

    assert "invoice" in last(telegram)
    assert notice["message_id"] not in [message["message_id"] for message in said(telegram)]


def test_a_notice_that_the_person_deleted_costs_no_answer(bot: Bot, telegram: Telegram, echo):
    one = held()
    telegram.writes("/note kept")
    bot.polls(telegram)
    telegram.ok("deleteMessage", chat_id=telegram.user, message_id=last(telegram)["message_id"])
    over(one)
    bot.polls(telegram)

    assert texts(telegram) == ["kept"]


def test_an_apology_takes_the_notices_place_too(bot: Bot, telegram: Telegram, command):
    def boom(event):
        raise RuntimeError("planted")

    command("boom", boom)
    one = held()
    telegram.writes("/boom")
    bot.polls(telegram)
    notice = last(telegram)["message_id"]
    over(one)
    for minutes in range(3):
        with clock.moved(timedelta(minutes=minutes)):
            bot.answers()
            bot.sends()

    assert Update.objects.get().state == "dead"
    assert len(said(telegram)) == 1
    assert last(telegram)["message_id"] == notice
    assert cid.support_code(Update.objects.get().cid) in last(telegram)["text"]
