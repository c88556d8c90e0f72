"""What is told of money by itself: receipts, returns, corrections; and the order that waited for a payment goes on."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from bot import renders
from bot.handlers import asking
from bot.keeping import put_away
from bot.models import Delivery, DialogState
from bot.screen import Screen
from kie.models import AIModel, Job
from payments import ledger, refunds, topups
from payments.models import RefundState, TopUp, TopUpState
from reliability import cid, clock
from reliability.cid import support_code
from tests.bot.person import check

pytestmark = pytest.mark.django_db
WAYS = ["stars", "yookassa"]


def pays(one, rubles: int = 100, provider: str = "stars") -> TopUp:
    """The worker or Telegram has brought news of a payment of an offer."""
    offer = topups.start(one.customer, Decimal(rubles), provider=provider, cid=cid.new())
    topups.paid(
        offer, external_id=f"c-{offer.pk}", currency=offer.currency, minor_amount=offer.minor_amount, cid=offer.cid,
        provider=provider,
    )  # fmt: skip
    offer.refresh_from_db()
    return offer


def told(one, name: str = "", kind: str = "notice") -> Screen:
    """The newest thing that is told by itself, as it is sent now; it stands in the person's chat."""
    news = [row for row in Delivery.objects.filter(kind=kind).order_by("-pk") if row.payload.get("name", "") == name]
    screen = renders.render(news[0])
    check(screen)
    one.screen = screen
    return screen


def receipt(one) -> Screen:
    return told(one, kind="topup")


@pytest.fixture
def poor(person, page):
    """0.10 ₽ and an order that costs more; the ways to pay stand before them."""
    one = person("0.10")
    one.orders("z-image", "Рыжий кот на окне")
    assert one.tap("✅ Запустить").reason == "NO_FUNDS"
    return one


def test_a_receipt_has_sum_method_id_date_balance_and_code(anna, page):
    paid = pays(anna, 100, "yookassa")
    text = receipt(anna).text
    for part in (
        "пополнен на 100,00\u202f₽",
        "Способ: банковская карта или СБП (ЮKassa), 100\u202f₽",
        f"Платёж: <code>c-{paid.pk}</code>",
        "по Москве",
        "Доступно: <b>200,00\u202f₽",
        f"<code>{support_code(paid.cid)}</code>",
    ):
        assert part in text


def test_a_long_payment_id_is_cut_in_its_middle_and_another_sum_has_its_reason(anna, page):
    offer = topups.start(anna.customer, Decimal(100), provider="yookassa", cid=cid.new())
    payment = str(uuid.uuid4())
    TopUp.objects.filter(pk=offer.pk).update(state=TopUpState.PENDING, external_id=payment, paid_at=clock.now())
    topups.approve(offer.pk, by="admin:1", rubles=Decimal("90.00"), reason="В чеке <90>")
    text = receipt(anna).text
    assert "пополнен на 90,00" in text
    assert "В чеке &lt;90&gt;" in text
    assert payment not in text
    assert payment[:8] in text


@pytest.mark.parametrize("provider", WAYS)
def test_the_order_comes_back_by_itself_whatever_it_was_paid_by_and_starts_by_the_same_button(poor, provider):
    button = f"run:{poor.dialog.pk}:{poor.dialog.revision}"
    pays(poor, 50, provider)
    screen = receipt(poor)
    assert "Баланс пополнен на 50,00" in screen.text
    assert "Рыжий кот" in screen.text
    assert poor.data("✅ Запустить за 0,76") == button
    poor.tap("✅ Запустить")
    assert Job.objects.get().price == Decimal("0.76")


def test_an_order_comes_back_while_a_sum_of_ones_own_is_waited_for(poor):
    poor.tap("✏️ Другая сумма")
    pays(poor)
    assert "Рыжий кот" in receipt(poor).text
    poor.tap("✅ Запустить")
    assert Job.objects.count() == 1


@pytest.mark.parametrize("swept", [False, True])
def test_after_the_dialogs_day_the_money_is_told_and_the_order_is_not_brought_back(poor, swept):
    with clock.moved(asking.SILENCE):
        if swept:
            put_away()
        pays(poor)
        assert "Рыжий кот" not in receipt(poor).text
        assert "↩️ К моему заказу" not in poor.labels


def test_a_price_that_has_changed_meanwhile_is_shown_with_the_old_one_and_charged_only_after_a_tap_on_it(
    poor, settings
):
    settings.USD_RUB_RATE *= 10
    with clock.moved(timedelta(minutes=20)):
        pays(poor)
        screen = receipt(poor)
        assert "Цена заказа изменилась: была 0,76" in screen.text
        assert "✅ Запустить за 7,60\u202f₽" in poor.labels
        poor.tap("✅ Запустить")
        poor.tap("✅ Запустить")
    assert Job.objects.get().price == Decimal("7.60")


def test_within_its_time_the_price_stays_as_it_was_shown(poor, settings):
    settings.USD_RUB_RATE *= 10
    pays(poor)
    assert "Цена заказа изменилась" not in receipt(poor).text
    assert "✅ Запустить за 0,76\u202f₽" in poor.labels


def test_the_same_price_after_its_time_is_not_called_changed(poor):
    with clock.moved(timedelta(minutes=20)):
        pays(poor)
        assert "Цена заказа изменилась" not in receipt(poor).text
        assert "✅ Запустить за 0,76\u202f₽" in poor.labels


def test_a_model_that_was_withdrawn_meanwhile_is_said_to_be_and_the_money_stays(poor):
    AIModel.objects.filter(key="z-image").update(state="off")
    pays(poor)
    text = receipt(poor).text
    assert "Баланс пополнен на 100,00" in text
    assert "не прода" in text
    assert ledger.available(poor.customer) == Decimal("100.10")


def test_whoever_answers_another_order_meanwhile_is_not_torn_out_of_it(poor):
    poor.press(f"start:{AIModel.objects.get(key='google/nano-banana').pk}")
    asked = poor.screen.text
    pays(poor)
    assert "Рыжий кот" not in receipt(poor).text
    assert poor.dialog.state == DialogState.WIZARD
    assert asked.endswith(poor.tap("↩️ К моему заказу").text)


def test_what_is_still_not_enough_shows_the_new_gap_and_the_ways_to_close_it(person, page, settings):
    settings.USD_RUB_RATE *= 3
    one = person("0.10")
    one.orders("kling/v2-5-turbo-text-to-video-pro", "Море")
    one.tap("✅ Запустить")
    price = Decimal(one.dialog.quote["price"])
    assert price > Decimal("50.10")
    pays(one, 50)
    screen = receipt(one)
    assert "Баланс пополнен на 50,00" in screen.text
    assert "Не хватает" in screen.text
    assert one.data("₽").startswith("pay:")
    pays(one, 5000)
    receipt(one)
    one.tap("✅ Запустить")
    assert Job.objects.get().price == price


def test_several_payments_in_a_row_are_each_told_and_start_one_generation(poor):
    pays(poor, 50), pays(poor, 100), pays(poor, 200, "yookassa")
    rows = list(Delivery.objects.filter(kind="topup").order_by("pk"))
    screens = [renders.render(row) for row in rows]
    assert [part in screen.text for part, screen in zip(("50,00", "100,00", "200,00"), screens, strict=True)] == [
        True
    ] * 3
    starts = {button.data for screen in screens for row in screen.keys for button in row if "Запустить" in button.text}
    assert len(starts) == 1
    for screen in screens:
        poor.screen = screen
        poor.tap("✅ Запустить")
    assert Job.objects.count() == 1


@pytest.fixture
def refund(anna, page):
    paid = pays(anna, 100, "yookassa")
    return refunds.ask(paid.pk, Decimal("40.00"), by="admin:1", reason="Двойная <оплата>")


def test_a_return_that_is_done_says_how_much_by_what_and_why(anna, refund):
    assert not Delivery.objects.filter(kind="notice").exists()
    refunds.done(refund.pk, "back-1")
    refunds.done(refund.pk, "back-1")
    text = told(anna, "refund").text
    assert "Вернули вам 40,00\u202f₽" in text
    assert "ЮKassa), 40\u202f₽" in text
    assert "Двойная &lt;оплата&gt;" in text
    assert "Доступно: <b>160,00" in text
    assert Delivery.objects.filter(kind="notice").count() == 1


def test_a_return_that_was_refused_says_the_sum_is_on_the_balance_again_and_nothing_of_the_providers_words(
    anna, refund
):
    refunds.refused(refund.pk, "internal words")
    text = told(anna, "refund").text
    assert "Платёжный сервис отказал" in text
    assert "Не удалось вернуть 40,00" in text
    assert "снова на вашем балансе" in text
    assert "internal" not in text
    assert "Доступно: <b>200,00" in text
    assert refund.topup.refunds.get().state == RefundState.REFUSED
    assert Delivery.objects.filter(kind="notice").count() == 1  # the correction that gives it back is not told besides


def test_a_return_that_an_operator_could_not_send_is_told_with_their_reason_and_blames_no_service(anna, refund):
    refunds.bury(refund, "Send it back to the person by a bank transfer, then say here that it is done.")
    refunds.refused(refund.pk, "Карта <закрыта>", by="admin:2")
    text = told(anna, "refund").text
    assert "Не удалось вернуть 40,00" in text
    assert "Карта &lt;закрыта&gt;" in text
    assert "Сумма снова на вашем балансе." in text
    assert "сервис отказал" not in text


@pytest.mark.parametrize(
    ("move", "says"),
    [
        (lambda who, **how: ledger.adjust(who, Decimal(5), **how), "добавила на ваш баланс 5,00"),
        (lambda who, **how: ledger.adjust(who, Decimal(5), debit=True, **how), "списала с вашего баланса 5,00"),
        (lambda who, **how: ledger.payout(who, Decimal(5), **how), "выплачено с баланса 5,00"),
    ],
)
def test_what_support_moves_by_hand_is_told_once_with_its_reason(anna, move, says):
    for _ in range(2):
        move(anna.customer, ref="act:1", cid="01KQ0000000000000000007F3K", actor="admin:1", note="За <неудобство>")
    text = told(anna, "moved").text
    assert says in text
    assert "За &lt;неудобство&gt;" in text
    assert "0000-7F3K" in text
    assert Delivery.objects.count() == 1


def test_what_a_machine_corrects_is_not_told_as_supports_deed(anna):
    ledger.adjust(anna.customer, Decimal(5), ref="short:1", cid=cid.new(), actor="stars", note="returned, and spent")
    ledger.bonus(anna.customer, Decimal(5), ref="gift:1", cid=cid.new(), note="gift")
    assert not Delivery.objects.exists()


def test_a_correction_that_is_rolled_back_is_told_to_nobody(anna):
    with transaction.atomic():
        ledger.adjust(anna.customer, Decimal(5), ref="a:1", cid=cid.new(), actor="admin:1", note="x")
        assert Delivery.objects.exists()
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()
