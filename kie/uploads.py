"""A person's files on their way to KIE: from Telegram by file_id, up to KIE's own upload service, never anywhere else."""

from collections.abc import Callable
from typing import Any

from kie import client
from kie.errors import Refused
from reliability import clock

Opener = Callable[[str], bytes]  # file_id → bytes; raises FileGone
_opener: list[Opener] = []


class FileGone(Exception):
    """Telegram does not give the file any more, or never would (over 20 MB)."""


def register_opener(opener: Opener) -> None:
    """Say who opens a file_id: the bot, for only its gateway calls Telegram. A repeat replaces the first."""
    _opener[:] = [opener]


def resolved(input: dict[str, Any]) -> dict[str, Any]:
    """`input` as KIE takes it: every file answered by file_id is uploaded and stands as a URL; links stay as they are.

    A repeat uploads again. Raises FileGone, Refused (KIE does not take the file), Unread (away just now).
    """
    return {name: _resolved(value) for name, value in input.items()}


def _resolved(value: Any) -> Any:
    if isinstance(value, list):
        return [_resolved(one) for one in value]
    if not (isinstance(value, dict) and "file_id" in value):
        return value
    content = _opener[0](value["file_id"])
    if not content:
        raise Refused("the file is empty", code=451)
    mime = value.get("mime") or MIME[value["kind"]]
    return client.upload(content, name=f"{clock.uuid7().hex}{SUFFIX.get(mime, '')}", mime=mime)


MIME = {
    "photo": "image/jpeg",
    "video": "video/mp4",
    "audio": "audio/mpeg",
    "voice": "audio/ogg",
    "document": "application/octet-stream",
}
SUFFIX = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "audio/mp4": ".m4a",
}
