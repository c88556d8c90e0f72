"""How a call of Telegram's may end other than well: its refusals and its silences, as ours."""

from typing import Final

import requests
import structlog
from telebot import apihelper
from telebot.apihelper import ApiTelegramException

from reliability.http import never_connected
from reliability.log import masked

log = structlog.get_logger()
NOT_TEXT = (
    "there is no text in the message",
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
)


class TelegramError(Exception):
    """What Telegram said, without the token."""

    def __init__(self, why: object) -> None:
        super().__init__(masked(str(why)))


class TooFast(TelegramError):
    """429: wait exactly `retry_after_s`."""

    def __init__(self, why: object, retry_after_s: int) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class Unreachable(TelegramError):
    """403, or no such chat: the person blocked the bot, is gone, or never wrote."""


class Conflict(TelegramError):
    """409: a webhook is set, or somebody else polls with our token."""


class CannotEdit(TelegramError):
    """The message is gone, too old or not of text: say it in a new one."""


class Rejected(TelegramError):
    """400: Telegram does not take this content; repeating it is useless."""


class Unclear(TelegramError):
    """No answer, or 5xx: perhaps done."""


class NoAnswer(Unclear):
    """It left, and nothing came back: perhaps a message is there that we do not know of, and a repeat would be a second one."""


class NotSent(Unclear):
    """No connection came about: certainly not done."""


class TokenRefused(NotSent):
    """401: Telegram does not take our token. Trouble of ours, whatever was to be said: nothing of it is refused."""

    retry_after_s = 10  # an operator has to change it


OUTCOMES: Final = {
    TooFast: "too_fast",
    Unreachable: "unreachable",
    Conflict: "conflict",
    CannotEdit: "cannot_edit",
    Rejected: "rejected",
    Unclear: "unclear",
    NoAnswer: "no_answer",
    NotSent: "not_sent",
    TokenRefused: "token_refused",
}  # how a call may end, beside ok: labels of its counts


def said(refusal: ApiTelegramException) -> TelegramError:
    """A refusal in Telegram's own words."""
    words = refusal.description.lower()
    if refusal.error_code == 401:
        log.error("telegram.token_refused", why=refusal.description)  # equal lines pass once in 30 s (reliability.log)
        return TokenRefused(refusal.description)
    if refusal.error_code == 429:
        return TooFast(refusal.description, int(refusal.result_json.get("parameters", {}).get("retry_after", 1)))
    if refusal.error_code == 409:
        return Conflict(refusal.description)
    if refusal.error_code == 403 or "chat not found" in words:
        return Unreachable(refusal.description)
    if any(part in words for part in NOT_TEXT):
        return CannotEdit(refusal.description)
    if 400 <= refusal.error_code < 500:
        return Rejected(refusal.description)
    return Unclear(refusal.description)


def unclear(trouble: Exception) -> Unclear:
    """No answer that says what was done. A server in between that waited for Telegram in vain (504) has heard as little as we."""
    if never_connected(trouble):
        return NotSent(_briefly(trouble))
    status = trouble.result.status_code if isinstance(trouble, apihelper.ApiHTTPException) else 0
    is_lost = isinstance(trouble, requests.RequestException) or status == 504
    return (NoAnswer if is_lost else Unclear)(_briefly(trouble))


def _briefly(trouble: Exception) -> str:
    """Its kind and the system's own reason, without the address that was asked and who asked it on whose behalf."""
    reason = getattr(trouble.args[0] if trouble.args else None, "reason", None)
    if reason is None:
        return f"{type(trouble).__name__}: {trouble}"[:300]
    return f"{type(reason).__name__}: {str(reason).rpartition(': ')[2]}"
