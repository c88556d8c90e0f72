"""Ways to pay: which are open to whom, at what price, in what order; and where there is but one, nobody is asked."""

import pytest

from bot.handlers import topup as handler
from bot.models import DialogState
from bot.screen import Screen
from bot.screens import frame
from payments import ways
from payments.models import Method, TopUp

pytestmark = pytest.mark.django_db


def test_where_there_is_one_way_to_pay_nobody_is_asked_which_and_its_price_stands_on_the_sum(anna):
    anna.command("topup")
    assert "100\u202f₽ • 160 ⭐" in anna.labels
    assert anna.tap("100\u202f₽").invoice


def test_where_there_are_several_each_has_its_price_in_its_own_currency(anna, page):
    anna.command("topup")
    assert "100\u202f₽" in anna.labels
    anna.tap("100\u202f₽")
    assert anna.labels[:2] == ["⭐ Звёзды Telegram • 160 ⭐", "💳 Карта или СБП • 100\u202f₽"]
    assert not TopUp.objects.exists()
    assert anna.tap("⭐").invoice.stars == 160


def test_each_way_is_said_to_have_a_price_of_its_own_only_where_prices_differ(anna, page, settings):
    settings.PAYMENT_PHONE, settings.PAYMENT_BANK = "+7 900 000-00-00", "Банк"
    assert "У каждого способа своя цена" in anna.press("pay:100").text

    Method.objects.create(provider="stars", on=False)
    Method.objects.create(provider="manual", on=True, warning_read_by="operator")
    assert [one.name for one in ways.open_to("ru")] == ["manual", page.name]
    assert "У каждого способа своя цена" not in anna.press("pay:100").text


def test_a_sum_of_ones_own_is_asked_by_which_way_and_the_order_comes_back_to_its_place(anna, page):
    anna.orders("z-image")
    anna.command("topup")
    anna.tap("✏️ Другая сумма")
    anna.say("333")
    assert "Как оплатить 333" in anna.screen.text
    assert anna.dialog.state == DialogState.CONFIRM
    anna.tap("💳 Карта")
    assert (TopUp.objects.get().rubles, TopUp.objects.get().provider) == (333, page.name)


@pytest.mark.parametrize(("ru", "en", "language"), [(True, False, "en"), (False, True, "ru")])
def test_a_way_is_hidden_from_a_language_and_what_is_left_needs_no_choice(person, page, ru, en, language):
    Method.objects.filter(provider=page.name).update(ru=ru, en=en)
    one = person(language=language)
    one.command("topup")
    one.press("pay:100")
    assert one.screen.invoice


@pytest.mark.parametrize("how", [{"on": False}, {"ru": False}])
def test_stars_may_be_closed_too_and_where_nothing_is_open_it_is_said(anna, how):
    Method.objects.create(provider="stars", **{"on": True, **how})
    assert "способы оплаты закрыты" in anna.command("topup").text
    assert "способы оплаты закрыты" in anna.press("pay:100").text
    assert not TopUp.objects.exists()


def test_a_provider_without_its_credentials_is_not_offered(anna, page):
    page.on = False
    anna.command("topup")
    assert anna.tap("100\u202f₽").invoice


def test_the_operator_puts_the_ways_in_order(anna, page):
    Method.objects.create(provider="stars", on=True, place=20)
    assert [one.name for one in ways.open_to("ru")] == [page.name, "stars"]


def test_a_button_of_a_way_that_has_been_closed_leads_to_those_that_are_open(anna, page):
    anna.press("pay:100")
    Method.objects.filter(provider=page.name).update(on=False)
    screen = anna.tap("💳 Карта")
    assert "больше не доступен" in screen.text
    assert screen.invoice.stars == 160


def test_details_of_a_way_that_is_neither_stars_nor_a_page_come_from_its_own_handler(anna, page, monkeypatch):
    page.invoices = False
    monkeypatch.setitem(handler.SHOWN_BY, page.name, details_of)
    assert anna.press("by:yookassa:100").text == "Реквизиты: 100.00"


def details_of(event, topup):
    return Screen(f"Реквизиты: {topup.rubles}", [[frame.menu()]])
