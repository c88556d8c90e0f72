"""Results on their way into a chat: by URL, else downloaded and uploaded, else as a document, else as a link."""

from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import puremagic
import structlog
from django.conf import settings
from requests import RequestException
from requests_hardened import Config, HTTPSession
from telebot import types

from bot import gateway
from bot.gateway import Rejected
from bot.models import Delivery

log = structlog.get_logger()

MOST_BYTES = 50_000_000  # what a bot may upload
CAPTION = 1024
SENDERS = {
    "photo": "send_photo",
    "video": "send_video",
    "audio": "send_audio",
    "voice": "send_voice",
    "animation": "send_animation",  # before the document that Telegram names beside it
    "document": "send_document",
}
ALBUM = {
    "photo": types.InputMediaPhoto,
    "video": types.InputMediaVideo,
    "audio": types.InputMediaAudio,
    "document": types.InputMediaDocument,
}


class NotAFile(Exception):
    """What the URL gives is empty, a page, too large, or not to be had."""


def parts(delivery: Delivery, payload: dict[str, Any]) -> list[Callable[[], Any]]:
    """The calls that send a screen with media: one file with caption and keys; or an album of up to ten, then text and keys."""
    files, chat = payload["media"], delivery.chat
    if len(files) == 1:
        return [lambda: _one(delivery, files[0], payload["text"], payload["keys"])]
    albums = [files[at : at + 10] for at in range(0, len(files), 10)]
    calls: list[Callable[[], Any]] = [partial(_album, delivery, album) for album in albums]
    return [*calls, lambda: gateway.send_text(chat, payload["text"], payload["keys"])]


def _one(delivery: Delivery, file: dict[str, str], caption: str, keys: list) -> int:
    for source, kind in _ways(file):
        try:
            sent = _call(delivery.chat, kind, source(), caption, keys)
        except (Rejected, NotAFile) as why:
            log.info("media.other_way", delivery=delivery.dedup_key, kind=kind, why=str(why))
            continue
        delivery.file_ids += kept(sent, kind)
        return sent.message_id
    link = f'{caption}\n\n<a href="{file["source"]}">{file["name"] or "⬇️"}</a>'
    return gateway.send_text(delivery.chat, link, keys)


def _ways(file: dict[str, str]) -> list[tuple[Callable[[], Any], str]]:
    """From the cheapest to the surest: by URL or file_id, uploaded as what it is, uploaded as a document."""
    straight: tuple[Callable[[], Any], str] = (lambda: file["source"], file["kind"])
    if not file["source"].startswith(("http://", "https://")):
        return [straight]
    fetched: list[bytes] = []

    def upload() -> types.InputFile:
        if not fetched:
            fetched.append(fetch(file["source"]))
        return types.InputFile(BytesIO(fetched[0]), file_name=_name(file, fetched[0]))

    return [straight, (upload, file["kind"]), (upload, "document")]


def _call(chat: int, kind: str, source: Any, caption: str, keys: list) -> types.Message:
    method = getattr(gateway.bot(), SENDERS[kind])
    return gateway.call(
        method, chat, source, caption=caption[:CAPTION] or None, parse_mode="HTML", reply_markup=gateway.keyboard(keys)
    )


def _album(delivery: Delivery, files: list[dict[str, str]]) -> list[int]:
    """An album, by URL; if Telegram does not take it so, its files one by one, each in the way that works."""
    if len(files) > 1 and all(file["kind"] in ALBUM for file in files):
        try:
            media = [ALBUM[file["kind"]](file["source"]) for file in files]
            sent = gateway.call(gateway.bot().send_media_group, delivery.chat, media)
        except Rejected as why:
            log.info("media.no_album", delivery=delivery.dedup_key, why=str(why))
        else:
            for file, one in zip(files, sent, strict=False):
                delivery.file_ids += kept(one, file["kind"])
            return [one.message_id for one in sent]
    return [_one(delivery, file, "", []) for file in files]


def kept(message: types.Message, kind: str) -> list[dict[str, str]]:
    """Telegram's own id of what a message carries, which lasts when KIE's link has expired, and what Telegram made of it.

    A video that is no MP4 arrives as a document or an animation, and its id is good for nothing else.
    """
    for name in (kind, *SENDERS):
        if carried := getattr(message, name, None):
            file = carried[-1] if name == "photo" else carried
            return [{"kind": name, "file_id": file.file_id}]
    return []


def fetch(url: str) -> bytes:
    """Download a result: from public addresses, or the host of a configured peer; at most 50 MB. Raises NotAFile."""
    peers = {urlsplit(origin).hostname for origin in (settings.KIE_API_URL, settings.KIE_UPLOAD_URL)}
    trusted = urlsplit(url).hostname in peers
    config = Config(
        default_timeout=(5, 30),
        never_redirect=trusted,
        ip_filter_enable=not trusted,
        ip_filter_allow_loopback_ips=False,
        user_agent_override="TRT",
    )
    try:
        with HTTPSession(config) as session, session.get(url, stream=True) as answer:
            answer.raise_for_status()
            if answer.headers.get("Content-Type", "").startswith(("text/html", "application/json")):
                raise NotAFile("a page, or an error that says so under 200")
            content = b"".join(_at_most(answer.iter_content(65_536), MOST_BYTES))
    except (RequestException, ValueError) as trouble:
        raise NotAFile(f"{type(trouble).__name__}: {trouble}"[:300]) from trouble
    if not content or b"<html" in content[:1000].lower():
        raise NotAFile("empty, or a page")
    return content


def _at_most(chunks: Any, most: int) -> Any:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise ValueError(f"over {most} bytes")
        yield chunk


def _name(file: dict[str, str], content: bytes) -> str:
    try:
        return f"{file['name'] or 'result'}{puremagic.from_string(content)}"
    except puremagic.PureError:
        return file["name"] or "result"
