"""The chat page: pictures, files and paying."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import expect

from tests.sandbox.page.conftest import Bot, bubble, picture

pytestmark = pytest.mark.long


def test_media_stay_while_their_caption_is_edited(chat, bot):
    sent = bot.call("sendPhoto", files={"photo": ("a.png", picture())}, chat_id=bot.chat, caption="Было")
    shot = bubble(chat, "Было").locator("img")
    expect(shot).to_be_visible()
    kept = shot.element_handle()
    bot.call("editMessageCaption", chat_id=bot.chat, message_id=sent["message_id"], caption="Стало")
    expect(bubble(chat, "Стало")).to_be_visible()
    assert kept.evaluate("image => image.isConnected && image.naturalWidth > 0")


def test_an_album_is_one_bubble_and_opens_large(chat, bot):
    media = '[{"type":"photo","media":"attach://a","caption":"Три"},{"type":"photo","media":"attach://b"},{"type":"photo","media":"attach://c"}]'
    files = {
        name: (f"{name}.png", picture(colour)) for name, colour in zip("abc", ("red", "green", "blue"), strict=True)
    }
    bot.call("sendMediaGroup", files=files, chat_id=bot.chat, media=media)
    expect(bubble(chat, "Три").locator(".shot")).to_have_count(3)
    bubble(chat, "Три").locator(".shot").first.click()
    expect(chat.locator(".count-of")).to_have_text("1 / 3")
    chat.keyboard.press("ArrowRight")
    expect(chat.locator(".count-of")).to_have_text("2 / 3")
    chat.keyboard.press("Escape")
    expect(chat.locator("dialog.viewer")).to_have_count(0)


def test_a_photo_from_the_menu_goes_with_its_caption(chat, bot):
    chat.get_by_role("button", name="Прикрепить").click()
    with chat.expect_file_chooser() as chooser:
        chat.get_by_role("button", name="Фото").click()
    chooser.value.set_files([{"name": "cat.png", "mimeType": "image/png", "buffer": picture()}])
    chat.get_by_role("textbox", name="Подпись").fill("Кот")
    chat.get_by_role("dialog").get_by_role("button", name="Отправить").click()
    heard = bot.hears("message")
    assert (heard["caption"], heard["photo"][-1]["width"]) == ("Кот", 640)
    expect(bubble(chat, "Кот").locator("img")).to_be_visible()


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_dropped_or_pasted_picture_may_go_as_a_file(chat, bot, event):
    script = """async ([event, bytes]) => {
        const data = new DataTransfer();
        const content = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
        data.items.add(new File([content], "sky.png", {type: "image/png"}));
        const made = event === "drop" ? new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true})
            : new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
        document.getElementById("text").dispatchEvent(made);
    }"""
    chat.evaluate(script, [event, base64.b64encode(picture()).decode()])
    chat.get_by_label("Отправить без сжатия").check()
    chat.get_by_role("dialog").get_by_role("button", name="Отправить").click()
    assert bot.hears("message")["document"]["file_name"] == "sky.png"
    expect(chat.locator("a.file")).to_contain_text("sky.png")


def invoice(bot: Bot) -> None:
    prices = [{"label": "100 ₽", "amount": 160}]
    bot.call(
        "sendInvoice",
        chat_id=bot.chat,
        title="100 ₽",
        description="Пополнение",
        payload="p",
        currency="XTR",
        prices=prices,
    )


def test_an_invoice_is_paid_after_a_confirmation(chat, bot):
    invoice(bot)
    chat.locator(".key-pay").click()
    sheet = chat.get_by_role("dialog")
    expect(sheet).to_contain_text("тестовые звёзды, настоящих денег нет")
    sheet.get_by_role("button", name="Оплатить ⭐ 160").click()
    bot.call("answerPreCheckoutQuery", pre_checkout_query_id=bot.hears("pre_checkout_query")["id"], ok=True)
    expect(sheet).to_contain_text("Оплачено")
    assert bot.hears("message")["successful_payment"]["total_amount"] == 160
    expect(chat.locator(".service", has_text="Вы заплатили боту ⭐ 160")).to_be_attached()


def test_a_refused_payment_says_the_bots_reason(chat, bot):
    invoice(bot)
    chat.locator(".key-pay").click()
    sheet = chat.get_by_role("dialog")
    sheet.get_by_role("button", name="Оплатить ⭐ 160").click()
    query = bot.hears("pre_checkout_query")["id"]
    bot.call("answerPreCheckoutQuery", pre_checkout_query_id=query, ok=False, error_message="Счёт устарел")
    expect(sheet).to_contain_text("Оплата не прошла: Счёт устарел")
