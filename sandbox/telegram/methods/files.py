"""sendPhoto, sendVideo, sendAudio, sendVoice, sendDocument, sendAnimation, and getFile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from ..chats import Message
from ..errors import bad
from ..intake import LARGEST_DOWNLOAD, content
from ..keyboard import inline
from ..params import Params
from ..text import LONGEST_CAPTION, formatted
from . import messages

if TYPE_CHECKING:
    from ..peer import Peer

_NAMED = ("title", "performer")  # of an audio, as the bot says


def captioned(p: Params) -> dict[str, Any]:
    """caption with its entities, and has_spoiler."""
    caption, entities = formatted(p, "caption", longest=LONGEST_CAPTION)
    said: dict[str, Any] = {"caption": caption} if caption else {}
    if entities:
        said["caption_entities"] = entities
    if p.flag("has_spoiler"):
        said["has_media_spoiler"] = True
    if p.flag("show_caption_above_media"):
        said["show_caption_above_media"] = True
    return said


def sender(kind: str) -> Callable[[Peer, Params], Awaitable[Message]]:
    """The method that sends one file of a kind."""

    async def send(peer: Peer, p: Params) -> Message:
        user = peer.chats.reachable(p.text("chat_id"))
        said = captioned(p)
        inline(p)  # a bad keyboard is refused before the file is fetched
        media = named(await content(peer, p, p.values.get(kind), kind), p)
        return messages.send(peer, peer.chats.reachable(user["id"]), p, media | said)

    return send


def named(media: dict[str, Any], p: Params) -> dict[str, Any]:
    """An audio's title and performer, where the call names them; a copy, for the file keeps its own."""
    if "audio" not in media:
        return media
    return {"audio": media["audio"] | {name: p.text(name) for name in _NAMED if name in p}}


async def get_file(peer: Peer, p: Params) -> dict[str, Any]:
    """Where a file of up to 20 MB can be fetched: /file/bot<token>/<file_path>."""
    stored = peer.files.get(p.text("file_id"))
    if stored is None:
        raise bad("invalid file_id")
    if stored.size > LARGEST_DOWNLOAD:
        raise bad("file is too big")
    unique = next((one["file_unique_id"] for one in _objects(stored.content) if one["file_id"] == stored.id), stored.id)
    return {"file_id": stored.id, "file_unique_id": unique, "file_size": stored.size, "file_path": stored.path}


def _objects(content: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for value in content.values() for one in (value if isinstance(value, list) else [value])]


METHODS = {
    "sendPhoto": sender("photo"),
    "sendVideo": sender("video"),
    "sendAudio": sender("audio"),
    "sendVoice": sender("voice"),
    "sendDocument": sender("document"),
    "sendAnimation": sender("animation"),
    "getFile": get_file,
}
