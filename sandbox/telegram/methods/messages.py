"""Text messages, copies and forwards, deletion, chat actions, reactions, answers to pressed buttons."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ..chats import Message, chat, quoted
from ..errors import bad
from ..keyboard import inline
from ..params import Params, whole
from ..text import LONGEST_CAPTION, LONGEST_TEXT, formatted

if TYPE_CHECKING:
    from ..peer import Peer

DELETABLE_S = 48 * 3600
LONGEST_ANSWER = 200
ACTIONS = frozenset(
    {
        *("typing", "choose_sticker", "find_location", "upload_photo", "upload_document"),
        *("record_video", "upload_video", "record_voice", "upload_voice", "record_video_note", "upload_video_note"),
    }
)
_PARTS = (
    *("text", "entities", "caption", "caption_entities", "has_media_spoiler", "show_caption_above_media"),
    *("photo", "video", "audio", "voice", "document", "animation"),
)


def send(peer: Peer, user: dict[str, Any], p: Params, content: dict[str, Any]) -> Message:
    """One new message of the bot with what every send method takes: a reply, a keyboard, protection."""
    common = reply(peer, user["id"], p) | content
    if p.flag("protect_content"):
        common["has_protected_content"] = True
    if markup := inline(p):
        common["reply_markup"] = markup
    with peer.change(user["id"]):
        return peer.chats.add(user, peer.bot, common, outgoing=True)


def reply(peer: Peer, chat_id: int, p: Params) -> dict[str, Any]:
    """reply_parameters (or the older reply_to_message_id). Raises ApiError when that message is not there."""
    given = p.json("reply_parameters")
    given = given if isinstance(given, dict) else {}
    message_id = given.get("message_id", p.integer("reply_to_message_id"))
    if message_id is None:
        return {}
    found = peer.chats.get(chat_id, _id(message_id))
    if found:
        return {"reply_to_message": quoted(found[0])}
    if given.get("allow_sending_without_reply") or p.flag("allow_sending_without_reply"):
        return {}
    raise bad("message to be replied not found")


async def send_message(peer: Peer, p: Params) -> Message:
    """Text, 1–4096 characters after its entities."""
    user = peer.chats.reachable(p.text("chat_id"))
    text, entities = formatted(p, "text", longest=LONGEST_TEXT)
    if not text:
        raise bad("message text is empty")
    return send(peer, user, p, {"text": text, **({"entities": entities} if entities else {})})


async def copy_message(peer: Peer, p: Params) -> dict[str, Any]:
    """The content again, with a caption and keyboard of its own if given. Returns the new id only."""
    user, source = _source(peer, p, "copy")
    content = {name: source[name] for name in _PARTS if name in source}
    if "caption" in p and "text" not in content:
        caption, entities = formatted(p, "caption", longest=LONGEST_CAPTION)
        content |= {"caption": caption, "caption_entities": entities}
    return {"message_id": send(peer, user, p, content)["message_id"]}


async def forward_message(peer: Peer, p: Params) -> Message:
    """The message with where it came from."""
    user, source = _source(peer, p, "forward")
    origin = {"type": "user", "sender_user": source["from"], "date": source["date"]}
    content = {name: source[name] for name in _PARTS if name in source}
    return send(peer, user, p, {"forward_origin": origin, **content})


def _source(peer: Peer, p: Params, verb: str) -> tuple[dict[str, Any], Message]:
    user = peer.chats.reachable(p.text("chat_id"))
    origin = peer.chats.reachable(p.text("from_chat_id"))
    found = peer.chats.get(origin["id"], p.integer("message_id"))
    if not found:
        raise bad(f"message to {verb} not found")
    if not any(name in found[0] for name in _PARTS):
        raise bad(f"message can't be {'copied' if verb == 'copy' else 'forwarded'}")
    return user, found[0]


async def delete_message(peer: Peer, p: Params) -> bool:
    """Gone for both, within 48 hours."""
    user = peer.chats.reachable(p.text("chat_id"))
    message_id = p.integer("message_id")
    if message_id is None:
        raise bad("message identifier is not specified")
    found = peer.chats.get(user["id"], message_id)
    if not found:
        raise bad("message to delete not found")
    if found[0]["date"] < time.time() - DELETABLE_S:
        raise bad("message can't be deleted for everyone")
    with peer.change(user["id"]):
        peer.chats.remove(message_id)
    return True


async def delete_messages(peer: Peer, p: Params) -> bool:
    """1–100 at once; those that are not there are skipped."""
    user = peer.chats.reachable(p.text("chat_id"))
    ids = p.json("message_ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= 100:
        raise bad("message identifiers are not specified" if not ids else "too many message identifiers specified")
    numbers = [_id(one) for one in ids]
    with peer.change(user["id"]):
        for message_id in numbers:
            if peer.chats.get(user["id"], message_id):
                peer.chats.remove(message_id)
    return True


async def send_chat_action(peer: Peer, p: Params) -> bool:
    """«typing…» on the person's side; kept nowhere."""
    user = peer.chats.reachable(p.text("chat_id"))
    action = p.text("action")
    if action not in ACTIONS:
        raise bad("wrong parameter action in request")
    peer.hub.tell(user["id"], "action", {"action": action})
    return True


async def answer_callback_query(peer: Peer, p: Params) -> bool:
    """Stop the button's spinner, perhaps with words. Once, and not too late."""
    text, query_id, alert = p.text("text"), p.text("callback_query_id"), p.flag("show_alert")
    if len(text) > LONGEST_ANSWER:
        raise bad("MESSAGE_TOO_LONG")
    chat_id = peer.presses.answer(query_id, text, alert)
    peer.hub.tell(chat_id, "answer", {"callback_query_id": query_id, "text": text, "show_alert": alert})
    return True


async def set_message_reaction(peer: Peer, p: Params) -> bool:
    """At most one emoji of the bot; shown as `reaction` on the person's side, which is no field of Telegram's Message."""
    user = peer.chats.reachable(p.text("chat_id"))
    found = peer.chats.get(user["id"], p.integer("message_id"))
    if not found:
        raise bad("message to react not found")
    reactions = p.json("reaction") or []
    if not isinstance(reactions, list) or len(reactions) > 1:
        raise bad("REACTIONS_TOO_MANY")
    if any(not isinstance(one, dict) or one.get("type") != "emoji" or not one.get("emoji") for one in reactions):
        raise bad("REACTION_INVALID")
    with peer.change(user["id"]):
        peer.chats.replace(found[0] | {"reaction": reactions})
    return True


async def get_chat(peer: Peer, p: Params) -> dict[str, Any]:
    """A private chat."""
    user = peer.chats.written(p.text("chat_id"))
    return chat(user) | {"accent_color_id": 0, "max_reaction_count": 11}


def _id(value: Any) -> int:
    try:
        return whole(value)
    except ValueError:
        raise bad("message identifier is not a whole number") from None


METHODS = {
    "sendMessage": send_message,
    "copyMessage": copy_message,
    "forwardMessage": forward_message,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "sendChatAction": send_chat_action,
    "answerCallbackQuery": answer_callback_query,
    "setMessageReaction": set_message_reaction,
    "getChat": get_chat,
}
