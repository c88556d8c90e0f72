"""pyTelegramBotAPI, as TRT uses it, speaks with the local Telegram and sees no difference."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
import telebot
from PIL import Image
from telebot import apihelper, types

from tests.sandbox.telegram_side import Telegram


@pytest.fixture
def bot(telegram: Telegram, monkeypatch: pytest.MonkeyPatch) -> Iterator[telebot.TeleBot]:
    monkeypatch.setattr(apihelper, "API_URL", telegram.origin + "/bot{0}/{1}")
    monkeypatch.setattr(apihelper, "FILE_URL", telegram.origin + "/file/bot{0}/{1}")
    monkeypatch.setattr(
        apihelper, "format_header_param", None
    )  # it changes file names in all later uploads of a process
    yield telebot.TeleBot(telegram.token, threaded=False)
    apihelper._get_req_session(reset=True).close()


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(out, "PNG")
    return out.getvalue()


def test_text_photo_album_edit_file_bill_and_commands(telegram: Telegram, bot: telebot.TeleBot) -> None:
    keys = types.InlineKeyboardMarkup([[types.InlineKeyboardButton("go", callback_data="go")]])
    sent = bot.send_message(telegram.user, "<b>Привет</b>", parse_mode="HTML", reply_markup=keys)
    assert (sent.text, sent.entities[0].type, sent.from_user.is_bot) == ("Привет", "bold", True)
    edited = bot.edit_message_text("Пока", telegram.user, sent.message_id)
    assert (edited.text, edited.reply_markup) == ("Пока", None)

    photo = bot.send_photo(telegram.user, picture("red"), caption="one")
    place = bot.get_file(photo.photo[-1].file_id).file_path
    assert Image.open(io.BytesIO(bot.download_file(place))).size == (64, 64)
    again = bot.send_photo(telegram.user, photo.photo[-1].file_id)
    assert again.photo[-1].file_unique_id == photo.photo[-1].file_unique_id

    album = [types.InputMediaPhoto(picture(colour), caption=colour) for colour in ("red", "blue")]
    assert [message.caption for message in bot.send_media_group(telegram.user, album)] == ["red", "blue"]
    bill = bot.send_invoice(telegram.user, "50 ₽", "Баланс", "order-1", "", "XTR", [types.LabeledPrice("Stars", 80)])
    assert bill.invoice.total_amount == 80
    assert bot.set_my_commands([types.BotCommand("start", "Меню")], language_code="ru")
    assert bot.get_me().username == "sandbox_bot"


def test_updates_of_every_kind_are_read(telegram: Telegram, bot: telebot.TeleBot) -> None:
    telegram.writes("/start ref_1")
    telegram.presses(telegram.say("menu", "go"), "go")
    telegram.act("block")
    message, tap, member = bot.get_updates()
    assert (message.message.text, message.message.from_user.id) == ("/start ref_1", telegram.user)
    assert (tap.callback_query.data, tap.callback_query.message.text) == ("go", "menu")
    assert member.my_chat_member.new_chat_member.status == "kicked"


def test_refusals_are_its_exceptions(telegram: Telegram, bot: telebot.TeleBot) -> None:
    telegram.fault("sendMessage", "429", retry_after=3)
    with pytest.raises(apihelper.ApiTelegramException) as refused:
        bot.send_message(telegram.user, "a")
    assert refused.value.result_json["parameters"]["retry_after"] == 3
