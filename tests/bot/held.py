"""A hold as the tests begin and end it, and what stands in a chat."""

from datetime import timedelta
from typing import Any

from bot import hold
from bot.models import Hold, Update
from reliability import clock
from tests.sandbox.telegram_side import Telegram

NOTICE = "Ваш запрос сохранён"


def held(minutes: int = 30) -> Hold:
    return hold.begin(until=clock.now() + timedelta(minutes=minutes), reason="Обновление", by="operator")


def over(one: Hold) -> None:
    assert hold.end(one.pk, by="operator")


def said(telegram: Telegram) -> list[dict[str, Any]]:
    """What the bot has said in the chat and still stands there."""
    return [message for message in telegram.chat()["messages"] if message.get("outgoing")]


def texts(telegram: Telegram) -> list[str]:
    return [message.get("text", "") for message in said(telegram)]


def keys(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [key for row in message["reply_markup"]["inline_keyboard"] for key in row]


def refreshes(telegram: Telegram, message: dict[str, Any]) -> str:
    return telegram.presses(message, keys(message)[0]["callback_data"])


def answer_to(telegram: Telegram, query: str) -> dict[str, Any]:
    return telegram.get(f"chats/{telegram.user}/answers/{query}")


def states() -> list[tuple[str, str]]:
    return list(Update.objects.order_by("seq").values_list("state", "reason"))
