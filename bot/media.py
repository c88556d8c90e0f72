"""Results on their way into a chat: by URL, else downloaded and uploaded, else as a document, else as a link that says why.

What is learnt on the way and must outlive a process stands in the delivery's payload: which albums Telegram refused
(`apart`, by number), and since when the host of a file is silent (`away_since`).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any

import puremagic
import structlog
from django.utils import translation
from telebot import types

from bot import gateway
from bot.models import Delivery
from bot.refusals import Rejected
from bot.screens.result import NoFile, no_file
from kie import fetch, results
from payments import people
from reliability import clock
from reliability.cid import support_code

log = structlog.get_logger()

MOST_BYTES = 50_000_000  # what a bot may upload
CAPTION = 1024
AWAY_PATIENCE = timedelta(minutes=5)  # how long a silent host is asked again before its link is the last resort
AWAY_PAUSE_S = 5.0  # at least; else a quarter of the silence so far
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


class Later(Exception):
    """Not now: keep the delivery's payload, which says what was learnt, and go on after `pause`."""

    def __init__(self, why: str, pause: timedelta) -> None:
        super().__init__(why)
        self.pause = pause


def parts(delivery: Delivery, payload: dict[str, Any]) -> list[Callable[[], Any]]:
    """The calls that send a screen with media: one file with caption and keys; or albums of up to ten, the last of them
    captioned, then a line with the keys, which no album can have. A call may raise Later, what Telegram says."""
    files, chat, caption = payload["media"], delivery.chat, payload["text"]
    if len(files) == 1:
        return [lambda: _one(delivery, files[0], caption, payload["keys"])]
    calls: list[Callable[[], Any]] = []
    for number, at in enumerate(range(0, len(files), 10)):
        album = files[at : at + 10]
        captions = _captions(album, caption if at + 10 >= len(files) else "")
        if _is_album(album) and number not in delivery.payload.get("apart", []):
            calls.append(partial(_album, delivery, album, captions, number))
        else:
            calls += [partial(_one, delivery, file, words, []) for file, words in zip(album, captions, strict=True)]
    return [*calls, lambda: gateway.send_text(chat, payload.get("below") or caption, payload["keys"])]


def _one(delivery: Delivery, file: dict[str, str], caption: str, keys: list) -> int:
    trouble: Exception | None = None
    for source, kind in _ways(file):
        try:
            sent = _call(delivery.chat, kind, source(), caption, keys)
        except fetch.NotFetched as why:
            log.info("media.not_fetched", delivery=delivery.dedup_key, why=str(why))
            trouble = why
            break  # there is nothing to upload in another way
        except Rejected as why:
            log.info("media.other_way", delivery=delivery.dedup_key, kind=kind, why=str(why))
            trouble = why
            continue
        delivery.file_ids += kept(sent, kind)
        return sent.message_id
    if isinstance(trouble, fetch.Away):
        _come_back(delivery, trouble)
    return _said_instead(delivery, file, caption, keys, trouble)


def _come_back(delivery: Delivery, silence: fetch.Away) -> None:
    """Raises Later while a silent host is worth waiting for; an answer to a tap is not kept back for it."""
    if delivery.kind != Delivery.Kind.RESULT:
        return
    since = datetime.fromisoformat(delivery.payload.setdefault("away_since", clock.now().isoformat()))
    silent = clock.now() - since
    if silent < AWAY_PATIENCE:
        raise Later(str(silence), max(timedelta(seconds=AWAY_PAUSE_S), silent / 4))


def _said_instead(delivery: Delivery, file: dict[str, str], caption: str, keys: list, trouble: Exception | None) -> int:
    """The last resort: in words, in the person's language, with the link where there is something behind it."""
    why = next((why for kind, why in REASONS if isinstance(trouble, kind)), NoFile.REFUSED)
    if not _is_url(file["source"]):
        why = NoFile.GONE  # Telegram's own id of it, which Telegram has forgotten: nothing to link to
    for_nothing = why == NoFile.GONE and delivery.kind == Delivery.Kind.RESULT  # paid: the operator's to make good
    say = log.error if for_nothing else log.warning
    say("media.last_resort", delivery=delivery.dedup_key, reason=why.value, why=str(trouble))
    with translation.override(people.locale_of(delivery.chat)):
        instead = no_file(why, file["source"], file["name"], support_code(delivery.cid))
    return gateway.send_text(delivery.chat, f"{caption}\n\n{instead}".strip(), keys)


REASONS = ((fetch.TooBig, NoFile.TOO_BIG), (fetch.Away, NoFile.AWAY), (fetch.Dead, NoFile.GONE))


def _ways(file: dict[str, str]) -> list[tuple[Callable[[], Any], str]]:
    """From the cheapest to the surest: by URL or file_id, uploaded as what it is, uploaded as a document."""
    straight: tuple[Callable[[], Any], str] = (lambda: file["source"], file["kind"])
    if not _is_url(file["source"]):
        return [straight]
    fetched: list[bytes] = []

    def upload() -> types.InputFile:
        if not fetched:
            fetched.append(results.whole(file["source"], most_bytes=MOST_BYTES))
        return types.InputFile(BytesIO(fetched[0]), file_name=_name(file, fetched[0]))

    return [straight, (upload, file["kind"]), (upload, "document")]


def _is_url(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def _call(chat: int, kind: str, source: Any, caption: str, keys: list) -> types.Message:
    method = getattr(gateway.bot(), SENDERS[kind])
    return gateway.call(
        method, chat, source, caption=caption[:CAPTION] or None, parse_mode="HTML", reply_markup=gateway.keyboard(keys)
    )


def _is_album(files: list[dict[str, str]]) -> bool:
    return len(files) > 1 and all(file["kind"] in ALBUM for file in files)


def _album(delivery: Delivery, files: list[dict[str, str]], captions: list[str], number: int) -> list[int]:
    """An album, by URL. If Telegram does not take it so, its files go one by one, each a part that is noted."""
    media = [
        ALBUM[file["kind"]](file["source"], caption=words or None, parse_mode="HTML")
        for file, words in zip(files, captions, strict=True)
    ]
    try:
        sent = gateway.call(gateway.bot().send_media_group, delivery.chat, media)
    except Rejected as why:
        log.info("media.no_album", delivery=delivery.dedup_key, why=str(why))
        delivery.payload["apart"] = [*delivery.payload.get("apart", []), number]
        raise Later(str(why), timedelta(0)) from why
    for file, one in zip(files, sent, strict=False):
        delivery.file_ids += kept(one, file["kind"])
    return [one.message_id for one in sent]


def _captions(files: list[dict[str, str]], caption: str) -> list[str]:
    """Which file bears the caption: Telegram shows that of a single picture or video as the whole album's, but each track
    or document has its own under it, so there it stands under the last."""
    pictures = all(file["kind"] in {"photo", "video"} for file in files)
    bearer = 0 if pictures and len(files) > 1 else len(files) - 1
    return [caption if at == bearer else "" for at in range(len(files))]


def kept(message: types.Message, kind: str) -> list[dict[str, str]]:
    """Telegram's own id of what a message carries, which lasts when KIE's link has expired, and what Telegram made of it.

    A video that is no MP4 arrives as a document or an animation, and its id is good for nothing else.
    """
    for name in (kind, *SENDERS):
        if carried := getattr(message, name, None):
            file = carried[-1] if name == "photo" else carried
            return [{"kind": name, "file_id": file.file_id}]
    return []


def _name(file: dict[str, str], content: bytes) -> str:
    try:
        return f"{file['name'] or 'result'}{puremagic.from_string(content)}"
    except puremagic.PureError:
        return file["name"] or "result"
