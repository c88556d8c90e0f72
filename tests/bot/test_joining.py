"""A text over Telegram's limit comes as several messages at once: to a model it is one answer."""

import pytest

from bot.models import DialogState
from bot.wizard.parts import FULL
from kie.models import Job

pytestmark = pytest.mark.django_db
BANANA, EDIT, LETTERS, PRO, VOICE = (
    "google/nano-banana",
    "google/nano-banana-edit",
    "ideogram/v3-text-to-image",
    "nano-banana-pro",
    "elevenlabs/text-to-speech-turbo-2-5",
)
NOW = 1_790_000_000


def prompt(one) -> str:
    return one.dialog.data["answers"]["prompt"]


def test_two_parts_sent_at_once_are_one_description(at):
    anna = at(BANANA)
    anna.say("а" * FULL, date=NOW)
    run = anna.data("✅ Запустить")
    screen = anna.say("б" * 900, date=NOW + 1)
    assert prompt(anna) == "а" * FULL + "б" * 900
    assert "соединены в один" in screen.text
    assert "4\u202f996" in screen.text
    assert anna.press(run).reason == "EXPIRED_BUTTON"
    anna.tap("✅ Запустить")
    assert Job.objects.get().input["prompt"] == "а" * FULL + "б" * 900


def test_the_whole_is_priced(at):
    anna = at(VOICE)
    assert "28,50" in anna.say("а" * FULL, date=NOW).text
    anna = at(VOICE)
    anna.say("а" * 3000, date=NOW)
    assert "28,50" in anna.say("б" * 1100, date=NOW).text


def test_as_many_parts_as_there_are_are_joined(at):
    anna = at(PRO)
    for second, part in enumerate(("а" * FULL, "б" * FULL, "в" * 500)):
        anna.say(part, date=NOW + second)
    assert prompt(anna) == "а" * FULL + "б" * FULL + "в" * 500


@pytest.mark.parametrize(
    ("first", "joint"),
    [
        ("слово " * 600 + "слово", " "),  # Android: at the last blank
        ("Первый абзац длинный. " * 100 + "Конец.", "\n"),  # Telegram Desktop: at the last paragraph of the second half
        ("🦊" * (FULL // 2), ""),  # as long as can be: two units each
    ],
)
def test_what_the_client_dropped_where_it_broke_the_text_is_put_back(at, first, joint):
    anna = at(BANANA)
    anna.say(first, date=NOW)
    anna.say("дальше", date=NOW)
    assert prompt(anna) == f"{first}{joint}дальше"


@pytest.mark.parametrize(
    ("first", "later_s"),
    [("а" * (FULL // 2), 0), ("а" * FULL, 6), ("а" * FULL, -1)],
    ids=["too short to have been broken", "later", "earlier"],
)
def test_other_messages_replace_the_description_as_ever(at, first, later_s):
    anna = at(BANANA)
    anna.say(first, date=NOW)
    screen = anna.say("Синий кит", date=NOW + later_s)
    assert prompt(anna) == "Синий кит"
    assert "Описание заменено" in screen.text


def test_where_telegram_does_not_say_when_nothing_is_joined(at):
    anna = at(BANANA)
    anna.say("а" * FULL)
    anna.say("Синий кит")
    assert prompt(anna) == "Синий кит"


def test_a_whole_that_is_too_long_is_said_and_its_first_part_is_no_answer(at):
    anna = at(BANANA)
    anna.say("а" * FULL, date=NOW)
    screen = anna.say("б" * 1000, date=NOW)
    assert screen.reason == "INVALID_INPUT"
    assert "5\u202f096" in screen.text
    assert "5\u202f000" in screen.text
    assert anna.dialog.state == DialogState.WIZARD
    assert anna.dialog.data["answers"] == {}
    anna.say("Синий кит", date=NOW + 60)
    assert prompt(anna) == "Синий кит"


def test_the_tail_of_what_was_refused_is_no_answer_either(at):
    anna = at("z-image")
    anna.say("а" * FULL, date=NOW)
    for second in (0, 1):
        screen = anna.say("Только хвост" if second else "б" * FULL, date=NOW + second)
        assert screen.reason == "INVALID_INPUT"
    assert "8\u202f204" in screen.text
    assert anna.dialog.data["answers"] == {}
    assert anna.dialog.state == DialogState.WIZARD


def test_a_description_changed_on_the_confirmation_may_be_long_too(at):
    anna = at(BANANA)
    anna.say("Рыжий кот", date=NOW)
    anna.say("а" * FULL, date=NOW + 60)
    anna.say("б" * 10, date=NOW + 60)
    assert prompt(anna) == "а" * FULL + "б" * 10
    anna.say("в" * FULL, date=NOW + 120)
    anna.say("г" * FULL, date=NOW + 120)
    assert "prompt" not in anna.dialog.data["answers"]
    assert "Проверьте заказ" in anna.say("Рыжий кот", date=NOW + 180).text


def test_a_setting_may_be_long_too(at):
    anna = at(LETTERS)
    anna.say("Вывеска пекарни", date=NOW)
    anna.tap("⚙️ Настройки")
    anna.tap("○ Чего избегать")
    anna.say("а" * 3000, date=NOW + 60)
    screen = anna.say("б" * 100, date=NOW + 61)
    assert anna.dialog.data["answers"]["negative_prompt"] == "а" * 3000 + " " + "б" * 100
    assert prompt(anna) == "Вывеска пекарни"
    assert "3\u202f101" in screen.text
    assert "Проверьте заказ" in screen.text


def test_a_tail_that_comes_while_something_else_is_asked_answers_nothing_there(at):
    anna = at(LETTERS)
    anna.say("а" * FULL, date=NOW)
    anna.tap("⚙️ Настройки")
    anna.tap("○ Чего избегать")
    screen = anna.say("б" * 100, date=NOW + 2)
    assert prompt(anna) == "а" * FULL + "б" * 100
    assert "соединены в один" in screen.text
    assert "Чего избегать" in screen.text
    anna.say("Размытость", date=NOW + 60)
    assert anna.dialog.data["answers"]["negative_prompt"] == "Размытость"


def test_a_picture_in_between_is_no_part_of_a_text(at):
    anna = at(EDIT)
    anna.photo()
    anna.tap("✅ Готово")
    anna.say("а" * FULL, date=NOW)
    anna.photo(file_id="other")
    anna.say("Ночь", date=NOW)
    assert prompt(anna) == "Ночь"
