"""Bills in Stars: made once, shown and paid as often as one likes, credited once for each charge."""

from datetime import timedelta

import pytest

from bot import renders
from bot.events import Paid, Refunded
from bot.models import Delivery
from payments import ledger
from payments.models import Difference, Kind, Terms, TopUp, TopUpState, Transfer
from reliability import clock
from tests.bot.person import check

pytestmark = pytest.mark.django_db


def test_an_amount_makes_a_bill_in_stars_with_a_row_behind_it(anna):
    anna.command("topup")
    screen = anna.tap("100\u202f₽")
    topup = TopUp.objects.get()
    assert screen.invoice.stars == 160
    assert screen.invoice.payload == topup.payload
    assert (topup.rubles, topup.state) == (100, TopUpState.CREATED)


def test_three_quick_taps_on_a_sum_make_one_offer_which_may_be_shown_and_paid_as_often_as_one_likes(anna):
    bill = anna.press("pay:100").invoice
    for _ in range(2):
        assert "Счёт на <b>100\u202f₽</b> (160 ⭐) уже выставлен" in anna.press("pay:100").text
        assert anna.screen.invoice is None
    assert TopUp.objects.count() == 1

    again = anna.tap("🧾 Показать счёт ещё раз").invoice
    assert again.payload == bill.payload
    anna.pays(bill.payload, 160, "first")
    anna.pays(bill.payload, 160, "second")
    assert ledger.available(anna.customer) == 300

    assert anna.press("pay:100").invoice.payload != bill.payload  # what is paid stands no more


def test_another_sum_another_price_and_a_later_hour_have_offers_of_their_own(anna):
    first = anna.press("pay:100").invoice
    assert anna.press("pay:200").invoice
    Terms.objects.create(pk=1, stars_per_rub="2")
    dearer = anna.press("pay:100").invoice
    with clock.moved(timedelta(minutes=11)):
        later = anna.press("pay:100").invoice
    assert len({first.payload, dearer.payload, later.payload}) == 3
    assert anna.press(f"bill:{TopUp.objects.order_by('pk').first().pk}").invoice.stars == 160


def test_a_bill_that_was_paid_or_is_anothers_is_not_shown_again(anna, person):
    payload = anna.press("pay:100").invoice.payload
    pk = TopUp.objects.get().pk
    assert person().press(f"bill:{pk}").reason == "EXPIRED_BUTTON"
    anna.pays(payload, 160)
    assert anna.press(f"bill:{pk}").invoice is None


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
    screen = anna.does(Paid, payload=bill.payload, currency="EUR", amount=160, charge_id="strange")
    assert "Платёж получен" in screen.text
    assert ledger.available(anna.customer) == 100
    assert TopUp.objects.get(external_id="strange").state == TopUpState.PENDING


@pytest.mark.parametrize("other", ["sum", "payer"])
def test_a_charge_id_that_comes_again_with_another_sum_or_payer_moves_nothing_and_is_a_line(anna, person, other):
    anna.command("topup")
    bill = anna.tap("100\u202f₽").invoice
    anna.pays(bill.payload, 160)
    again = anna.pays(bill.payload, 1) if other == "sum" else person().pays(bill.payload, 160)
    assert "Платёж получен" in again.text
    assert Transfer.objects.filter(kind=Kind.TOPUP).count() == 1
    line = Difference.objects.open().get()
    assert (line.kind, line.customer, line.topup) == ("ref_conflict", anna.customer, TopUp.objects.get())
    assert line.facts["paid"] == (1 if other == "sum" else 160)


def test_stars_that_went_back_are_answered(anna):
    screen = anna.does(Refunded, payload="x", currency="XTR", amount=160, charge_id="c")
    assert "Вам вернули 160 ⭐" in screen.text
