"""Links into the bot, followed in a real chat at the local Telegram: from the update to what the person reads."""

from decimal import Decimal

import pytest
from django.core.cache import cache

from bot import telegram as ours
from bot.models import Update
from payments import invites, ledger
from payments.models import Customer, Invite, PromoCode, Terms
from reliability import instance
from reliability.due import run_due
from tests.bot.chat import Bot, last
from tests.bot.held import NOTICE, held, over, states
from tests.payments.own_money import spends, tops_up
from tests.sandbox.telegram_side import Telegram

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("dispatch")]


def customer(telegram: Telegram) -> Customer:
    return Customer.objects.get(telegram_id=telegram.user)


def link_of(telegram: Telegram, bot: Bot) -> str:
    """The link as the person reads it in the chat."""
    telegram.writes("/invite")
    bot.polls(telegram)
    word = next(word for word in last(telegram)["text"].split() if word.startswith("https://t.me/"))
    name, _, argument = word.removeprefix("https://t.me/").partition("?start=")
    assert name == telegram.ok("getMe")["username"]
    return argument


def test_a_friend_who_follows_the_link_is_counted_and_their_result_rewarded_and_told(bot: Bot, telegram: Telegram):
    cache.clear()
    ours.learn_name()
    argument = link_of(telegram, bot)
    friend = telegram.with_person("Вера")
    friend.writes(f"/start {argument}")
    friend.writes(f"/start {argument}")
    bot.polls(telegram)
    vera = customer(friend)

    assert vera.invited_by == customer(telegram)
    assert "Здравствуйте, Вера" in last(friend)["text"]

    tops_up(vera, "50.00")
    spends(vera, "5.00", "1")
    invites.earned(vera)
    instance.beat("worker")
    run_due(invites.QUEUE, instance.me())
    bot.polls(telegram)

    assert "25,00\u202f₽ за друга" in last(telegram)["text"]


def test_who_was_here_before_is_nobodys_friend(bot: Bot, telegram: Telegram):
    ours.learn_name()
    argument = link_of(telegram, bot)
    known = telegram.with_person("Глеб")
    known.writes("/start")
    bot.polls(telegram)
    known.writes(f"/start {argument}")
    bot.polls(telegram)

    assert customer(known).invited_by is None
    assert not Invite.objects.exists()


def test_a_newcomer_by_a_promo_link_hears_of_the_welcome_and_of_the_code(bot: Bot, telegram: Telegram):
    Terms.objects.create(pk=1, welcome_rub=15)
    PromoCode.objects.create(code="HELLO", rubles=Decimal("10.00"))
    telegram.writes("/start promo_hello")
    bot.polls(telegram)

    text = last(telegram)["text"]
    assert "Для начала у вас есть 15,00\u202f₽" in text
    assert "Баланс пополнен на 10\u202f₽" in text
    assert ledger.available(customer(telegram)) == Decimal("25.00")


def test_one_link_followed_three_times_and_delivered_twice_gives_once(bot: Bot, telegram: Telegram):
    Terms.objects.create(pk=1, gift_on=True)
    for _ in range(3):
        telegram.writes("/start gift")
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
        bot.takes(update)  # again
    bot.polls(telegram)

    assert Update.objects.count() == 3
    assert customer(telegram).transfers.count() == 1
    assert "Подарок вы уже получили" in last(telegram)["text"]


def test_under_a_hold_a_link_that_moves_money_is_kept_and_an_invitation_is_not_lost(bot: Bot, telegram: Telegram):
    ours.learn_name()
    argument = link_of(telegram, bot)
    PromoCode.objects.create(code="HELLO", rubles=Decimal("10.00"))
    friend = telegram.with_person("Вера")
    one = held()
    friend.writes(f"/start {argument}")
    telegram.writes("/start promo_hello")
    bot.polls(telegram)

    assert customer(friend).invited_by == customer(telegram)
    assert NOTICE in last(telegram)["text"]
    assert ledger.available(customer(telegram)) == 0
    assert ("new", "PASSIVE") in states()

    over(one)
    bot.polls(telegram)

    assert "Баланс пополнен на 10\u202f₽" in last(telegram)["text"]
    assert ledger.available(customer(telegram)) == Decimal("10.00")


def test_a_blocked_person_is_told_so_and_gets_nothing(bot: Bot, telegram: Telegram):
    PromoCode.objects.create(code="HELLO", rubles=Decimal("10.00"))
    telegram.writes("/start")
    bot.polls(telegram)
    Customer.objects.update(blocked=True)
    telegram.writes("/start promo_HELLO")
    bot.polls(telegram)

    assert "закрыт" in last(telegram)["text"]
    assert ledger.available(customer(telegram)) == 0


def test_a_bot_without_a_name_yet_says_that_the_link_is_being_made(bot: Bot, telegram: Telegram):
    cache.clear()
    telegram.writes("/invite")
    bot.polls(telegram)

    assert "Ссылка готовится" in last(telegram)["text"]
