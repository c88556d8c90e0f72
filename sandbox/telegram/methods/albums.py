"""sendMediaGroup: two to ten files as one album, all or nothing."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from ..chats import Message
from ..errors import ApiError, bad
from ..intake import content
from ..params import Params
from ..text import LONGEST_CAPTION, styled
from .messages import reply

if TYPE_CHECKING:
    from ..peer import Peer

KINDS = ("photo", "video", "audio", "document")
_ALONE = ("audio", "document")  # these are grouped with their like only
_BY_URL = {  # what a failed URL is called inside an album
    "failed to get HTTP URL content": "WEBPAGE_CURL_FAILED",
    "wrong type of the web page content": "WEBPAGE_MEDIA_EMPTY",
}


async def send_media_group(peer: Peer, p: Params) -> list[Message]:
    """The messages of the album share a media_group_id; none is sent when one of the files is refused."""
    user = peer.chats.reachable(p.text("chat_id"))
    items = _items(p)
    contents = [await _content(peer, p, number, item) for number, item in enumerate(items, 1)]
    user = peer.chats.reachable(user["id"])  # fetching took a while
    common = reply(peer, user["id"], p) | {"media_group_id": str(10**13 + secrets.randbelow(9 * 10**13))}
    with peer.change(user["id"]):
        return [peer.chats.add(user, peer.bot, common | media, outgoing=True) for media in contents]


def _items(p: Params) -> list[dict[str, Any]]:
    items = p.json("media")
    if not isinstance(items, list):
        raise bad("can't parse media JSON object")
    if p.json("reply_markup"):
        raise bad("reply markup can't be used in media groups")
    if not 2 <= len(items) <= 10:
        raise bad(f"Too {'few' if len(items) < 2 else 'many'} messages to send as an album")
    kinds = {item.get("type") if isinstance(item, dict) else None for item in items}
    if not kinds <= set(KINDS):
        raise bad("unallowed type of the media in the group: photo, video, audio and document can be grouped")
    for kind in _ALONE:
        if kind in kinds and len(kinds) > 1:
            raise bad(f"{kind.capitalize()} can't be mixed with other media types")
    return items


async def _content(peer: Peer, p: Params, number: int, item: dict[str, Any]) -> dict[str, Any]:
    mode, entities = str(item.get("parse_mode") or ""), item.get("caption_entities")
    caption, entities = styled(str(item.get("caption") or ""), mode, entities, LONGEST_CAPTION)
    said: dict[str, Any] = {"caption": caption} if caption else {}
    if entities:
        said["caption_entities"] = entities
    if item.get("has_spoiler"):
        said["has_media_spoiler"] = True
    try:
        media = await content(peer, p, item.get("media"), item["type"])
    except ApiError as error:
        words = error.description.removeprefix("Bad Request: ")
        if words in _BY_URL:
            raise bad(f'failed to send message #{number} with the error message "{_BY_URL[words]}"') from None
        raise
    return media | said


METHODS = {"sendMediaGroup": send_media_group}
