"""A person's files on their way to KIE: from Telegram by file_id, up to KIE's own upload service, never anywhere else."""

from kie import client
from reliability import clock


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
