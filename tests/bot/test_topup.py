"""Top-up: which sums are offered, taken and refused, and what each buys."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bot.models import DialogState
from bot.screens import topup
from bot.screens.words import rubles as words_of
from kie import pricing, tariff
from kie.models import AIModel
from payments.models import Terms, TopUp

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", ["topup", "pay:100", "by:stars:100"])
def test_a_screen_of_sums_reads_the_terms_once(anna, key):
    with CaptureQueriesContext(connection) as asked:
        anna.press(key)
    assert sum('FROM "payments_terms"' in one["sql"] for one in asked) == 1


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
    price = pricing.quote(image, {}, tariff.now()).price
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
