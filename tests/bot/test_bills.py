"""Bills on a provider's page, in the chat: promised, made, paid, ended; each word in the place of the one before."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.models import Delivery
from payments import ledger, paying, topups
from payments.models import Customer, TopUp, TopUpState, Transfer
from reliability import cid, clock
from reliability.due import run_due
from tests.bot.chat import Bot, last
from tests.sandbox.telegram_side import Telegram

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("dispatch")]


@pytest.fixture
def asked(bot: Bot, telegram: Telegram, page) -> Any:
    """The person has chosen 100 ₽ by the page, and looks at «Готовим счёт…»."""
    telegram.writes("/topup")
    bot.polls(telegram)
    telegram.presses(last(telegram), "pay:100")
    bot.polls(telegram)
    telegram.presses(last(telegram), "by:yookassa:100")
    bot.polls(telegram)
    return last(telegram)


def works(bot: Bot, moved: timedelta = timedelta(0)) -> None:
    """The worker does what is due, and the bot says what comes of it."""
    with clock.moved(moved):
        TopUp.objects.unpaid().nudge()
        run_due(paying.QUEUE, bot.me)
        while bot.sends():
            pass


def buttons(message: dict[str, Any]) -> list[dict[str, str]]:
    return [button for row in message.get("reply_markup", {}).get("inline_keyboard", []) for button in row]


def said(telegram: Telegram) -> int:
    return len(telegram.chat()["messages"])


def test_the_bill_takes_the_place_of_the_promise_and_leads_to_the_page(bot, telegram, page, asked):
    assert "Готовим счёт" in asked["text"]
    before = said(telegram)
    works(bot)

    bill = telegram.sees(asked["message_id"])
    assert "Счёт на 100\u202f₽ готов" in bill["text"]
    assert "по Москве" in bill["text"]
    assert buttons(bill)[0] == {"text": "💳 Оплатить 100\u202f₽", "url": TopUp.objects.get().url}
    assert said(telegram) == before


def test_a_bill_for_whoever_has_gone_on_comes_in_a_message_of_its_own(bot, telegram, page, asked):
    telegram.presses(asked, "menu")
    bot.polls(telegram)
    works(bot)

    assert "Главное меню" in telegram.sees(asked["message_id"])["text"]
    assert "Счёт на 100" in last(telegram)["text"]


def test_a_paid_bill_loses_its_button_and_the_receipt_comes_below(bot, telegram, page, asked):
    works(bot)
    page.paid = True
    works(bot)

    closed = telegram.sees(asked["message_id"])
    assert "оплачен" in closed["text"]
    assert not any("url" in button for button in buttons(closed))
    assert "Баланс пополнен на 100,00" in last(telegram)["text"]
    assert last(telegram)["message_id"] != asked["message_id"]


def test_a_bill_that_was_left_by_a_key_of_its_own_is_not_written_over(bot, telegram, page, asked):
    works(bot)
    telegram.presses(telegram.sees(asked["message_id"]), "topup")
    bot.polls(telegram)
    page.paid = True
    works(bot)

    assert "Выберите сумму" in telegram.sees(asked["message_id"])["text"]
    assert "Баланс пополнен" in last(telegram)["text"]


def test_a_bill_that_was_deleted_is_not_closed_aloud(bot, telegram, page, asked):
    works(bot)
    telegram.ok("deleteMessage", chat_id=telegram.user, message_id=asked["message_id"])
    before = said(telegram)
    works(bot, topups.OFFER_LASTS)

    assert TopUp.objects.get().state == TopUpState.EXPIRED
    assert said(telegram) == before


def test_an_expired_bill_says_so_in_its_place_without_a_new_message(bot, telegram, page, asked):
    works(bot)
    before = said(telegram)
    works(bot, topups.OFFER_LASTS)

    closed = telegram.sees(asked["message_id"])
    assert "больше не действует" in closed["text"]
    assert not any("url" in button for button in buttons(closed))
    assert said(telegram) == before


def test_a_provider_that_makes_no_bill_is_not_quoted_and_other_ways_are_there_at_once(bot, telegram, page, asked):
    page.refuses = True
    works(bot)

    told = telegram.sees(asked["message_id"])
    assert "Не удалось выставить счёт" in told["text"]
    assert "internal" not in told["text"]
    assert "Ничего не списано" in told["text"]
    assert buttons(told)[0]["callback_data"] == "by:stars:100"


def test_a_bill_that_nobody_could_have_made_in_an_hour_is_not_waited_for(bot, telegram, page, asked):
    works(bot, topups.OFFER_LASTS)
    assert "Не удалось выставить счёт" in telegram.sees(asked["message_id"])["text"]


def test_an_operators_no_is_told_with_the_reason_in_a_message_of_its_own(bot, telegram, page, asked):
    works(bot)
    topups.reject(TopUp.objects.get().pk, by="admin:1", reason="Чек от <другого> платежа")
    works(bot)

    assert "больше не действует" in telegram.sees(asked["message_id"])["text"]
    told = last(telegram)
    assert "не принято" in told["text"]
    assert "Чек от <другого> платежа" in told["text"]
    assert {"by:stars:100", "topup", "support"} <= {button.get("callback_data") for button in buttons(told)}


def test_i_have_paid_asks_the_provider_at_once_and_says_what_is_so(bot, telegram, page, asked):
    works(bot)
    found = TopUp.objects.get()
    TopUp.objects.update(due_at=clock.now() + timedelta(minutes=1))
    telegram.presses(telegram.sees(asked["message_id"]), f"paid:{found.pk}")
    bot.polls(telegram)
    assert "Спрашиваем платёжный сервис" in telegram.sees(asked["message_id"])["text"]
    found.refresh_from_db()
    assert found.due_at <= clock.now()

    page.paid = True
    works(bot)
    assert ledger.available(Customer.objects.get()) == 100


def test_money_that_waits_for_an_operator_is_told_to_have_come(bot, telegram, page, asked):
    works(bot)
    offer = TopUp.objects.get()
    topups.paid(offer, external_id="odd", currency="EUR", minor_amount=3, cid=cid.new(), provider=page.name)
    works(bot)
    assert "Платёж получен" in last(telegram)["text"]
    assert not Transfer.objects.exists()


def test_nothing_is_said_of_an_offer_in_stars_that_nobody_paid(bot, telegram, page):
    offer = topups.start(Customer.objects.get_or_create(telegram_id=telegram.user)[0], Decimal(100), cid=cid.new())
    topups.expire(offer.pk)
    assert not Delivery.objects.exists()


def test_the_bill_of_a_double_tap_takes_the_place_of_the_promise_too(bot, telegram, page, asked):
    telegram.presses(asked, "topup")
    bot.polls(telegram)
    telegram.presses(last(telegram), "pay:100")
    bot.polls(telegram)
    telegram.presses(last(telegram), "by:yookassa:100")
    bot.polls(telegram)
    before = said(telegram)
    works(bot)

    assert "Счёт на 100" in telegram.sees(asked["message_id"])["text"]
    assert (said(telegram), len(page.made)) == (before, 1)
