"""The gateway against a Telegram that knows nothing of TRT: what is sent arrives, and every refusal becomes ours."""

import threading
from collections.abc import Iterator

import pytest
from telebot import apihelper

from bot import gateway, refusals
from tests.bot.chat import fresh_gateway
from tests.e2e.strangers.telegram import Telegram
from tests.e2e.strangers.visitor import Visitor
from tests.e2e.strangers.web import HUNG_UP, Reply, Request

TOKEN = "6543210987:AAEstranger-strange_r"


@pytest.fixture
def telegram(settings) -> Iterator[Telegram]:
    with Telegram(TOKEN).serving() as server:
        settings.TELEGRAM_API_URL, settings.TELEGRAM_BOT_TOKEN = server.origin, TOKEN
        fresh_gateway()
        yield server
    fresh_gateway()


@pytest.fixture
def anna(telegram: Telegram) -> Visitor:
    return Visitor(telegram, name="Анна")


def test_the_longest_text_in_cyrillic_arrives_whole(anna: Visitor):
    text = "Щ" * 4096  # 24 kB in a URL, of which servers take 8

    gateway.send_text(anna.id, text, [[{"text": "Меню", "callback_data": "menu"}]])

    assert anna.messages()[-1]["text"] == text


def test_texts_of_people_are_in_no_url_and_so_in_no_log(anna: Visitor, telegram: Telegram):
    sent = gateway.send_text(anna.id, "личное", [])
    gateway.edit_text(anna.id, sent, "ещё личное", [])

    assert [call.query for call in telegram.calls] == ["", ""]


def test_an_edit_that_changes_nothing_is_fine(anna: Visitor):
    sent = gateway.send_text(anna.id, "<b>Привет</b>", [[{"text": "Меню", "callback_data": "menu"}]])

    gateway.edit_text(anna.id, sent, "<b>Привет</b>", [[{"text": "Меню", "callback_data": "menu"}]])

    assert len(anna.messages()) == 1


def test_a_message_that_was_deleted_and_one_of_a_picture_cannot_be_edited(anna: Visitor, telegram: Telegram):
    picture = telegram.put(anna.id, telegram.me, photo=[], caption="фото")

    for message_id in (picture["message_id"], 999_999):
        with pytest.raises(refusals.CannotEdit):
            gateway.edit_text(anna.id, message_id, "новое", [])


def test_who_blocked_the_bot_or_never_wrote_is_unreachable(anna: Visitor, telegram: Telegram):
    telegram.blocked_by.add(anna.id)

    for chat in (anna.id, 42):
        with pytest.raises(refusals.Unreachable):
            gateway.send_text(chat, "есть кто?", [])


def test_too_fast_says_how_long_to_wait(anna: Visitor, telegram: Telegram):
    telegram.slow_down["sendMessage"] = [17]

    with pytest.raises(refusals.TooFast) as limit:
        gateway.send_text(anna.id, "скорее", [])

    assert limit.value.retry_after_s == 17


def test_a_refused_token_is_trouble_of_ours_and_refuses_no_content(anna: Visitor, telegram: Telegram):
    telegram.token = "6543210987:AAEanother"

    with pytest.raises(refusals.TokenRefused):
        gateway.send_text(anna.id, "слово", [])


@pytest.mark.parametrize("text", ["<b>не закрыт", "<script>нет такого</script>", "  ", "я" * 4097])
def test_content_that_telegram_does_not_take_is_rejected(anna: Visitor, text: str):
    with pytest.raises(refusals.Rejected):
        gateway.send_text(anna.id, text, [])


def test_the_bytes_of_a_persons_file(anna: Visitor, telegram: Telegram):
    file = telegram.keep("document", b"%PDF-1.4 of Anna", "my.pdf")["document"]

    assert gateway.open_file(file["file_id"]) == b"%PDF-1.4 of Anna"


def test_a_file_over_what_telegram_gives_is_rejected(telegram: Telegram, monkeypatch: pytest.MonkeyPatch):
    file = telegram.keep("document", bytes(2000), "my.pdf")["document"]
    monkeypatch.setattr(gateway, "MOST_BYTES", 1999)

    with pytest.raises(refusals.Rejected):
        gateway.open_file(file["file_id"])


def test_a_download_that_falls_silent_is_given_up(telegram: Telegram, monkeypatch: pytest.MonkeyPatch):
    file, over = telegram.keep("document", b"slow", "my.pdf")["document"], threading.Event()
    monkeypatch.setattr(apihelper, "READ_TIMEOUT", 0.2)
    answer = telegram.answer

    def silent(request: Request) -> Reply:
        if request.path.startswith("/file/"):
            over.wait(60)
            return Reply(HUNG_UP, b"")
        return answer(request)

    monkeypatch.setattr(telegram, "answer", silent)
    with pytest.raises(refusals.Unclear):
        gateway.open_file(file["file_id"])
    over.set()
