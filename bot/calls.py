"""The calls that say a delivery's screen, in order: what it says as text, files, a statement or a bill."""

from typing import Any

import structlog

from bot import gateway, media, statement_file
from bot.models import Delivery
from bot.refusals import CannotEdit
from payments.models import Customer

log = structlog.get_logger()


def of(delivery: Delivery, payload: dict[str, Any]) -> list[Any]:
    """The calls that make up a screen, each returning the id of what Telegram accepted."""
    chat, parts = delivery.chat, []
    if payload.get("media"):
        parts += media.parts(delivery, payload)
    elif payload.get("statement"):
        parts.append(lambda: _statement(chat, payload))
    elif payload.get("text"):
        parts.append(lambda: _text(chat, payload))
    if payload.get("invoice"):
        parts.append(lambda: gateway.send_invoice(chat, payload["invoice"]))
    return parts


def _text(chat: int, payload: dict[str, Any]) -> int:
    if payload.get("edit"):
        try:
            gateway.edit_text(chat, payload["edit"], payload["text"], payload["keys"])
        except CannotEdit as why:
            log.info("telegram.cannot_edit", why=str(why))
            if payload.get("quiet"):  # a word in the place of another, not worth a message of its own
                return payload["edit"]
        else:
            return payload["edit"]
    return gateway.send_text(chat, payload["text"], payload["keys"])


def _statement(chat: int, payload: dict[str, Any]) -> int:
    name, content = statement_file.of(Customer.objects.get(pk=payload["statement"]))
    return gateway.send_file(chat, name, content, payload["text"], payload["keys"])
