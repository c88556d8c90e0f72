"""From Telegram's JSON to an Event: who did what. Meets the person, locks the dialog."""

import json
from typing import Any

from bot import deeplink
from bot.events import Command, Event, File, Message, Paid, Refunded, Tap
from bot.models import Dialog
from payments import people
from payments.customer import Customer
from reliability.one import one

MONEY = {"successful_payment": "paid", "refunded_payment": "refunded"}  # a message that tells of money that has moved
FILES = ("document", "video", "audio", "voice", "animation", "video_note", "sticker")


def event(update: dict[str, Any], kind: str) -> Event | None:
    """What the update says, or None where nobody waits for an answer: a group, an edit, a channel, a bot.

    Inside a transaction: the dialog is locked until its end.
    """
    content = update[kind]
    message = content.get("message") if kind == "callback_query" else content
    if kind not in {"message", "callback_query"} or not isinstance(message, dict):
        return None
    person, chat = _person(content), message.get("chat")
    if not person or person.get("is_bot") or not chat or chat.get("type") != "private":
        return None
    customer, new_here = people.meet(
        person["id"],
        first_name=person.get("first_name", ""),
        username=person.get("username"),
        language_code=person.get("language_code"),
        invite_code=deeplink.invite_code(deeplink.argument_of(str(content.get("text", "")))),
    )
    whose = {
        "customer": customer,
        "dialog": _dialog(chat["id"], customer),
        "chat": chat["id"],
        "message_id": message["message_id"],
        "new_here": new_here,
    }
    if kind == "callback_query":
        action, *args = str(content.get("data", "")).split(":")
        return Tap(**whose, action=action, args=tuple(args), on_text="text" in message)
    return _message(message, whose)


def _person(content: dict[str, Any]) -> Any:
    """Who did it. That a payment went back is a message of the bot's own: its person is whose private chat it stands in."""
    return content.get("chat" if "refunded_payment" in content else "from")


def money_in(raw: bytes, kind: str) -> str:
    """`paid` or `refunded` where the update tells of money that has moved already, else "". Raises nothing, whatever the bytes."""
    try:
        content = json.loads(raw)[kind]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    told = content if kind == "message" and isinstance(content, dict) else {}
    return next((moved for name, moved in MONEY.items() if name in told), "")


def _dialog(chat: int, customer: Customer) -> Dialog:
    """The chat's dialog, locked; made for somebody who is new here."""
    locked = Dialog.objects.select_for_update()
    if known := one(locked.filter(chat=chat)):
        return known
    Dialog.objects.get_or_create(chat=chat, defaults={"customer": customer})
    return locked.get(chat=chat)


def _message(message: dict[str, Any], whose: dict[str, Any]) -> Event:
    for name, kind in (("successful_payment", Paid), ("refunded_payment", Refunded)):
        if name in message:
            paid = message[name]
            return kind(
                **whose,
                payload=paid.get("invoice_payload", ""),
                currency=paid["currency"],
                amount=paid["total_amount"],
                charge_id=paid["telegram_payment_charge_id"],
            )
    text = message.get("text") or message.get("caption") or ""
    if text.startswith("/") and "text" in message:
        name, _, argument = text[1:].partition(" ")
        return Command(**whose, name=name.partition("@")[0].lower(), argument=argument.strip())
    return Message(
        **whose,
        text=text,
        file=file(message),
        date=message.get("date", 0),
        media_group_id=message.get("media_group_id", ""),
    )


def file(message: dict[str, Any]) -> File | None:
    """The file of a message; of a photo the largest size."""
    if sizes := message.get("photo"):
        best = max(sizes, key=lambda size: size.get("width", 0) * size.get("height", 0))
        return _file("photo", best | {"mime_type": "image/jpeg"})
    for kind in FILES:
        if found := message.get(kind):
            return _file(kind, found)
    return None


def _file(kind: str, found: dict[str, Any]) -> File:
    return File(
        file_id=found["file_id"],
        kind=kind,
        mime=found.get("mime_type", ""),
        name=found.get("file_name", ""),
        size=found.get("file_size", 0),
        width=found.get("width", 0),
        height=found.get("height", 0),
        duration=found.get("duration", 0),
        unique_id=found.get("file_unique_id", ""),
    )
