"""reply_markup: its shape and limits, checked as Telegram does."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from .errors import bad
from .params import Params

MOST_BUTTONS = 100
_ACTIONS = ("url", "callback_data", "pay", "web_app", "login_url", "switch_inline_query", "copy_text", "callback_game")
_INLINE_ONLY = "inline_keyboard"


def inline(p: Params) -> dict[str, Any] | None:
    """The inline keyboard of a call, checked; None when there is none or it is empty.
    Other markups (a reply keyboard, its removal, force_reply) are checked for their shape only: a Message does not show them."""
    markup = p.json("reply_markup")
    if markup is None or markup == "":
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if _INLINE_ONLY not in markup:
        if not ({"keyboard", "remove_keyboard", "force_reply"} & set(markup)) and markup:
            raise bad("can't parse reply keyboard markup JSON object")
        return None
    rows = markup[_INLINE_ONLY]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    checked = [[_button(button, first=not (r or c)) for c, button in enumerate(row)] for r, row in enumerate(rows)]
    checked = [row for row in checked if row]
    if sum(map(len, checked)) > MOST_BUTTONS:
        raise bad("REPLY_MARKUP_TOO_LONG")
    return {_INLINE_ONLY: checked} if checked else None


def _button(button: Any, *, first: bool) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise bad("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    text = button.get("text")
    if not isinstance(text, str):
        raise bad("can't parse inline keyboard button: Can't find field \"text\"")
    if not text.strip():
        raise bad("can't parse inline keyboard button: InlineKeyboardButton text must be non-empty")
    kinds = [name for name in _ACTIONS if name in button]
    if len(kinds) != 1:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if kinds == ["callback_data"] and not (
        isinstance(button["callback_data"], str) and 1 <= len(button["callback_data"].encode()) <= 64
    ):
        raise bad("BUTTON_DATA_INVALID")
    if kinds == ["url"]:
        _check_url(button["url"])
    if kinds == ["pay"] and not first:
        raise bad("BUTTON_TYPE_INVALID")
    return {name: value for name, value in button.items() if value is not None}


def _check_url(url: Any) -> None:
    """http, https and tg links."""
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    if parts.scheme not in ("http", "https", "tg") or not parts.netloc:
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def datas(message: dict[str, Any]) -> set[str]:
    """All callback_data on a message now."""
    rows = message.get("reply_markup", {}).get(_INLINE_ONLY, [])
    return {button["callback_data"] for row in rows for button in row if "callback_data" in button}
