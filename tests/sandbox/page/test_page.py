"""The chat page: talking, keys, the log, people, the line to the sandbox."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import requests
from playwright.sync_api import expect

from tests.sandbox.kie_side import DEADLINE_S, sandbox_process
from tests.sandbox.page.conftest import TOKEN, Bot, bubble, newcomer, opened, picture, top

pytestmark = pytest.mark.long


def test_an_empty_chat_offers_start_and_then_the_composer(chat, bot):
    bot.say("Здравствуйте!", "Картинки")
    expect(bubble(chat, "Здравствуйте!")).to_have_class(re.compile(r"\bin\b"))
    expect(bubble(chat, "/start")).to_have_class(re.compile(r"\bout\b"))
    expect(chat.get_by_role("button", name="Начать")).to_be_hidden()
    expect(chat.get_by_role("textbox", name="Сообщение")).to_be_visible()


def test_enter_sends_and_shift_enter_makes_a_line(chat, bot):
    field = chat.get_by_role("textbox", name="Сообщение")
    field.press_sequentially("раз")
    field.press("Shift+Enter")
    field.press_sequentially("два")
    field.press("Enter")
    assert bot.hears("message")["text"] == "раз\nдва"
    expect(field).to_have_value("")


def test_a_key_shows_progress_until_the_bot_answers_then_a_toast(chat, bot):
    bot.say("Меню", "Баланс")
    key = chat.get_by_role("button", name="Баланс")
    key.focus()
    chat.keyboard.press("Enter")
    query = bot.hears("callback_query")
    expect(key).to_have_attribute("aria-busy", "true")
    bot.call("answerCallbackQuery", callback_query_id=query["id"], text="300 ₽")
    expect(chat.locator(".toast")).to_have_text("300 ₽")
    expect(key).not_to_have_attribute("aria-busy", "true")


def test_an_alert_waits_for_the_person(chat, bot):
    bot.say("Меню", "Важное")
    chat.get_by_role("button", name="Важное").click()
    bot.call(
        "answerCallbackQuery", callback_query_id=bot.hears("callback_query")["id"], text="Читайте", show_alert=True
    )
    dialog = chat.get_by_role("alertdialog")
    expect(dialog).to_contain_text("Читайте")
    dialog.get_by_role("button").click()
    expect(dialog).to_have_count(0)


def test_entities_are_drawn_and_markup_in_a_text_is_only_text(chat, bot):
    html = "🦊 <b>жирный <i>и курсив</i></b> <code>7F3K</code> <tg-spoiler>тайна</tg-spoiler> <pre>x</pre>\n/help &lt;img src=x&gt;"
    bot.say(html, parse_mode="HTML")
    text = bubble(chat, "жирный").locator(".text")
    expect(text.locator("strong")).to_have_text("жирный и курсив")
    expect(text.locator("strong em")).to_have_text("и курсив")
    expect(text.locator("code.copyable")).to_have_text("7F3K")
    expect(text.locator("pre")).to_have_text("x")
    expect(text).to_contain_text("<img src=x>")
    expect(text.locator("img")).to_have_count(0)
    text.get_by_role("button", name="Скрытый текст").click()
    expect(text.locator(".spoiler")).to_have_class(re.compile("shown"))
    text.get_by_role("button", name="/help").click()
    assert bot.hears("message")["text"] == "/help"


@pytest.mark.parametrize(
    ("text", "entities", "drawn"),
    [
        ("go", [("text_link", 0, 2, {"url": "javascript:alert(1)"})], "<span>go</span>"),
        ("🦊ab", [("bold", 2, 1, {})], "🦊<strong>a</strong>b"),
        ("abcd", [("bold", 0, 3, {}), ("italic", 2, 2, {})], "<strong>ab<em>c</em></strong><em>d</em>"),
        ("ab", [("underline", 1, 9, {}), ("bold", 7, 1, {})], "a<u>b</u>"),
    ],
)
def test_links_that_run_and_entities_that_cross_are_tamed(page, text, entities, drawn):
    given = [{"type": kind, "offset": offset, "length": length, **more} for kind, offset, length, more in entities]
    script = """async ([text, entities]) => {
        const box = document.createElement("p");
        box.append(...(await import("/static/entities.js")).rich(text, entities, {}));
        return box.innerHTML;
    }"""
    assert page.evaluate(script, [text, given]) == drawn


def test_an_edit_replaces_in_place_and_the_reader_keeps_the_place(chat, bot):
    first = bot.say("Сначала")
    for number in range(40):
        bot.say(f"строка {number}")
    expect(bubble(chat, "строка 39")).to_be_in_viewport()
    bubble(chat, "строка 20").evaluate("row => row.scrollIntoView({block: 'center'})")
    expect(chat.locator("#to-bottom")).to_be_visible()
    before, rows = top(bubble(chat, "строка 20")), chat.locator(".row").count()
    bot.call("editMessageText", chat_id=bot.chat, message_id=first, text="Стало\n" * 30)
    expect(bubble(chat, "Стало")).to_contain_text("изменено")
    assert abs(top(bubble(chat, "строка 20")) - before) < 2
    assert chat.locator(".row").count() == rows
    bot.say("новое")
    expect(chat.locator("#unread")).to_have_text("1")
    chat.locator("#to-bottom").click()
    expect(bubble(chat, "новое")).to_be_in_viewport()
    expect(chat.locator("#unread")).to_be_hidden()


def test_a_chat_action_shows_in_the_bar_until_the_message_comes(chat, bot):
    chat.clock.install()
    chat.reload()
    expect(bubble(chat, "/start")).to_be_visible()
    chat.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))  # so that the action cannot just run out
    bot.call("sendChatAction", chat_id=bot.chat, action="upload_photo")
    expect(chat.locator("#status")).to_have_text("отправляет фото")
    bot.say("Вот")
    expect(chat.locator("#status")).to_have_text("бот")


def test_a_blocked_bot_leaves_only_the_way_back(chat, bot):
    chat.get_by_role("button", name="Меню").click()
    chat.get_by_role("button", name="Заблокировать бота").click()
    chat.get_by_role("button", name="Разблокировать бота").click()
    expect(chat.get_by_role("textbox", name="Сообщение")).to_be_visible()


def test_people_have_chats_of_their_own_and_the_page_speaks_their_language(chat, bot):
    bot.say("только Вере")
    expect(bubble(chat, "только Вере")).to_be_visible()
    chat.get_by_role("button", name="Меню").click()
    chat.get_by_role("button", name="Добавить человека").click()
    chat.get_by_role("textbox", name="Имя").fill("John")
    chat.get_by_role("combobox", name="Язык").select_option("en")
    chat.get_by_role("button", name="Добавить", exact=True).click()
    expect(chat.get_by_role("button", name="Start")).to_be_visible()
    expect(bubble(chat, "только Вере")).to_have_count(0)
    chat.go_back()
    expect(bubble(chat, "только Вере")).to_be_visible()


def test_commands_of_a_bot_that_starts_after_the_page_are_offered(chat, bot):
    chat.reload()
    expect(bubble(chat, "/start")).to_be_visible()
    expect(chat.get_by_role("button", name="Команды бота")).to_be_hidden()
    commands = [{"command": "balance", "description": "Баланс"}, {"command": "help", "description": "Помощь"}]
    bot.call("setMyCommands", commands=commands)
    bot.say("Я проснулся")
    expect(chat.get_by_role("button", name="Команды бота")).to_be_visible()
    chat.get_by_role("textbox", name="Сообщение").press_sequentially("/h")
    expect(chat.get_by_role("option")).to_have_text(["/helpПомощь"])
    chat.keyboard.press("ArrowDown")
    chat.keyboard.press("Enter")
    assert bot.hears("message")["text"] == "/help"
    bot.call("deleteMyCommands")


def test_a_fault_is_switched_on_from_the_drawer(chat, origin):
    chat.locator("#sandbox").click()
    drawer = chat.get_by_role("dialog")
    drawer.get_by_role("combobox", name="Вызов").select_option("sendPhoto")
    drawer.get_by_role("combobox", name="Беда").select_option("500")
    drawer.get_by_role("button", name="Включить").click()
    expect(drawer.locator(".faults")).to_contain_text("sendPhoto 500")
    (fault,) = requests.get(f"{origin}/sandbox/faults", timeout=DEADLINE_S).json()["faults"]
    assert (fault["method"], fault["fault"], fault["times"]) == ("sendPhoto", "500", 1)


def test_nothing_sticks_out_at_the_narrowest_phone(browser, bot):
    page = opened(browser, bot, {"width": 360, "height": 640})
    page.get_by_role("button", name="Начать").click()
    bot.hears("message")
    bot.say("Д" * 600, "Очень длинная надпись на единственной кнопке, которой некуда деться на узком экране")
    bot.call("sendPhoto", files={"photo": ("a.png", picture(size=(1600, 500)))}, chat_id=bot.chat, caption="Широкая")
    expect(bubble(page, "Широкая")).to_be_visible()
    wide = """() => [...document.querySelectorAll('.app *')].filter((one) => one.getBoundingClientRect().right > 361
        || (one.matches('.text, .scroller, .keys') && one.scrollWidth > one.clientWidth + 1)).map((one) => one.outerHTML)"""
    assert page.evaluate(wide) == []
    page.context.close()


def test_the_page_waits_for_a_sandbox_that_went_away_and_catches_up(browser, tmp_path):
    with sandbox_process(tmp_path, peers=("telegram",), TELEGRAM_BOT_TOKEN=TOKEN) as process:
        origin = process.origins["telegram"]
        bot = Bot(origin, newcomer(origin))
        page = opened(browser, bot)
        page.get_by_role("button", name="Начать").click()
        bot.hears("message")
        process.kill()
        expect(page.locator("#status")).to_have_text("нет связи с песочницей, переподключаюсь…")
    port = origin.rsplit(":", 1)[1]
    with sandbox_process(tmp_path, "--telegram-port", port, peers=("telegram",), TELEGRAM_BOT_TOKEN=TOKEN):
        bot.say("Я вернулся")
        expect(bubble(page, "Я вернулся")).to_be_visible()
        expect(page.locator("#status")).to_have_text("бот")
    assert page.errors == []  # type: ignore[attr-defined]
    page.context.close()
