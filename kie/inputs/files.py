"""Answers that people upload. A file stays at Telegram until a job needs it: an answer is what Telegram says of it."""

from typing import TYPE_CHECKING, Any

from kie.inputs import formats
from kie.inputs.bad import BadInput

if TYPE_CHECKING:
    from kie.inputs.field import Field

MB = 1_000_000
TELEGRAM_MB = 20  # what a bot may fetch from Telegram; source: core.telegram.org/bots/api#getfile
PHOTO_MB = 10  # our own limit on pictures
MEDIA_OF = {
    "photo": "image",
    "video": "video",
    "animation": "video",
    "video_note": "video",
    "audio": "audio",
    "voice": "audio",
}
MIME_OF = {
    "photo": "image/jpeg",
    "video": "video/mp4",
    "animation": "video/mp4",
    "video_note": "video/mp4",
    "audio": "audio/mpeg",
    "voice": "audio/ogg",
}
UNKNOWN = "application/octet-stream"
ENDINGS = {
    "image": (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".heic"),
    "video": (".mp4", ".mov", ".mkv", ".webm", ".avi"),
    "audio": (".mp3", ".wav", ".ogg", ".oga", ".opus", ".m4a", ".aac", ".flac"),
}
ROUNDED = 1.01  # sides are whole points: proportions may be off by a hair
NUMBERS = ("size", "width", "height", "duration")


def parse(field: "Field", file: dict[str, Any]) -> dict[str, Any]:
    """`file` with only what we know and in our spelling, if `field` takes it. Raises BadInput."""
    known = _plain(field, file)
    kind, mime = known["kind"], known["mime"]
    media = MEDIA_OF.get(kind) or mime.partition("/")[0]
    if field.media != "document" and media not in {field.media, field.media_also}:
        if kind == "document" and _damaged(field, mime, known.get("name", "")):
            raise BadInput("unreadable", field=field.name, expected=str(field.kind), got=mime)
        raise wrong_type(field, kind if kind != "document" else mime or kind)
    if field.accept and mime not in field.accept:
        raise BadInput("wrong_format", field=field.name, accept=field.formats, got=mime)
    if field.max_mb is not None and known.get("size", 0) > field.max_mb * MB:
        raise BadInput("file_too_big", field=field.name, most_mb=field.max_mb, mb=round(known["size"] / MB, 1))
    _within_length(field, known)
    _within_sides(field, known.get("width", 0), known.get("height", 0))
    return known


def _damaged(field: "Field", mime: str, name: str) -> bool:
    """Whether a file claims to be what it is not: its name promises what is asked for, or nobody can tell what it is."""
    return mime == UNKNOWN or name.lower().endswith(ENDINGS.get(field.media or "", ()))


def _plain(field: "Field", file: dict[str, Any]) -> dict[str, Any]:
    file_id, kind, mime = file.get("file_id"), file.get("kind"), file.get("mime") or ""
    if not (isinstance(file_id, str) and 0 < len(file_id) <= 256 and file_id.isascii() and file_id.isprintable()):
        raise wrong_type(field, "file")
    if not (isinstance(kind, str) and isinstance(mime, str) and (kind in MEDIA_OF or kind == "document")):
        raise wrong_type(field, kind[:20] if isinstance(kind, str) else "file")
    mime = mime.lower().partition(";")[0].strip()[:100]
    known: dict[str, Any] = {
        "file_id": file_id,
        "kind": kind,
        "mime": formats.SAME.get(mime, mime) or MIME_OF.get(kind, ""),
    }
    if not (known["mime"].isascii() and known["mime"].isprintable()):
        raise wrong_type(field, kind)
    for name in NUMBERS:
        value = file.get(name)
        if isinstance(value, (int, float)) and 0 < value < 1e15:  # NaN is not
            known[name] = int(value) if value == int(value) else value
    called = file.get("name")
    if isinstance(called, str) and called.isprintable() and called:
        known["name"] = called[:100]
    return known


def _within_length(field: "Field", known: dict[str, Any]) -> None:
    seconds = known.get("duration", 0)
    if field.measured and not seconds:
        raise length_unknown(field)
    if field.max_seconds is not None and seconds > field.max_seconds:
        raise BadInput("lasts_too_long", field=field.name, most_s=field.max_seconds, seconds=seconds)
    if field.min_seconds is not None and 0 < seconds < field.min_seconds:
        raise BadInput("too_brief", field=field.name, least_s=field.min_seconds, seconds=seconds)


def _within_sides(field: "Field", width: float, height: float) -> None:
    if not (width and height):
        return
    size = {"width": width, "height": height}
    least, most = field.min_aspect, field.max_aspect
    if field.min_side_px is not None and min(width, height) < field.min_side_px:
        raise BadInput("picture_too_small", field=field.name, least_px=field.min_side_px, **size)
    if field.min_height_px is not None and height < field.min_height_px:
        raise BadInput("picture_too_small", field=field.name, least_px=field.min_height_px, **size)
    if field.max_side_px is not None and max(width, height) > field.max_side_px:
        raise BadInput("picture_too_large", field=field.name, most_px=field.max_side_px, **size)
    if field.max_megapixels is not None and width * height > field.max_megapixels * 1_000_000:
        raise BadInput("picture_too_large", field=field.name, most_megapixels=field.max_megapixels, **size)
    if (least and width / height < least / ROUNDED) or (most and width / height > most * ROUNDED):
        raise BadInput("wrong_proportions", field=field.name, least=least, most=most, **size)


def wrong_type(field: "Field", got: str) -> BadInput:
    """Another kind of answer was expected."""
    return BadInput("wrong_type", field=field.name, expected=str(field.kind), got=got)


def length_unknown(field: "Field") -> BadInput:
    """The price goes by a length that nobody states."""
    return BadInput("length_unknown", field=field.name, expected=str(field.kind))
