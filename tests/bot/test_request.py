"""A request by bank transfer: taken back, decided, expired, looked at; and the order that waits for it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from bot import renders
from bot.events import File
from bot.models import Delivery, DialogState
from bot.router import on
from payments import paying, topups
from payments.models import Receipt, TopUp, TopUpState
from payments.signals import receipt_unreadable
from reliability import cid, clock, instance
from reliability.due import run_due
from tests.bot.person import check
from tests.bot.transfers import bank, paying_anna, photo, request_of, transfers

__all__ = ["bank", "paying_anna", "transfers"]
pytestmark = pytest.mark.django_db


def test_a_request_is_cancelled_after_a_second_thought_and_then_another_may_be_made(paying_anna, transfers):
    assert "не отменяйте: пришлите чек" in paying_anna.tap("❌ Отменить заявку").text
    paying_anna.tap("◀️ Назад")
    paying_anna.tap("❌ Отменить заявку")
    button = paying_anna.data("❌ Да, отменить")
    screen = paying_anna.press(button)

    assert "закрыта" in screen.text
    assert (request_of(paying_anna).state, paying_anna.dialog.state) == (TopUpState.EXPIRED, DialogState.IDLE)
    assert "закрыта" in paying_anna.press(button).text  # the second tap of a double one
    assert "<code>70</code>" in transfers(paying_anna, "70").text


@pytest.mark.parametrize("on_review", [False, True])
@pytest.mark.parametrize("at_the_menu", [False, True])
def test_the_command_cancel_asks_about_the_request_that_is_open(paying_anna, on_review, at_the_menu):
    if on_review:
        photo(paying_anna)
    if at_the_menu:
        paying_anna.command("menu")
    assert "Отменить заявку на 500" in paying_anna.command("cancel").text
    assert request_of(paying_anna).state in TopUp.OPEN
    paying_anna.tap("❌ Да, отменить")
    assert request_of(paying_anna).state == TopUpState.EXPIRED
    assert "Отменять нечего" in paying_anna.command("cancel").text


def test_the_command_cancel_in_an_order_is_about_the_order(person, transfers):
    anna = person("100.00")
    transfers(anna)
    anna.command("menu")
    anna.orders("z-image")
    assert "Отменено. Ничего не списано." in anna.command("cancel").text
    assert anna.dialog.state == DialogState.IDLE
    assert request_of(anna).state == TopUpState.CREATED


def test_an_order_behind_the_transfer_is_kept_by_the_command_cancel(person, transfers):
    anna = person("1.00")
    anna.orders("kling/v2-5-turbo-text-to-video-pro")
    transfers(anna, "1000")
    assert "Отменить заявку на 1" in anna.command("cancel").text
    anna.tap("↩️ К моему заказу")
    assert anna.dialog.state == DialogState.CONFIRM


def test_on_review_the_second_thought_says_that_the_money_comes(paying_anna):
    photo(paying_anna)
    assert "поступят на баланс после проверки" in paying_anna.tap("❌ Отменить заявку").text


def test_a_receipt_that_comes_after_all_opens_the_very_request_again(paying_anna, transfers):
    first = request_of(paying_anna)
    paying_anna.press(f"recall:{first.pk}")
    transfers(paying_anna, "70")
    paying_anna.press(f"recall:{request_of(paying_anna).pk}")

    paying_anna.press(f"sent:{first.pk}")
    photo(paying_anna)
    first.refresh_from_db()
    assert first.state == TopUpState.PENDING
    assert request_of(paying_anna).state == TopUpState.EXPIRED


def test_while_another_is_open_an_old_request_stays_closed(paying_anna, transfers):
    first = request_of(paying_anna)
    paying_anna.press(f"recall:{first.pk}")
    transfers(paying_anna, "70")
    with cid.bound(cid.new()):
        screen = paying_anna.press(f"sent:{first.pk}")
    assert "У вас уже есть открытая заявка" in screen.text
    assert "<code>70</code>" in screen.text
    photo(paying_anna)
    assert Receipt.objects.get().topup.rubles == 70


def test_what_has_ended_is_shown_as_it_ended(paying_anna):
    photo(paying_anna)
    request = request_of(paying_anna)
    looks = f"receipt:{request.pk}"
    assert "на проверке" in paying_anna.press(looks).text
    topups.reject(request.pk, by="admin:1", reason="Такого <перевода> в банке нет")
    assert "Причина: Такого &lt;перевода&gt; в банке нет" in paying_anna.press(looks).text
    assert "отклонена" in photo(paying_anna, "late").text  # told instead of taken


def test_words_after_the_answer_are_for_what_stood_before(person, transfers):
    anna = person("1.00")
    anna.orders("kling/v2-5-turbo-text-to-video-pro")
    transfers(anna, "1000")
    photo(anna)
    topups.approve(request_of(anna).pk, by="admin:1")
    assert "Маяк в шторм" in anna.say("Маяк в шторм").text
    assert anna.dialog.state == DialogState.CONFIRM


def test_another_sum_is_explained(paying_anna):
    photo(paying_anna)
    request = request_of(paying_anna)
    topups.approve(request.pk, by="admin:1", rubles=Decimal("450.00"), reason="Пришло 450 ₽")
    screen = paying_anna.press(f"receipt:{request.pk}")
    assert "450,00\u202f₽" in screen.text
    assert "Сумма изменена: Пришло 450 ₽" in screen.text


def test_a_note_at_an_approval_of_the_whole_sum_is_not_told_as_a_change(paying_anna):
    photo(paying_anna)
    request = request_of(paying_anna)
    topups.approve(request.pk, by="admin:1", reason="seen in the bank")
    assert "изменена" not in paying_anna.press(f"receipt:{request.pk}").text


@pytest.mark.parametrize("action", ["receipt", "sent", "unask", "recall"])
def test_nobody_touches_the_request_of_another(paying_anna, person, action):
    boris = person()
    screen = boris.press(f"{action}:{request_of(paying_anna).pk}")
    assert screen.reason == "EXPIRED_BUTTON"
    assert request_of(paying_anna).state == TopUpState.CREATED
    assert "500" not in screen.text


def test_an_offer_in_stars_is_no_request(anna):
    anna.command("topup")
    anna.tap("100\u202f₽")
    assert anna.press(f"recall:{TopUp.objects.get().pk}").reason == "EXPIRED_BUTTON"
    assert TopUp.objects.get().state == TopUpState.CREATED


def test_an_order_waits_and_comes_back_with_the_money(person, transfers):
    anna = person("1.00")
    anna.orders("kling/v2-5-turbo-text-to-video-pro")
    quote = anna.dialog.quote
    assert "Ваш заказ сохранён" in transfers(anna, "1000").text
    photo(anna)
    assert anna.dialog.state == DialogState.RECEIPT
    topups.approve(request_of(anna).pk, by="admin:1")

    told = Delivery.objects.get(kind=Delivery.Kind.TOPUP)
    screen = renders.render(told)
    check(screen)
    assert "1\u202f001,00" in screen.text
    assert any(button.data.startswith("run:") for row in screen.keys for button in row)
    anna.tap("↩️ К моему заказу")
    assert (anna.dialog.state, anna.dialog.quote) == (DialogState.CONFIRM, quote)
    assert "receipt" not in anna.dialog.data


def test_leaving_for_the_menu_leaves_the_request_and_a_file_from_there_is_shown_the_way(paying_anna):
    paying_anna.command("menu")
    assert paying_anna.dialog.state == DialogState.IDLE
    screen = photo(paying_anna)
    assert "Если это чек о переводе" in screen.text
    assert not Receipt.objects.exists()
    paying_anna.tap("✅ Я оплатил(а)")
    assert "Чек получен" in photo(paying_anna).text


def test_a_file_is_not_understood_as_ever_where_no_request_is_open(anna):
    assert "чек" not in photo(anna).text.lower()


def test_a_receipt_that_does_not_open_is_told_once_while_the_request_is_open(paying_anna):
    photo(paying_anna)
    receipt = Receipt.objects.get()
    for _ in range(2):
        receipt_unreadable.send(sender=Receipt, receipt=receipt)
    told = Delivery.objects.get(kind=Delivery.Kind.NOTICE)
    screen = renders.render(told)
    check(screen)
    assert "не открывается" in screen.text
    topups.approve(request_of(paying_anna).pk, by="admin:1")
    assert renders.render(told) is None


def test_what_an_order_keeps_of_a_file_has_no_room_for_its_lasting_name():
    assert File(file_id="f", kind="photo", unique_id="u").as_answer() == {"file_id": "f", "kind": "photo"}


def test_an_expired_request_says_that_the_money_is_not_lost(paying_anna):
    with clock.moved(timedelta(hours=24, seconds=1)):
        instance.beat("worker")
        assert run_due(paying.QUEUE, instance.me()) == 1
        screen = paying_anna.press(f"receipt:{request_of(paying_anna).pk}")
    assert "закрыта" in screen.text
    assert "не потеряются" in screen.text


@pytest.mark.parametrize("later", [timedelta(hours=30), timedelta(days=9)])
def test_a_receipt_that_comes_after_the_request_has_expired_is_taken(paying_anna, later):
    topups.expire(request_of(paying_anna).pk)
    with clock.moved(later):
        assert "Чек получен" in photo(paying_anna).text
    assert request_of(paying_anna).state == TopUpState.PENDING


def test_words_after_a_request_has_expired_are_as_ever(paying_anna):
    topups.expire(request_of(paying_anna).pk)
    assert "чек" not in paying_anna.say("Привет").text
    assert paying_anna.dialog.state == DialogState.IDLE


def test_an_order_outlives_the_day_that_the_check_may_take(person, transfers):
    anna = person("1.00")
    anna.orders("kling/v2-5-turbo-text-to-video-pro")
    transfers(anna, "1000")
    photo(anna)
    with clock.moved(timedelta(hours=30)):
        topups.approve(request_of(anna).pk, by="admin:1")
        screen = renders.render(Delivery.objects.get(kind=Delivery.Kind.TOPUP))
        assert any(button.data.startswith("run:") for row in screen.keys for button in row)
    with clock.moved(timedelta(hours=49)):
        assert "убрали незаконченный заказ" in anna.say("Маяк").text


def test_under_a_hold_the_request_is_looked_at_and_nothing_else():
    from bot.events import Tap

    reading = {name for kind, name in on.reading if kind is Tap}
    assert "receipt" in reading
    assert not {"sent", "unask", "recall"} & reading


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_button_of_every_screen_leads_on(person, transfers, language):
    """`Person` holds each screen against Telegram's limits and our promises; here every button of them is pressed."""
    anna = person(language=language)
    transfers(anna)
    seen: set[str] = set()

    def press_all(screen):
        for button in [one for row in screen.keys for one in row if one.data.split(":")[0] in on.taps]:
            action = button.data.split(":")[0]
            state = f"{action} {request_of(anna).state}"
            if state in seen or action not in {"receipt", "sent", "unask", "recall"}:
                continue
            seen.add(state)
            if action != "recall":
                press_all(anna.press(button.data))

    press_all(anna.screen)
    press_all(photo(anna))
    press_all(anna.say("text"))
    press_all(anna.send(kind="document", mime="application/pdf", size=30_000_000, unique_id="u"))
    with translation.override(language):
        press_all(
            renders.render(Delivery(kind="notice", payload={"name": "receipt", "receipt": Receipt.objects.get().pk}))
        )
    anna.press(f"recall:{request_of(anna).pk}")
    press_all(anna.screen)
    assert {f"{action} {state}" for action, state in [("unask", "pending"), ("sent", "expired")]} <= seen
