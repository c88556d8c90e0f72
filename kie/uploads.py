"""A person's files on their way to KIE: from Telegram by file_id, up to KIE's own upload service, never anywhere else."""

from collections.abc import Callable

from kie import client
from reliability import clock

Opener = Callable[[str], bytes]  # file_id → bytes; raises FileGone
_opener: list[Opener] = []


class FileGone(Exception):
    """Telegram does not give the file any more, or never would (over 20 MB)."""


def register_opener(opener: Opener) -> None:
    """Say who opens a file_id: the bot, for only its gateway calls Telegram. A repeat replaces the first."""
    _opener[:] = [opener]


def opened(file_id: str) -> bytes:
    """The bytes of a person's file. Raises FileGone, and what the bot raises when Telegram is away."""
    content = _opener[0](file_id)
    if not content:
        raise FileGone("the file is empty")
    return content


def uploaded(content: bytes, mime: str) -> str:
    """The URL under which KIE finds `content` for a day. A repeat uploads again. Raises Refused, Unread (away just now)."""
    return client.upload(content, name=f"{clock.uuid7().hex}{SUFFIX.get(mime, '')}", mime=mime)


SUFFIX = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "audio/mp4": ".m4a",
    "audio/aac": ".aac",
}
