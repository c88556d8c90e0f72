"""editMessage…: text, caption, media, keyboard. Without a reply_markup an edit takes the keyboard away, as Telegram's does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ..chats import Message
from ..errors import NOT_MODIFIED, bad
from ..intake import content
from ..keyboard import inline
from ..params import Params
from ..text import LONGEST_CAPTION, LONGEST_TEXT, formatted, styled
from .files import captioned

if TYPE_CHECKING:
    from ..peer import Peer

MEDIA = ("photo", "video", "audio", "voice", "document", "animation")
_EDITABLE_TO = ("photo", "video", "audio", "document", "animation")
_SAID = ("caption", "caption_entities", "has_media_spoiler", "show_caption_above_media")


async def edit_text(peer: Peer, p: Params) -> Message:
    """Another text (and keyboard) for a message of text."""
    message = _own(peer, p)
    text, entities = formatted(p, "text", longest=LONGEST_TEXT)
    if not text:
        raise bad("message text is empty")
    if "text" not in message:
        raise bad("there is no text in the message to edit")
    changed = _without(message, "text", "entities", "reply_markup") | {"text": text}
    if entities:
        changed["entities"] = entities
    return _edited(peer, p, message, changed)


async def edit_caption(peer: Peer, p: Params) -> Message:
    """Another caption, or none, for a message with a file."""
    message = _own(peer, p)
    if not any(kind in message for kind in MEDIA):
        raise bad("there is no caption in the message to edit")
    return _edited(peer, p, message, _without(message, "reply_markup", *_SAID) | captioned(p))


async def edit_keyboard(peer: Peer, p: Params) -> Message:
    """Another keyboard, or none."""
    message = _own(peer, p)
    return _edited(peer, p, message, _without(message, "reply_markup"), stamped=False)


async def edit_media(peer: Peer, p: Params) -> Message:
    """Another file with its caption. A text message may become one with a file, as Telegram allows since Bot API 7.11."""
    message = _own(peer, p)
    media = p.json("media")
    if not isinstance(media, dict) or media.get("type") not in _EDITABLE_TO:
        raise bad("can't parse media JSON object" if not isinstance(media, dict) else "type of the media is invalid")
    caption, entities = styled(
        str(media.get("caption") or ""),
        str(media.get("parse_mode") or ""),
        media.get("caption_entities"),
        LONGEST_CAPTION,
    )
    inline(p)
    made = await content(peer, p, media.get("media"), media["type"])
    message = _own(peer, p)  # fetching took a while
    changed = _without(message, "text", "entities", "reply_markup", *MEDIA, *_SAID) | made
    changed |= {"caption": caption} if caption else {}
    changed |= {"caption_entities": entities} if entities else {}
    return _edited(peer, p, message, changed)


def _own(peer: Peer, p: Params) -> Message:
    user = peer.chats.reachable(p.text("chat_id"))
    return peer.chats.own(user["id"], p.integer("message_id"))


def _without(message: Message, *names: str) -> dict[str, Any]:
    return {name: value for name, value in message.items() if name not in names}


def _edited(peer: Peer, p: Params, message: Message, changed: Message, *, stamped: bool = True) -> Message:
    """Write the change; identical content is an error of its own."""
    if markup := inline(p):
        changed["reply_markup"] = markup
    if changed == message:
        raise bad(NOT_MODIFIED)
    if stamped:
        changed["edit_date"] = int(time.time())
    with peer.change(message["chat"]["id"]):
        peer.chats.replace(changed)
    return changed


METHODS = {
    "editMessageText": edit_text,
    "editMessageCaption": edit_caption,
    "editMessageReplyMarkup": edit_keyboard,
    "editMessageMedia": edit_media,
}
