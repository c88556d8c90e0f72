"""Reads what people uploaded: the kind of a file by its first bytes, and a picture out of an image or a video."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

UNKNOWN = "application/octet-stream"
HEAD_BYTES = 64
_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {
    b"M4A ": "audio/mp4",
    b"qt  ": "video/quicktime",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
}


def mime(head: bytes) -> str:
    """The media type that the first HEAD_BYTES of a file tell; UNKNOWN when they tell none. Names are never believed."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], UNKNOWN)
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if b"webm" in head and head[:4] == b"\x1aE\xdf\xa3":
        return "video/webm"
    for start, name in _STARTS:
        if head.startswith(start):
            return name
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "audio/aac" if head[1] & 0x06 == 0 else "audio/mpeg"
    return UNKNOWN


def first_picture(paths: list[Path]) -> Image | None:
    """The first of the files that shows something: an image as it is, of a video its first frame. None without any."""
    for path in paths:
        with path.open("rb") as file:
            kind = mime(file.read(HEAD_BYTES)).split("/")[0]
        found = _image(path) if kind == "image" else _frame(path) if kind == "video" else None
        if found is not None:
            return found
    return None


def _image(path: Path) -> Image | None:
    from PIL import Image, ImageOps  # noqa: PLC0415

    try:
        with Image.open(path) as opened:
            opened.draft("RGB", (2048, 2048))  # a large photo is decoded small
            return ImageOps.exif_transpose(opened).convert("RGBA" if opened.mode in ("RGBA", "LA", "P") else "RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return None  # a broken upload: the result is drawn without it


def _frame(path: Path) -> Image | None:
    import av  # noqa: PLC0415

    try:
        with av.open(str(path)) as container:
            shown: Image = next(container.decode(video=0)).to_image()  # type: ignore[no-untyped-call]  # PyAV types it not
            return shown
    except (av.FFmpegError, StopIteration, IndexError):
        return None


def seconds(path: Path) -> float:
    """Length of a video or sound; 0 when it has none or cannot be read."""
    import av  # noqa: PLC0415

    try:
        with av.open(str(path)) as container:
            return float(container.duration or 0) / av.time_base
    except av.FFmpegError:
        return 0.0
