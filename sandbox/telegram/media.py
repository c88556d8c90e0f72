"""Looks into files: makes a photo's sizes, measures video and sound. Pillow and av are loaded when the first file comes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from sandbox.kie.media.source import HEAD_BYTES, UNKNOWN, mime

from .errors import bad
from .files import Piece

if TYPE_CHECKING:
    from PIL.Image import Image

SIDES = (90, 320, 800, 1280)  # the longer side of the sizes s, m, x, y
_EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/wav": ".wav",
    "audio/ogg": ".oga",
    "application/pdf": ".pdf",
}


def sniffed(content: bytes, said: str = "") -> str:
    """The media type by the first bytes; what was said counts only where they tell nothing."""
    found = mime(content[:HEAD_BYTES])
    return found if found != UNKNOWN else said.partition(";")[0].strip() or UNKNOWN


def as_kind(kind: str, content: bytes, name: str, said: str = "") -> tuple[str, list[Piece]]:
    """(what Telegram makes of it, its pieces). A video or sound that is none becomes a document, as at Telegram's. Raises ApiError.
    Takes a while: call it in a thread."""
    found = sniffed(content, said)
    if kind == "photo":
        return kind, photo(content)
    family = found.partition("/")[0]
    if (kind == "video" and family != "video") or (kind in ("audio", "voice") and family not in ("audio", "video")):
        kind = "document"
    if kind == "animation" and family != "video" and found != "image/gif":
        kind = "document"
    facts = {} if kind == "document" else _measured(kind, content)
    named = {} if kind == "voice" else {"file_name": name or f"file{_EXTENSIONS.get(found, '')}"}
    return kind, [Piece(content, found, _extension(name, found), {**facts, **named, "mime_type": found})]


def photo(content: bytes) -> list[Piece]:
    """The sizes of a photo, each a JPEG, none larger than the original. Raises ApiError when it is no picture."""
    from PIL import Image, ImageOps  # noqa: PLC0415

    try:
        with Image.open(io.BytesIO(content)) as opened:
            width, height = opened.size
            if width + height > 10_000 or max(width, height) > 20 * min(width, height):
                raise bad("PHOTO_INVALID_DIMENSIONS")
            picture = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        raise bad("IMAGE_PROCESS_FAILED") from None
    longest = max(picture.size)
    sides = [side for side in SIDES if side < longest] + ([longest] if longest <= SIDES[-1] else [])
    return [_jpeg(picture, side) for side in sides]


def _jpeg(picture: Image, side: int) -> Piece:
    copy = picture.copy()
    copy.thumbnail((side, side))
    out = io.BytesIO()
    copy.save(out, "JPEG", quality=87)
    return Piece(out.getvalue(), "image/jpeg", ".jpg", {"width": copy.width, "height": copy.height})


def _measured(kind: str, content: bytes) -> dict[str, Any]:
    """Duration in whole seconds; of a video the frame's size too. Zeros when it cannot be read."""
    import av  # noqa: PLC0415

    facts: dict[str, Any] = {"duration": 0}
    if kind in ("video", "animation"):
        facts |= {"width": 0, "height": 0}
    try:
        with av.open(io.BytesIO(content), mode="r") as container:
            facts["duration"] = round((container.duration or 0) / av.time_base)
            if "width" in facts and container.streams.video:
                stream = container.streams.video[0]
                facts |= {"width": stream.width, "height": stream.height}
            if kind == "audio":
                tags = {"title": container.metadata.get("title"), "performer": container.metadata.get("artist")}
                facts |= {name: value for name, value in tags.items() if value}
    except (av.FFmpegError, ValueError, IndexError):
        return facts  # Telegram takes what it cannot measure
    return facts


def _extension(name: str, found: str) -> str:
    given = "." + name.rpartition(".")[2].lower() if "." in name else ""
    return _EXTENSIONS.get(found) or (given if given[1:].isalnum() and len(given) <= 6 else ".bin")
