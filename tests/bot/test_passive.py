"""The operator's hold: what reads goes on, the rest is kept, and afterwards answered first and in order."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from bot import backlog, inbox
from bot.models import Delivery, Dialog, Update
from kie.models import AIModel, Job
from payments import ledger, topups
from payments.models import Customer, TopUp
from reliability import cid, clock
from tests.bot.chat import Bot, last
from tests.bot.held import NOTICE, held, keys, over, said, states, texts
from tests.sandbox.telegram_side import Telegram

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("dispatch")]


def test_what_reads_is_answered_and_the_rest_is_kept_and_told_once(bot: Bot, telegram: Telegram, echo):
    one = held()
    for text in ("/help", "/note first", "/note second", "/balance"):
        telegram.writes(text)
    bot.polls(telegram)

    assert states() == [("done", "OK"), ("new", "PASSIVE"), ("new", "PASSIVE"), ("done", "OK")]
    assert set(Update.objects.kept().values_list("hold", "attempts", "claimed_by")) == {(one.pk, 0, None)}
    assert sum(NOTICE in text for text in texts(telegram)) == 1
    assert len(said(telegram)) == 3
    assert echo == []


def test_afterwards_the_kept_are_answered_first_and_in_order_the_first_in_place_of_the_notice(
    bot: Bot, telegram: Telegram, echo
):
    one = held()
    for text in ("/note first", "/note second"):
        telegram.writes(text)
    bot.polls(telegram)
    notice = last(telegram)["message_id"]
    over(one)
    telegram.writes("/note third")
    bot.polls(telegram)

    assert echo == ["first", "second", "third"]
    assert texts(telegram) == ["first", "second", "third"]
    assert said(telegram)[0]["message_id"] == notice
    assert {state for state, _ in states()} == {"done"}


def test_a_hold_ends_by_its_time_without_anybody(bot: Bot, telegram: Telegram, echo):
    held(minutes=5)
    telegram.writes("/note later")
    bot.polls(telegram)

    with clock.moved(timedelta(minutes=4, seconds=59)):
        assert bot.answers() == 0
    with clock.moved(timedelta(minutes=5)):
        bot.polls(telegram)
    assert texts(telegram) == ["later"]


def test_many_chats_are_told_once_each_and_answered_each_in_its_order(bot: Bot, telegram: Telegram, echo):
    people = [telegram, *(telegram.with_person(f"Person {n}") for n in range(4))]
    one = held()
    for text in ("a", "b"):
        for person in people:
            person.writes(f"/note {text}")
    bot.polls(telegram)
    assert Delivery.objects.filter(kind="notice").count() == len(people)
    over(one)
    bot.polls(telegram)

    assert [texts(person) for person in people] == [["a", "b"]] * len(people)


def test_money_that_moves_is_never_kept(bot: Bot, telegram: Telegram, echo, settings):
    settings.PAYMENTS_ENABLED = True
    telegram.writes("/start")
    bot.polls(telegram)
    customer = Customer.objects.get()
    offer = topups.start(customer, Decimal("50.00"), cid=cid.new())
    held()
    telegram.writes("/note kept")
    bot.polls(telegram)

    query = {"from": {"id": customer.telegram_id}, "id": "1", "currency": "XTR", "total_amount": offer.minor_amount}
    reply = inbox.store(
        b'{"update_id": 900000001, "pre_checkout_query": %s}'
        % json.dumps(query | {"invoice_payload": offer.payload}).encode()
    )
    paid = {"currency": "XTR", "total_amount": offer.minor_amount, "invoice_payload": offer.payload}
    paid |= {"telegram_payment_charge_id": "charge-1", "provider_payment_charge_id": ""}
    who = {"id": customer.telegram_id, "is_bot": False, "first_name": "Б"}
    chat = {"id": customer.telegram_id, "type": "private"}
    message = {"message_id": 1, "date": 1, "from": who, "chat": chat, "successful_payment": paid}
    bot.takes({"update_id": 900000002, "message": message})
    bot.polls(telegram)

    assert reply["ok"] is True
    assert TopUp.objects.get().state == "paid"
    assert ledger.available(customer) == Decimal("50.00")
    assert [state for state, _ in states()] == ["done", "new", "done", "done"]
    assert "50" in last(telegram)["text"]


def test_a_menu_looked_at_under_a_hold_does_not_put_away_the_order_that_was_kept(bot: Bot, telegram: Telegram):
    telegram.writes("/start")
    bot.polls(telegram)
    ledger.bonus(Customer.objects.get(), Decimal("50.00"), ref="bonus:test", cid=cid.new())
    model = AIModel.objects.get(key="z-image")
    telegram.presses(telegram.say("Карточка", f"start:{model.pk}"), f"start:{model.pk}")
    telegram.writes("Маяк")
    bot.polls(telegram)
    start = next(key["callback_data"] for key in keys(last(telegram)) if key["callback_data"].startswith("run:"))
    one = held()
    telegram.presses(last(telegram), start)
    telegram.writes("/menu")
    bot.polls(telegram)

    assert "Главное меню" in last(telegram)["text"]
    assert "Незаконченный" not in last(telegram)["text"]  # it waits to be started
    assert not Job.objects.exists()
    over(one)
    bot.polls(telegram)
    assert Job.objects.get().customer == Customer.objects.get()
    assert Dialog.objects.get().state == "idle"


def test_where_nothing_is_kept_the_menu_leaves_an_order_as_ever(bot: Bot, telegram: Telegram):
    telegram.writes("/start")
    bot.polls(telegram)
    model = AIModel.objects.get(key="z-image")
    telegram.presses(telegram.say("Карточка", f"start:{model.pk}"), f"start:{model.pk}")
    bot.polls(telegram)
    assert Dialog.objects.get().state == "wizard"

    held()
    telegram.writes("/menu")
    bot.polls(telegram)

    assert Dialog.objects.get().state == "idle"


def test_a_restart_in_between_loses_and_repeats_nothing(bot: Bot, telegram: Telegram, echo):
    one = held()
    telegram.writes("/note kept")
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    bot.answers()  # and dies before the notice is sent
    again = Bot()
    again.polls(telegram)
    again.polls(telegram)
    assert len(said(telegram)) == 1
    over(one)
    Bot().polls(telegram)

    assert (echo, texts(telegram)) == (["kept"], ["kept"])


def test_a_group_hears_nothing(bot: Bot, telegram: Telegram):
    held()
    who = {"id": 5, "is_bot": False, "first_name": "Г"}
    chat = {"id": -100, "type": "group", "title": "Г"}
    bot.takes({"update_id": 1, "message": {"message_id": 1, "date": 1, "from": who, "chat": chat, "text": "/note"}})
    bot.answers()

    assert states() == [("done", "OK")]
    assert not Delivery.objects.exists()


def test_kept_updates_do_not_fill_the_inbox(bot: Bot, telegram: Telegram, echo, settings):
    settings.INBOX_CAPACITY = 1
    held()
    telegram.writes("/note kept")
    bot.polls(telegram)

    with backlog.Backlog().room(1) as room:
        assert room.places == 1


def test_what_is_kept_while_the_hold_ends_is_answered_at_once(bot: Bot, telegram: Telegram, echo):
    one = held(minutes=60)
    telegram.writes("/note kept")
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    rows = bot.dispatch.queue.rows(clock.now())
    claimed = rows.get()  # under the hold, which ends before the update is kept
    over(one)
    bot.dispatch.step(claimed)
    bot.polls(telegram)

    assert echo == ["kept"]
