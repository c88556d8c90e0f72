"""Results on their way into a chat: by URL, else downloaded and uploaded, else as a document, else as a link."""

from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any

import puremagic
import structlog
from telebot import types

from bot import gateway
from bot.gateway import Rejected
from bot.models import Delivery
from kie import contents, fetch, peers

log = structlog.get_logger()

MOST_BYTES = 50_000_000  # what a bot may upload
CAPTION = 1024
SENDERS = {
    "photo": "send_photo",
    "video": "send_video",
    "audio": "send_audio",
    "voice": "send_voice",
    "document": "send_document",
}
ALBUM = {
    "photo": types.InputMediaPhoto,
    "video": types.InputMediaVideo,
    "audio": types.InputMediaAudio,
    "document": types.InputMediaDocument,
}


def parts(delivery: Delivery, payload: dict[str, Any]) -> list[Callable[[], Any]]:
    """The calls that send a screen with media: one file with caption and keys; or albums of up to ten, the last of them
    captioned, then a line with the keys, which no album can have."""
    files, chat, caption = payload["media"], delivery.chat, payload["text"]
    if len(files) == 1:
        return [lambda: _one(delivery, files[0], caption, payload["keys"])]
    albums = [files[at : at + 10] for at in range(0, len(files), 10)]
    calls: list[Callable[[], Any]] = [partial(_album, delivery, album, "") for album in albums[:-1]]
    calls.append(partial(_album, delivery, albums[-1], caption))
    return [*calls, lambda: gateway.send_text(chat, payload.get("below") or caption, payload["keys"])]


def _one(delivery: Delivery, file: dict[str, str], caption: str, keys: list) -> int:
    for source, kind in _ways(file):
        try:
            sent = _call(delivery.chat, kind, source(), caption, keys)
        except (Rejected, fetch.NotFetched) as why:
            log.info("media.other_way", delivery=delivery.dedup_key, kind=kind, why=str(why))
            continue
        delivery.file_ids.append({"kind": kind, "file_id": file_id(sent, kind)})
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
            fetched.append(_fetched(file["source"]))
        return types.InputFile(BytesIO(fetched[0]), file_name=_name(file, fetched[0]))

    return [straight, (upload, file["kind"]), (upload, "document")]


def _fetched(url: str) -> bytes:
    content = fetch.whole(url, most_bytes=MOST_BYTES, peer=peers.on_host(url))
    if contents.is_page(content):
        raise fetch.Dead("a page, not a file")
    return content


def _call(chat: int, kind: str, source: Any, caption: str, keys: list) -> types.Message:
    method = getattr(gateway.bot(), SENDERS[kind])
    return gateway.call(
        method, chat, source, caption=caption[:CAPTION] or None, parse_mode="HTML", reply_markup=gateway.keyboard(keys)
    )


def _album(delivery: Delivery, files: list[dict[str, str]], caption: str) -> list[int]:
    """An album, by URL; if Telegram does not take it so, its files one by one, each in the way that works."""
    captions = _captions(files, caption)
    if len(files) > 1:
        try:
            media = [
                ALBUM[file["kind"]](file["source"], caption=words or None, parse_mode="HTML")
                for file, words in zip(files, captions, strict=True)
            ]
            sent = gateway.call(gateway.bot().send_media_group, delivery.chat, media)
        except Rejected as why:
            log.info("media.no_album", delivery=delivery.dedup_key, why=str(why))
        else:
            delivery.file_ids += [
                {"kind": file["kind"], "file_id": file_id(one, file["kind"])}
                for file, one in zip(files, sent, strict=False)
            ]
            return [one.message_id for one in sent]
    return [_one(delivery, file, words, []) for file, words in zip(files, captions, strict=True)]


def _captions(files: list[dict[str, str]], caption: str) -> list[str]:
    """Which file bears the caption: Telegram shows that of a single picture or video as the whole album's, but each track
    or document has its own under it, so there it stands under the last."""
    pictures = all(file["kind"] in {"photo", "video"} for file in files)
    bearer = 0 if pictures and len(files) > 1 else len(files) - 1
    return [caption if at == bearer else "" for at in range(len(files))]


def file_id(message: types.Message, kind: str) -> str:
    """Telegram's own id of what a message carries: it lasts when KIE's link has expired."""
    carried = (
        message.photo[-1] if kind == "photo" and message.photo else getattr(message, kind, None) or message.document
    )
    return carried.file_id if carried else ""


def _name(file: dict[str, str], content: bytes) -> str:
    try:
        return f"{file['name'] or 'result'}{puremagic.from_string(content)}"
    except puremagic.PureError:
        return file["name"] or "result"
