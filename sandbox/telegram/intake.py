"""How a file comes into a message: multipart, a file_id, or a URL that the peer fetches. Telegram's limits and words.

Sizes: core.telegram.org/bots/api#sending-files. Any address is fetched, loopback too: the local KIE lives there.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import aiohttp

from .errors import NO_URL_CONTENT, WRONG_FILE, WRONG_URL_TYPE, ApiError, bad
from .media import as_kind, sniffed
from .params import Params, Upload

if TYPE_CHECKING:
    from .peer import Peer

MB = 1024 * 1024
LARGEST_UPLOAD, LARGEST_PHOTO = 50 * MB, 10 * MB
LARGEST_URL, LARGEST_URL_PHOTO = 20 * MB, 5 * MB
LARGEST_DOWNLOAD = 20 * MB  # getFile
FETCH_S = 20
_BY_URL = {  # kind → the media types that a URL of it may lead to
    "photo": re.compile(r"image/(jpeg|png|webp|bmp|gif|tiff)"),
    "video": re.compile(r"video/.+"),
    "animation": re.compile(r"video/.+|image/gif"),
    "audio": re.compile(r"audio/.+|video/mp4"),
    "voice": re.compile(r"audio/.+"),
    "document": re.compile(r"application/(pdf|zip)|image/gif"),
}


async def content(peer: Peer, p: Params, value: Any, kind: str) -> dict[str, Any]:
    """What a message holds of the file that a parameter named: {"photo": […]}, {"video": {…}}… Raises ApiError."""
    if isinstance(value, str) and value.startswith("attach://"):
        upload = p.files.get(value.removeprefix("attach://"))
    else:
        upload = p.files.get(kind) if value in (None, "") else None
    if upload is not None:
        return await _uploaded(peer, upload, kind)
    if not isinstance(value, str) or not value or value.startswith("attach://"):
        raise bad(f"there is no {kind} in the request")
    if re.match(r"https?://", value):
        return await _fetched(peer, value, kind)
    return _known(peer, value, kind)


async def take(peer: Peer, kind: str, upload: Upload) -> dict[str, Any]:
    """Measure and keep a file that a person or the bot sent."""
    found, pieces = await asyncio.to_thread(as_kind, kind, upload.content, upload.name, upload.mime)
    return peer.files.keep(found, pieces)


async def _uploaded(peer: Peer, upload: Upload, kind: str) -> dict[str, Any]:
    if not upload.content:
        raise bad("file must be non-empty")
    if len(upload.content) > LARGEST_UPLOAD:
        raise ApiError(413, "Request Entity Too Large")
    if kind == "photo" and len(upload.content) > LARGEST_PHOTO:
        raise bad("PHOTO_SAVE_FILE_INVALID: the photo is over 10 MB")
    return await take(peer, kind, upload)


def _known(peer: Peer, file_id: str, kind: str) -> dict[str, Any]:
    stored = peer.files.get(file_id)
    if stored is None:
        raise bad(WRONG_FILE)
    if stored.kind != kind:
        raise bad(f"can't use file of type {stored.kind.capitalize()} as {kind.capitalize()}")
    return stored.content


async def _fetched(peer: Peer, url: str, kind: str) -> dict[str, Any]:
    limit = LARGEST_URL_PHOTO if kind == "photo" else LARGEST_URL
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=FETCH_S)) as session,
            session.get(url) as answer,
        ):
            if answer.status != 200:
                raise bad(NO_URL_CONTENT)
            said = answer.content_type
            body = b""
            async for chunk in answer.content.iter_chunked(MB):
                body += chunk
                if len(body) > limit:
                    raise bad(NO_URL_CONTENT)
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        raise bad(NO_URL_CONTENT) from None
    found = sniffed(body, said)
    if not body or said == "text/html" or not _BY_URL[kind].fullmatch(found):
        raise bad(WRONG_URL_TYPE)
    name = unquote(urlsplit(url).path.rpartition("/")[2])
    return await take(peer, kind, Upload(name, said, body))
