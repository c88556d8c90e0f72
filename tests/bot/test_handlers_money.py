"""Balance, top-up by Stars, payments that come in and go back."""

from decimal import Decimal

import pytest

from bot import renders
from bot.events import Refunded
from bot.models import Delivery, DialogState
from payments import ledger
from payments.models import Kind, TopUp, TopUpState, Transfer
from tests.bot.person import check

pytestmark = pytest.mark.django_db


def test_an_amount_makes_a_bill_in_stars_with_a_row_behind_it(anna):
    anna.command("topup")
    screen = anna.tap("100\u202f₽")
    topup = TopUp.objects.get()
    assert screen.invoice.stars == 160
    assert screen.invoice.payload == topup.payload
    assert (topup.rubles, topup.state) == (100, TopUpState.CREATED)


def test_stars_are_credited_once_for_each_charge_and_told_once(anna):
    anna.command("topup")
    bill = anna.tap("100\u202f₽").invoice
    assert anna.pays(bill.payload, 160) is None
    assert anna.pays(bill.payload, 160) is None
    assert ledger.available(anna.customer) == 200
    told = Delivery.objects.get(kind=Delivery.Kind.TOPUP)
    screen = renders.render(told)
    check(screen)
    for part in ("пополнен на 100,00\u202f₽", "звёзды Telegram", "Доступно: <b>200,00\u202f₽"):
        assert part in screen.text
    assert "Проверьте заказ" not in screen.text


def test_a_payment_that_cannot_be_put_into_rubles_is_said_to_be_looked_at(anna):
    anna.command("topup")
    bill = anna.tap("100\u202f₽").invoice
    from bot.events import Paid

    screen = anna.does(Paid, payload=bill.payload, currency="EUR", amount=160, charge_id="strange")
    assert "Платёж получен" in screen.text
    assert ledger.available(anna.customer) == 100
    assert TopUp.objects.get(external_id="strange").state == TopUpState.PENDING


def test_a_charge_id_that_comes_again_with_another_sum_moves_nothing(anna):
    anna.command("topup")
    bill = anna.tap("100\u202f₽").invoice
    anna.pays(bill.payload, 160)
    assert "Платёж получен" in anna.pays(bill.payload, 1).text
    assert Transfer.objects.filter(kind=Kind.TOPUP).count() == 1


def test_stars_that_went_back_are_answered(anna):
    screen = anna.does(Refunded, payload="x", currency="XTR", amount=160, charge_id="c")
    assert "Вам вернули 160 ⭐" in screen.text


@pytest.mark.parametrize(
    ("written", "rubles"),
    [("300", "300"), ("1 250", "1250"), ("50 ₽", "50"), ("500 руб.", "500"), ("500,00", "500"), ("50000", "50000")],
)
def test_a_sum_may_be_written_as_people_write_sums(anna, written, rubles):
    anna.command("topup")
    anna.tap("✏️ Другая сумма")
    assert anna.say(written).invoice
    assert TopUp.objects.get().rubles == Decimal(rubles)
    assert anna.dialog.state == DialogState.IDLE


@pytest.mark.parametrize("written", ["", "49", "50001", "-100", "сто", "100.5", "1e3", "100 200 300 400", "9" * 40])
def test_what_is_no_sum_within_the_limits_is_explained_and_asked_again(anna, written):
    anna.command("topup")
    anna.tap("✏️ Другая сумма")
    screen = anna.say(written)
    assert screen.reason == "INVALID_INPUT"
    assert "от 50 до 50\u202f000" in screen.text
    assert not TopUp.objects.exists()
    assert anna.dialog.state == DialogState.TOPUP


def test_a_photo_is_no_sum(anna):
    anna.command("topup")
    anna.tap("✏️ Другая сумма")
    assert anna.photo(caption="300").reason == "INVALID_INPUT"


@pytest.mark.parametrize("data", ["topup", "own", "pay:100"])
def test_where_no_payments_are_taken_it_is_said_plainly(anna, settings, data):
    settings.PAYMENTS_ENABLED = False
    assert "Пополнение отключено" in anna.press(data).text
    assert not TopUp.objects.exists()
    assert "💳 Пополнить" not in (anna.command("balance"), anna.labels)[1]


def test_not_enough_money_where_no_payments_are_taken_offers_none(person, settings):
    settings.PAYMENTS_ENABLED = False
    anna = person("0.10")
    anna.orders("z-image")
    screen = anna.tap("✅ Запустить")
    assert "Пополнение отключено" in screen.text
    assert not any("⭐" in label for label in anna.labels)


def test_a_look_at_the_balance_leads_back_to_the_order(anna):
    anna.orders("z-image", "Рыжий кот")
    anna.command("balance")
    assert "Рыжий кот" in anna.tap("↩️ К моему заказу").text


def test_a_returned_price_is_told_as_one_movement(anna):
    anna.orders("z-image")
    anna.tap("✅ Запустить")
    anna.tap("❌ Отменить")
    text = anna.command("balance").text
    assert "↩️ 0,76\u202f₽, возврат из резерва: Z-Image" in text
    assert "⏳" not in text
