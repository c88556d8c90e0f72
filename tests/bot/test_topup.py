"""Top-up: sums and what they buy, ways to pay, bills in Stars, payments that come in and go back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bot import renders
from bot.events import Refunded
from bot.handlers import topup as handler
from bot.models import Delivery, DialogState
from bot.screen import Screen
from bot.screens import frame, topup
from bot.screens.words import rubles as words_of
from kie import pricing
from kie.models import AIModel
from payments import ledger, topups, ways
from payments.models import Kind, Method, Terms, TopUp, TopUpState, Transfer
from payments.providers import DECLINED, Invoice
from reliability import clock
from reliability.cid import support_code
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


@pytest.mark.parametrize("key", ["topup", "pay:100", "by:stars:100"])
def test_a_screen_of_sums_reads_the_terms_once(anna, key):
    with CaptureQueriesContext(connection) as asked:
        anna.press(key)
    assert sum('FROM "payments_terms"' in one["sql"] for one in asked) == 1


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


@pytest.mark.parametrize("data", ["pay:49", "pay:50001", "by:yookassa:49", "by:stars:0", "by:nobody:2147483647"])
def test_no_button_tops_up_by_more_or_less_than_the_terms_allow(anna, page, data):
    assert anna.press(data).reason in {"INVALID_INPUT", "EXPIRED_BUTTON"}
    assert "Такая сумма не подходит" in anna.screen.text
    assert not TopUp.objects.exists()
    assert "Как оплатить 300" in anna.say("300").text


def test_the_operators_limits_choose_the_sums(anna):
    Terms.objects.create(least_rub=100, greatest_rub=1000)
    anna.command("topup")
    assert [label.split(" •")[0] for label in anna.labels[:5]] == [
        "100\u202f₽", "200\u202f₽", "500\u202f₽", "1\u202f000\u202f₽", "✏️ Другая сумма"
    ]  # fmt: skip


def test_what_a_sum_buys_is_counted_from_what_is_sold_and_said_to_be_about(anna):
    AIModel.objects.filter(category__in=["image", "video"]).exclude(
        key__in=["z-image", "kling/v2-5-turbo-text-to-video-pro"]
    ).update(state="off")
    image = AIModel.objects.get(key="z-image")
    price = pricing.quote(image, {}).price
    text = anna.command("topup").text
    assert "На что примерно хватит" in text
    many = int(50 / price)
    assert f"50\u202f₽: {many // 10 ** (len(str(many)) - 2) * 10 ** (len(str(many)) - 2)} картин" in text
    assert f"картинка {words_of(price)}" in text


def test_what_is_not_sold_is_not_promised(anna):
    AIModel.objects.filter(category__in=["image", "video"]).update(state="off")
    text = anna.command("topup").text
    assert "примерно хватит" not in text
    assert "картин" not in text


@pytest.mark.parametrize(
    ("sum_rubles", "usual", "says"),
    [
        (100, topup.Usual(Decimal("0.76"), Decimal("45")), "100\u202f₽: 130 картинок или 2 видео"),
        (50, topup.Usual(Decimal("0.76"), Decimal("51")), "50\u202f₽: 65 картинок"),
        (5000, topup.Usual(Decimal("0.76"), None), "5\u202f000\u202f₽: 6\u202f500 картинок"),
        (50, topup.Usual(Decimal("51"), Decimal("52")), ""),
        (50, topup.Usual(Decimal("50"), Decimal("50")), "50\u202f₽: 1 картинка или 1 видео"),
    ],
)
def test_what_a_sum_buys_is_rounded_down(russian, sum_rubles, usual, says):
    assert topup._worth(sum_rubles, usual) == says


def test_a_second_tap_shows_the_bill_that_stands_and_makes_no_other(anna, page):
    anna.press("by:yookassa:100")
    anna.press("by:yookassa:100")
    assert "Готовим счёт" in anna.screen.text
    assert TopUp.objects.count() == 1
    with clock.moved(timedelta(minutes=11)):
        anna.press("by:yookassa:100")
    assert TopUp.objects.count() == 2


def test_details_of_a_way_that_is_neither_stars_nor_a_page_come_from_its_own_handler(anna, page, monkeypatch):
    page.invoices = False
    monkeypatch.setitem(handler.SHOWN_BY, page.name, details_of)
    assert anna.press("by:yookassa:100").text == "Реквизиты: 100.00"


def details_of(event, topup):
    return Screen(f"Реквизиты: {topup.rubles}", [[frame.menu()]])


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
