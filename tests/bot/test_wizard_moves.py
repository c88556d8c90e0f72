"""Moves in the wizard: back, changes, settings, stale buttons, a day of silence."""

from datetime import timedelta

import pytest

from bot.models import DialogState
from kie.models import Job
from reliability import clock

pytestmark = pytest.mark.django_db
EDIT, MUSIC = "google/nano-banana-edit", "ai-music-api/generate"


def test_back_removes_the_last_answer_and_asks_it_again(at):
    anna = at(EDIT)
    anna.photo()
    anna.tap("✅ Готово")
    anna.say("Ночь")
    assert "Шаг 2/2" in anna.tap("◀️ Назад").text
    assert "Шаг 1/2" in anna.tap("◀️ Назад").text
    assert anna.dialog.data["answers"] == {}
    assert "🚀 Запустить" in (anna.tap("◀️ Назад"), anna.labels)[1]
    assert anna.dialog.state == DialogState.IDLE


def test_any_answer_is_changed_from_the_confirmation_and_the_others_stay(at):
    anna = at(EDIT)
    anna.photo()
    anna.tap("✅ Готово")
    anna.say("Ночь")
    anna.tap("✏️ Изменить")
    anna.tap("Что изменить: Ночь")
    assert "Сейчас: «Ночь»" in anna.screen.text
    text = anna.say("Утро").text
    assert "«Утро»" in text
    assert "📷 фото" in text


def test_back_from_a_change_leaves_the_answer_as_it_was(at):
    anna = at("z-image")
    anna.say("Рыжий кот")
    anna.tap("✏️ Изменить")
    assert "Рыжий кот" in anna.tap("◀️ Назад").text
    assert anna.dialog.state == DialogState.CONFIRM


def test_a_setting_reprices_and_shows_what_each_choice_costs(at):
    anna = at("kling/v2-5-turbo-text-to-video-pro")
    assert "39,90" in anna.say("Танец под дождём").text
    anna.tap("⚙️ Настройки")
    anna.tap("○ Длительность")
    assert any("79,80\u202f₽" in label for label in anna.labels)
    assert "79,80" in anna.tap("10").text
    assert any(label.startswith("✓ Длительность") for label in anna.labels)
    assert "79,80" in anna.tap("◀️ К заказу").text


def test_a_setting_put_back_to_its_default_is_not_counted_as_chosen(at):
    anna = at("z-image")
    anna.say("Рыжий кот")
    for step in ("⚙️ Настройки", "○ Пропорции", "16:9", "✓ Пропорции: 16:9", "1:1"):
        anna.tap(step)
    assert "○ Пропорции: 1:1" in anna.labels


def test_a_choice_may_be_typed_and_a_wrong_one_is_told_to_use_the_buttons(at):
    anna = at("z-image")
    anna.say("Рыжий кот")
    anna.tap("⚙️ Настройки")
    anna.tap("○ Пропорции")
    assert "одну из кнопок" in anna.say("17:3").text
    assert "✓ Пропорции: 16:9" in (anna.say("16:9"), anna.labels)[1]


def test_a_setting_without_a_default_can_be_emptied(at):
    anna = at("kling/v2-5-turbo-text-to-video-pro")
    anna.say("Танец под дождём")
    anna.tap("⚙️ Настройки")
    anna.tap("○ Чего избегать")
    anna.say("размытие")
    assert "✓ Чего избегать: размытие" in anna.labels
    anna.tap("✓ Чего избегать")
    anna.tap("○ Убрать")
    assert "○ Чего избегать" in anna.labels


def test_cancel_drops_the_order_and_says_that_nothing_was_charged(at):
    anna = at("z-image")
    assert "Ничего не списано" in anna.tap("❌ Отмена").text
    assert anna.dialog.state == DialogState.IDLE


def test_a_stale_button_of_the_wizard_shows_the_current_question_with_a_note(at):
    anna = at(EDIT)
    anna.photo()
    old = anna.data("🗑")
    anna.tap("✅ Готово")
    anna.say("Ночь")
    screen = anna.press(old)
    assert screen.reason == "EXPIRED_BUTTON"
    assert "Проверьте заказ" in screen.text


def test_a_stale_button_does_nothing_though_the_dialog_stands_on_a_like_screen(at):
    anna = at("z-image")
    anna.say("Рыжий кот")
    old = anna.data("⚙️")
    for step in ("⚙️ Настройки", "○ Пропорции", "16:9"):
        anna.tap(step)
    screen = anna.press(old)
    assert screen.reason == "EXPIRED_BUTTON"
    assert "Проверьте заказ" in screen.text


def test_done_without_a_picture_goes_nowhere(at):
    anna = at(EDIT)
    screen = anna.press(f"done:{anna.dialog.revision}")
    assert screen.reason == "INVALID_INPUT"
    assert "Шаг 1/2" in screen.text


def test_the_second_tap_of_a_double_one_shows_the_screen_without_a_word(at):
    anna = at(EDIT)
    anna.photo()
    done = anna.data("✅ Готово")
    first = anna.press(done, under=70)
    second = anna.press(done, under=70)
    assert (second.text, second.reason, second.fresh) == (first.text, "DUPLICATE", False)


def test_a_button_of_the_step_before_under_another_message_is_old(at):
    anna = at(EDIT)
    anna.photo()
    done = anna.data("✅ Готово")
    anna.press(done, under=70)
    screen = anna.press(done, under=69)
    assert (screen.reason, screen.fresh) == ("EXPIRED_BUTTON", True)
    assert "из старого сообщения" in screen.text


def test_a_choice_that_is_not_there_any_more_is_outdated(at):
    anna = at("z-image")
    assert anna.press(f"pick:{anna.dialog.revision}:999").reason == "EXPIRED_BUTTON"


def test_after_a_day_of_silence_the_order_is_put_away_politely(at):
    anna = at("z-image")
    with clock.moved(timedelta(hours=23, minutes=59)):
        assert "Проверьте заказ" in anna.say("Рыжий кот").text
    run = anna.data("✅ Запустить")
    with clock.moved(timedelta(days=2)):
        screen = anna.press(run)
        assert "Прошло больше суток" in screen.text
        assert anna.dialog.state == DialogState.IDLE
    assert not Job.objects.exists()


def test_a_question_survives_a_field_that_an_update_of_the_registry_took_away(at):
    anna = at(MUSIC)
    dialog = anna.dialog
    dialog.data |= {"asking": "no_such_field", "answers": {"gone": 1}, "of_an_older_release": True}
    dialog.save()
    assert "Шаг 1/1" not in anna.say("").text
    assert "Проверьте заказ" in anna.say("Весёлая песня о лете").text
    anna.tap("✅ Запустить")
    assert "gone" not in Job.objects.get().input
