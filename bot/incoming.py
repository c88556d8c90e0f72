"""From Telegram's bytes to what the inbox files: of which chat, of which kind, and whether anybody can read it.

Pure: it asks no database. What the inbox cannot keep apart (jsonb and text columns refuse NUL, lone surrogates, numbers
without end and arrays without bottom) is told here, so that a handler never meets it.
"""

import json
import re
from typing import Any, NamedTuple

UPDATE_ID = re.compile(rb'"update_id"\s*:\s*(\d{1,18})\b')
KIND = re.compile(r"[a-z_]{1,32}")
ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")  # perhaps NUL or half of a pair; an emoji looks like that too
DIGITS = 19  # of the largest number that a column holds


class Unreadable(ValueError):
    """Not an update: there is not even an update_id to file it under."""


class Incoming(NamedTuple):
    """One update on its way into the table."""

    update_id: int
    kind: str  # the name of the one field beside update_id; "unreadable"
    chat_key: int
    content: dict[str, Any]  # of that field; empty where nobody can read it
    raw: bytes  # as Telegram sent it
    why: str = ""  # nobody can read it, in words for the operator


def read(raw: bytes) -> Incoming:
    """The update in these bytes. Raises Unreadable where there is no id; one with an id comes back as unreadable."""
    update, why = parsed(raw)
    kind, content = kind_of(update)
    if kind == "unreadable":
        why = why or "it has nothing beside its update_id that is an object with a name of small letters"
    return Incoming(update["update_id"], kind, chat_key(content), content, raw, why)


def parsed(raw: bytes) -> tuple[dict[str, Any], str]:
    """The update as JSON; where that cannot be, its bare id, so that it is stored dead and never comes again, and why."""
    update, why = None, ""
    try:
        update = _decode(raw.decode())
        if ESCAPED.search(raw):
            _refuse_halves_and_nul(update)
    except (ValueError, RecursionError) as trouble:
        update, why = None, _in_words(trouble)
    if isinstance(update, dict) and _is_id(update.get("update_id")):
        return update, why
    if found := UPDATE_ID.search(raw):
        return {"update_id": int(found[1])}, why or "its update_id is not where it belongs"
    raise Unreadable


def _in_words(trouble: ValueError | RecursionError) -> str:
    """What is wrong with the bytes, without a piece of them: a piece may be what the database refuses."""
    match trouble:
        case RecursionError():
            return "it is nested too deep"
        case UnicodeDecodeError():
            return f"its bytes are no UTF-8, from byte {trouble.start} on"
        case UnicodeEncodeError():
            return "it has half of a surrogate pair, which is no character"
        case json.JSONDecodeError():
            return f"it is no JSON: {trouble.msg}, at character {trouble.pos}"
    return f"it has {trouble}"


def kind_of(update: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The one field beside update_id: its name and content; `unreadable` where there is none."""
    for name, content in update.items():
        if name != "update_id" and isinstance(content, dict) and KIND.fullmatch(name):
            return name, content
    return "unreadable", {}


def chat_key(content: dict[str, Any]) -> int:
    """What is answered strictly in order: the chat, else the person, else 0."""
    message = content.get("message") if isinstance(content.get("message"), dict) else content
    for holder in ((message or {}).get("chat"), content.get("from")):
        if isinstance(holder, dict) and _is_id(holder.get("id"), signed=True):
            return int(holder["id"])
    return 0


def _is_id(value: Any, *, signed: bool = False) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and (-(2**62) if signed else 0) <= value < 2**62


def _refuse_halves_and_nul(update: Any) -> None:
    text = json.dumps(update, ensure_ascii=False)
    text.encode()  # half of a pair has no UTF-8
    if re.search(r"(?<!\\)(?:\\\\)*\\u0000", text):  # not the six characters, which a person may well write
        raise ValueError("a NUL character")


def _whole(digits: str) -> int:
    if len(digits) > DIGITS:
        raise ValueError("a number that no column holds")
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number without end")
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant}, which is no JSON")


_decode = json.JSONDecoder(parse_int=_whole, parse_float=_fraction, parse_constant=_refuse).decode
