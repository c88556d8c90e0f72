"""Nobody waits in silence: old buttons, stray messages, unknown commands, blocked people, another language."""

import pytest

from bot.events import Command, Message
from bot.models import DialogState
from kie.models import AIModel, Job
from payments import people

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "data",
    [
        "",
        "nothing",
        "model",
        "model:x:0",
        "model:99999999999999999999:0",
        "model:-1:0",
        "shelf:nowhere:0",
        "run:1",
        "language:xx",
        "pick:1:²",
        ":::",
    ],
)
def test_a_button_of_another_release_shows_the_menu_with_a_note(anna, data):
    screen = anna.press(data)
    assert screen.reason == "EXPIRED_BUTTON"
    assert "из старого сообщения" in screen.text
    assert "Главное меню" in screen.text
    assert (screen.fresh, screen.retires) == (True, True)


@pytest.mark.parametrize("data", ["model:2147483647:0", "start:2147483647", "examples:2147483647:0"])
def test_a_model_that_is_not_there_is_said_to_be_gone(anna, data):
    assert "больше не продаётся" in anna.press(data).text


def test_a_page_far_beyond_the_end_is_the_last_one(anna):
    anna.press("shelf:image:2147483647")
    last = next(label for label in anna.labels if "/" in label)
    assert last.split("/")[0] == last.split("/")[1]


@pytest.mark.parametrize("what", [{"text": "привет"}, {"text": ""}, {"text": "/"}])
def test_a_message_outside_any_flow_gets_an_answer_with_buttons(anna, what):
    screen = anna.does(Message, **what)
    assert "Начнём с выбора модели" in screen.text
    assert "🗂 Модели" in anna.labels


@pytest.mark.parametrize("kind", ["photo", "document", "voice", "sticker", "video", "animation", "video_note"])
def test_a_file_outside_any_flow_gets_an_answer_with_buttons(anna, kind):
    anna.send(kind=kind)
    assert "🗂 Модели" in anna.labels


def test_a_message_without_words_at_the_confirmation_shows_it_with_what_to_do(anna):
    anna.orders("z-image")
    screen = anna.say("")
    assert "Заказ готов" in screen.text
    assert anna.data("✅ Запустить").startswith("run:")
    assert not Job.objects.exists()


def test_an_unknown_command_names_those_there_are_and_leaves_the_order(anna):
    anna.orders("z-image")
    screen = anna.does(Command, name="<b>foo", argument="")
    assert "&lt;b&gt;foo" in screen.text
    assert "/balance" in screen.text
    assert anna.dialog.state == DialogState.CONFIRM
    assert "Проверьте заказ" in anna.tap("↩️ К моему заказу").text


@pytest.mark.parametrize(
    "name",
    [
        "start",
        "menu",
        "models",
        "balance",
        "topup",
        "history",
        "help",
        "support",
        "paysupport",
        "terms",
        "language",
        "cancel",
    ],
)
def test_every_command_has_an_answer_from_every_state(anna, name):
    assert anna.command(name).text
    anna.press(f"start:{AIModel.objects.get(key='z-image').pk}")
    assert anna.command(name).text
    anna.orders("z-image")
    assert anna.command(name).text
    anna.command("topup")
    anna.tap("✏️ Другая сумма")
    assert anna.command(name).text


@pytest.mark.parametrize("name", ["start", "menu", "models", "cancel"])
def test_some_commands_leave_the_wizard(anna, name):
    anna.orders("z-image")
    anna.command(name)
    assert anna.dialog.state == DialogState.IDLE
    assert anna.dialog.quote is None


@pytest.mark.parametrize("name", ["start", "menu", "models"])
def test_an_order_that_was_left_with_an_answer_is_said_to_be_put_away(anna, name):
    anna.orders("z-image")
    assert anna.command(name).text.startswith("ℹ️ <i>Незаконченный заказ убран")
    assert "Незаконченный" not in anna.command(name).text


@pytest.mark.parametrize("where", ["menu", "home", "models", "shelf:image:0", "model", "examples", "start"])
def test_buttons_that_leave_an_order_say_so_too(anna, where):
    anna.orders("z-image")
    pk = AIModel.objects.get(key="z-image").pk
    told = {"model": f"model:{pk}:0", "examples": f"examples:{pk}:0", "start": f"start:{pk}"}
    screen = anna.press(told.get(where, where))
    assert screen.text.count("Незаконченный заказ убран") == 1


@pytest.mark.parametrize("name", ["start", "menu", "models"])
def test_where_nothing_was_answered_nothing_is_said_of_it(anna, name):
    anna.press(f"start:{AIModel.objects.get(key='z-image').pk}")
    assert "Незаконченный" not in anna.command(name).text


def test_a_cancelled_order_is_said_to_be_cancelled_and_no_more(anna):
    anna.orders("z-image")
    text = anna.command("cancel").text
    assert "Отменено" in text
    assert "Незаконченный" not in text


@pytest.mark.parametrize(
    "act",
    [
        lambda one: one.command("start"),
        lambda one: one.say("x"),
        lambda one: one.press("menu"),
        lambda one: one.photo(),
    ],
)
def test_blocked_people_get_one_polite_sentence_and_nothing_else(anna, act):
    anna.orders("z-image")
    run = anna.data("✅ Запустить")
    anna.customer.blocked = True
    anna.customer.save()
    screen = act(anna)
    assert screen.reason == "PERMISSION_DENIED"
    assert "Доступ к боту для вас закрыт" in screen.text
    anna.press(run)
    assert not Job.objects.exists()


def test_stars_of_blocked_people_are_credited_all_the_same(anna):
    anna.command("topup")
    bill = anna.tap("100\u202f₽").invoice
    anna.customer.blocked = True
    anna.customer.save()
    anna.pays(bill.payload, 160)
    anna.customer.wallet.refresh_from_db()
    assert anna.customer.wallet.balance == 200


def test_the_language_is_switched_on_the_first_screen_and_stays(person):
    anna = person()
    anna.command("start")
    assert "Hello, Анна" in anna.tap("🌐 English").text
    assert "🏠 Main menu" in anna.command("menu").text
    people.meet(anna.chat, first_name="Анна", username=None, language_code="ru")
    assert "Main menu" in anna.command("menu").text
    anna.tap("🌐 Language")
    assert "Здравствуйте" in anna.tap("🇷🇺").text


def test_english_people_are_spoken_to_in_english(person):
    john = person(language="en-GB", name="John")
    assert "Hello, John" in john.command("start").text
    assert "177 models are ready" in john.screen.text
    assert "₽0.76" in str((john.tap("🎨 Images"), john.labels)[1])
    john.tap("Z-Image")
    assert "🚀 Start" in john.labels
    john.tap("🚀 Start")
    assert john.say("A red cat").keys[0][0].text == "✅ Start for ₽0.76"


def test_a_switch_of_language_in_the_wizard_keeps_the_question(anna):
    anna.press(f"start:{AIModel.objects.get(key='z-image').pk}")
    anna.command("language")
    assert "Step 1/1" in anna.tap("🇬🇧").text
    assert "Check your order" in anna.say("A red cat").text
