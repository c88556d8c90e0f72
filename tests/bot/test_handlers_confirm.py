"""The one tap that spends money: once, at the price that was shown, or not at all."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from bot import renders
from bot.models import Delivery, DialogState
from kie.models import AIModel, Job, JobState, Override
from payments import ledger
from payments.models import Kind, Terms, TopUp, Transfer
from reliability import clock
from tests.bot.person import check

pytestmark = pytest.mark.django_db


def test_twenty_taps_on_start_are_one_job_and_one_hold_and_each_is_answered(anna):
    anna.orders("z-image")
    run = anna.data("✅ Запустить")
    answers = [anna.press(run) for _ in range(20)]
    assert Job.objects.count() == Transfer.objects.filter(kind=Kind.HOLD).count() == 1
    assert all("В очереди" in screen.text for screen in answers)
    assert [screen.tracks for screen in answers] == [Job.objects.get().pk, *[None] * 19]
    assert {screen.reason for screen in answers[1:]} == {"DUPLICATE"}


def test_a_message_after_the_start_belongs_to_no_order(anna):
    anna.orders("z-image")
    anna.tap("✅ Запустить")
    assert anna.dialog.state == DialogState.IDLE
    assert "Начнём с выбора модели" in anna.say("и ещё собаку").text


@pytest.mark.django_db(transaction=True)
def test_taps_from_two_devices_at_once_are_one_job(person):
    anna = person("100.00")
    anna.orders("z-image")
    run, failures = anna.data("✅ Запустить"), []

    def tap() -> None:
        try:
            anna.press(run)
        except Exception as trouble:  # noqa: BLE001 (the test judges it)
            failures.append(trouble)
        finally:
            connection.close()

    threads = [threading.Thread(target=tap) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert Job.objects.count() == 1
    assert ledger.held(anna.customer) == Decimal("0.76")


def test_later_taps_show_how_the_job_has_ended(anna):
    anna.orders("z-image")
    run = anna.data("✅ Запустить")
    anna.press(run)
    anna.tap("❌ Отменить")
    assert "🚫 Отменено" in anna.press(run).text
    assert Job.objects.count() == 1


def test_the_button_of_an_old_confirmation_starts_nothing_and_shows_the_current_one(anna):
    anna.orders("z-image")
    old = anna.data("✅ Запустить")
    anna.tap("✏️ Изменить")
    anna.say("Синий кит")
    screen = anna.press(old)
    assert not Job.objects.exists()
    assert screen.reason == "EXPIRED_BUTTON"
    assert "из старого сообщения" in screen.text
    assert "Синий кит" in screen.text
    anna.tap("✅ Запустить")
    assert Job.objects.get().input["prompt"] == "Синий кит"


def test_another_persons_confirmation_cannot_be_started(anna, person):
    anna.orders("z-image")
    run, boris = anna.data("✅ Запустить"), person("50.00", name="Борис")
    assert boris.press(run).reason == "EXPIRED_BUTTON"
    assert not Job.objects.exists()


def test_the_charge_is_the_price_that_was_shown_though_the_rate_has_moved(anna, settings):
    anna.orders("z-image")
    settings.USD_RUB_RATE *= 2
    with clock.moved(timedelta(minutes=14)):
        anna.tap("✅ Запустить")
    assert Job.objects.get().price == Decimal("0.76")


def test_after_fifteen_minutes_the_tap_shows_the_new_price_instead_of_running(anna, settings):
    anna.orders("z-image")
    old = anna.data("✅ Запустить")
    settings.USD_RUB_RATE *= 2
    with clock.moved(timedelta(minutes=15)):
        screen = anna.press(old)
        assert not Job.objects.exists()
        assert "цена изменилась" in screen.text
        assert "1,52\u202f₽" in screen.text
        anna.tap("✅ Запустить")
    assert Job.objects.get().price == Decimal("1.52")


def test_after_fifteen_minutes_an_unchanged_price_is_said_to_be_unchanged(anna):
    anna.orders("z-image")
    with clock.moved(timedelta(minutes=15)):
        assert "она прежняя" in anna.tap("✅ Запустить").text
        anna.tap("✅ Запустить")
    assert Job.objects.get().price == Decimal("0.76")


def test_a_model_withdrawn_meanwhile_is_not_started(anna):
    anna.orders("z-image")
    Override.objects.create(model=AIModel.objects.get(key="z-image"), off=True, reason="test")
    assert "больше не продаётся" in anna.tap("✅ Запустить").text
    assert not Job.objects.exists()
    assert anna.dialog.state == DialogState.IDLE


def test_not_enough_money_names_the_gap_keeps_the_order_and_the_same_button_works_after_the_top_up(person):
    anna = person("10.00")
    anna.orders("kling/v2-5-turbo-text-to-video-pro")
    run, revision = anna.data("✅ Запустить"), anna.dialog.revision
    screen = anna.tap("✅ Запустить")
    assert screen.reason == "NO_FUNDS"
    assert "Не хватает 29,90\u202f₽" in screen.text
    assert anna.labels[:2] == ["50\u202f₽ • 80 ⭐", "100\u202f₽ • 160 ⭐"]
    assert (anna.dialog.state, anna.dialog.revision) == (DialogState.CONFIRM, revision)
    assert (Job.objects.count(), ledger.available(anna.customer)) == (0, 10)

    bill = anna.tap("50\u202f₽").invoice
    assert bill.stars == 80
    anna.pays(bill.payload, bill.stars)
    told = Delivery.objects.get(kind=Delivery.Kind.TOPUP)
    again = renders.render(told)
    check(again)
    assert "Баланс пополнен на 50,00\u202f₽" in again.text
    assert "Проверьте заказ" in again.text
    assert again.keys[0][0].data == run
    anna.press(run)
    assert Job.objects.get().price == Decimal("39.90")
    assert ledger.available(anna.customer) == Decimal("20.10")


def test_a_sum_of_ones_own_keeps_the_order_too(person):
    anna = person("1.00")
    anna.orders("nano-banana-pro")
    run = anna.data("✅ Запустить")
    anna.press(run)
    anna.tap("✏️ Другая сумма")
    assert anna.say("много").reason == "INVALID_INPUT"
    assert anna.say("49").reason == "INVALID_INPUT"
    assert anna.say("1 250 ₽").invoice.stars == 2000
    assert TopUp.objects.get().rubles == 1250
    assert anna.press(run).reason == "NO_FUNDS"


def test_a_gap_above_the_usual_sums_is_offered_exactly(person):
    from bot.screens.topup import closing

    assert closing(Decimal("29.90"), Terms()) == [50, 100, 200, 500, 1000]
    assert closing(Decimal("612.01"), Terms()) == [613, 1000, 5000]
    assert closing(Decimal("7000.00"), Terms()) == [7000]


def test_three_running_generations_are_the_most_and_the_order_is_kept(anna):
    for _ in range(3):
        anna.orders("z-image")
        anna.tap("✅ Запустить")
    anna.orders("z-image")
    screen = anna.tap("✅ Запустить")
    assert screen.reason == "RATE_LIMIT"
    assert "уже идут 3 генерации" in screen.text
    assert Job.objects.count() == 3
    Job.objects.update(state=JobState.FAILED, error_code="internal", ended_at=clock.now())
    anna.tap("✅ Запустить")
    assert Job.objects.count() == 4


def test_too_many_in_a_minute_are_told_how_long_to_wait(anna):
    for _ in range(5):
        anna.orders("z-image")
        anna.tap("✅ Запустить")
        Job.objects.update(state=JobState.FAILED, error_code="internal", ended_at=clock.now())
    anna.orders("z-image")
    assert "Следующий возможен через" in anna.tap("✅ Запустить").text


def test_in_a_test_only_staff_may_run_paid_jobs(anna, settings):
    settings.TEST_MODE = True
    anna.orders("z-image")
    assert anna.tap("✅ Запустить").reason == "PERMISSION_DENIED"
    assert not Job.objects.exists()


def test_in_a_test_staff_are_told_that_nothing_is_charged_and_nothing_is(anna, settings):
    settings.TEST_MODE, settings.DEMO_MARK, settings.CHARGES_ORDERS = True, True, False
    settings.ADMIN_IDS = (anna.customer.telegram_id,)
    before = ledger.available(anna.customer)

    anna.orders("z-image")
    assert "Ничего не спишется: бот проверяют." in anna.screen.text
    anna.tap("✅ Запустить")

    job = Job.objects.get()
    assert (job.hold, ledger.available(anna.customer)) == (None, before)
    assert job.price > 0


def test_again_is_the_same_order_in_a_message_of_its_own_at_todays_price(anna, settings):
    anna.orders("z-image", "Лиса")
    anna.tap("⚙️ Настройки")
    anna.tap("○ Пропорции")
    anna.tap("16:9")
    anna.tap("◀️ К заказу")
    anna.tap("✅ Запустить")
    job = Job.objects.get()
    settings.USD_RUB_RATE *= 2
    screen = anna.press(f"again:{job.pk}", on_text=False)
    assert screen.fresh
    assert "Лиса" in screen.text
    assert "16:9" in screen.text
    assert "1,52\u202f₽" in screen.text
    anna.tap("✅ Запустить")
    assert [one.input for one in Job.objects.order_by("pk")] == [job.input] * 2


def test_again_counts_only_what_differs_from_the_default_as_chosen(anna):
    anna.orders("z-image", "Лиса")
    anna.tap("✅ Запустить")
    anna.press(f"again:{Job.objects.get().pk}")
    anna.tap("⚙️ Настройки")
    assert "○ Пропорции: 1:1" in anna.labels


def test_again_of_a_withdrawn_model_says_so(anna):
    anna.orders("z-image")
    anna.tap("✅ Запустить")
    Override.objects.create(model=AIModel.objects.get(key="z-image"), off=True, reason="test")
    screen = anna.press(f"again:{Job.objects.get().pk}")
    assert screen.fresh
    assert "больше не продаётся" in screen.text


def test_demo_mode_is_written_on_the_confirmation(anna, settings):
    assert "демо-режим" not in anna.orders("z-image").text
    settings.DEMO_MARK = True
    assert "демо-режим" in anna.orders("z-image").text
