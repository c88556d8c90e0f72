"""A bill on a provider's page after it is made: how it stands now, what came of it, and where questions about it go."""

from datetime import timedelta

import pytest

from bot import renders
from bot.models import Delivery
from payments import ledger, topups
from payments.models import TopUp
from payments.providers import DECLINED, Invoice
from reliability import clock
from reliability.cid import support_code
from tests.bot.person import check

pytestmark = pytest.mark.django_db


def test_a_second_tap_shows_the_bill_that_stands_and_makes_no_other(anna, page):
    anna.press("by:yookassa:100")
    anna.press("by:yookassa:100")
    assert "Готовим счёт" in anna.screen.text
    assert TopUp.objects.count() == 1
    with clock.moved(timedelta(minutes=11)):
        anna.press("by:yookassa:100")
    assert TopUp.objects.count() == 2


@pytest.fixture
def billed(anna, page):
    """Anna has a bill of 100 ₽ on a page."""
    anna.press("by:yookassa:100")
    found = TopUp.objects.get()
    topups.billed(found.pk, Invoice("inv-1", "https://pay.example/1"))
    return found


def arrives(found, **how):
    how = {"currency": "RUB", "minor_amount": 10_000} | how
    return topups.paid(found, external_id="pay-1", cid=found.cid, provider=found.provider, **how)


def test_a_bill_that_was_made_before_the_second_tap_is_shown_at_once(anna, billed):
    screen = anna.press("by:yookassa:100")
    assert [button.url for row in screen.keys for button in row if button.url] == ["https://pay.example/1"]
    assert TopUp.objects.count() == 1


def test_an_old_key_of_a_bill_says_how_it_stands_now(anna, billed):
    key = f"paid:{billed.pk}"
    assert "Спрашиваем платёжный сервис" in anna.press(key).text
    arrives(billed)
    assert "Баланс пополнен на 100,00" in anna.press(key).text
    assert ledger.available(anna.customer) == 200


def test_an_old_key_of_a_bill_that_has_expired_leads_to_a_new_one(anna, billed):
    topups.expire(billed.pk)
    assert "больше не действует" in anna.press(f"paid:{billed.pk}").text
    assert "💳 Новый счёт" in anna.labels
    assert not any(button.url for row in anna.screen.keys for button in row)


def test_an_old_key_of_a_bill_that_was_refused_says_why(anna, billed):
    topups.reject(billed.pk, by="admin:1", reason="Не та сумма")
    assert "Причина: Не та сумма" in anna.press(f"paid:{billed.pk}").text
    assert "⭐ Звёзды Telegram • 160 ⭐" in anna.labels


def test_nobody_looks_at_anothers_bill(person, billed):
    assert person().press(f"paid:{billed.pk}").reason == "EXPIRED_BUTTON"


def test_questions_about_payments_show_the_last_ones_with_their_codes_and_no_offers(anna, billed):
    anna.press("pay:50")
    anna.press("by:stars:50")
    text = anna.command("paysupport").text
    assert text.count("<code>") == 2
    assert f"100,00\u202f₽, банковская карта или СБП (ЮKassa): ждёт оплаты <code>{support_code(billed.cid)}" in text
    arrives(billed)
    assert ": зачислен <code>" in anna.command("paysupport").text
    assert str(anna.customer.telegram_id) in text
    assert anna.tap("📄 Условия")


def test_the_terms_of_sale_say_how_digital_goods_are_paid_what_goes_back_and_whose_service_it_is(person):
    ru, en = person().command("terms").text, person(language="en").command("terms").text
    assert all(part in ru for part in ("звёздами Telegram", "можно вернуть", "/paysupport", "владелец этого бота"))
    assert all(part in en for part in ("Telegram Stars", "can be returned", "/paysupport", "owner of this bot"))


def test_an_underpaid_bill_tells_what_was_asked_what_came_and_what_to_do(anna, billed):
    arrives(billed, minor_amount=6_050)
    screen = renders.render(Delivery.objects.get(kind=Delivery.Kind.TOPUP))
    check(screen)
    for part in (
        "Пришло меньше, чем было в счёте",
        "В счёте: 100\u202f₽",
        "Пришло: 60,50\u202f₽",
        "Зачислено: 60,50\u202f₽",
        "Доплатите остаток",
    ):
        assert part in screen.text
    assert "💳 Пополнить" in [button.text for row in screen.keys for button in row]


def test_a_bill_that_was_paid_as_asked_says_nothing_of_another_sum(anna, billed):
    arrives(billed)
    assert "Пришло" not in renders.render(Delivery.objects.get(kind=Delivery.Kind.TOPUP)).text


@pytest.mark.parametrize("why", DECLINED)
def test_a_bill_that_its_provider_declined_says_so_and_why_in_words(anna, billed, why):
    topups.reject(billed.pk, by="yookassa", reason=why)

    told = {one.dedup_key.rpartition(":")[2]: renders.render(one) for one in Delivery.objects.filter(kind="notice")}
    check(told["rejected"])
    assert "Платёж на 100\u202f₽ отклонён" in told["rejected"].text
    assert f"\n{why}\n" not in told["rejected"].text
    assert "Деньги не списаны" in told["rejected"].text
    assert "больше не действует" not in told["rejected"].text
