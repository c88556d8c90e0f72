"""What sentences say of a file: how large, how long, of which types."""

import re
from decimal import Decimal
from typing import Any, Final

from kie.sync.phrases import (  # fmt: skip
    ADVICE,
    LEAD,
    MOST,
    NUMBER,
    SECONDS,
    TO,
    given,
    matches,
    number,
    numbers,
    sentences,
    the_one,
    tidy,
)

UNIT: Final = r"(KB|MB|GB)"
SIZE: Final = (
    rf"size(?:\s+limit)?(?:\s+(?:is|of))?{LEAD}(?:{MOST}\s*)?{NUMBER}\s*{UNIT}", rf"{MOST}\s*[`*]*{NUMBER}\s*{UNIT}",
    rf"{NUMBER}\s*{UNIT}\s*(?:max\b|limit|each|per\b|or\s+less|以内|以下)", rf"大小\D{{0,8}}{NUMBER}\s*{UNIT}",
)  # fmt: skip
LASTS: Final = (
    rf"(?:duration|length)(?:\s+(?:is|of|limit))?{LEAD}(?:{MOST}\s*)?{NUMBER}\s*{SECONDS}", rf"{MOST}\s*[`*]*{NUMBER}\s*{SECONDS}",
    rf"\d[\d.]{{0,12}}\s*(?:{SECONDS})?{TO}{NUMBER}\s*{SECONDS}",
)  # fmt: skip
MIME: Final = re.compile(r"\b(image|video|audio|application|text)/([a-z0-9][a-z0-9.+-]*[a-z0-9])", re.IGNORECASE)
FORMATS: Final = re.compile(
    r"(?:formats?|types?|support(?:s|ed)?|accept(?:s|ed)?|格式|支持)[^.。;\n]{0,300}", re.IGNORECASE
)
OFFICE: Final = "application/vnd.openxmlformats-officedocument"
KINDS: Final = {
    **dict.fromkeys(("jpg", "jpeg", "jfif", "pjpeg", "pjp"), "image/jpeg"), "png": "image/png", "webp": "image/webp", "gif": "image/gif",
    "bmp": "image/bmp", **dict.fromkeys(("tif", "tiff"), "image/tiff"), "heic": "image/heic", "heif": "image/heif", "avif": "image/avif",
    "mp4": "video/mp4", **dict.fromkeys(("mov", "quicktime"), "video/quicktime"), "webm": "video/webm", **dict.fromkeys(("mkv", "matroska"), "video/x-matroska"),
    "avi": "video/x-msvideo", "mp3": "audio/mpeg", "wav": "audio/wav", "aac": "audio/aac", "m4a": "audio/mp4", "ogg": "audio/ogg", "flac": "audio/flac",
    "pdf": "application/pdf", "docx": f"{OFFICE}.wordprocessingml.document", "doc": "application/msword", "xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel", "pptx": f"{OFFICE}.presentationml.presentation", "ppt": "application/vnd.ms-powerpoint",
    "txt": "text/plain", "md": "text/markdown", "key": "application/vnd.apple.keynote", "pages": "application/vnd.apple.pages", "numbers": "application/vnd.apple.numbers",
}  # fmt: skip
ALSO: Final = {"image/jpg": "image/jpeg", "audio/mp3": "audio/mpeg", "audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "video/mov": "video/quicktime", "audio/x-m4a": "audio/mp4", "audio/m4a": "audio/mp4"}  # fmt: skip
FORMAT: Final = re.compile(rf"\b({'|'.join(KINDS)})\b", re.IGNORECASE)
WORDS_TOO: Final = {"key", "pages", "numbers"}  # an ending only where it stands between others: docx/pages/md


def file(text: str, media: str) -> dict[str, Any]:
    """x-max-mb, x-accept, x-media-alt where it takes another kind, too, and, of what lasts, x-max-seconds."""
    told = [one for one in sentences(text) if not ADVICE.search(one)]
    sizes = [_megabytes(found) for found in matches(SIZE, told)]
    accept = _accepted(tidy(text), media)
    lasting = media in {"audio", "video"}
    also = {one.partition("/")[0] for one in accept} - {media, "application"} if media != "document" else set()
    return given(
        **{
            "x-max-mb": min(sizes, default=None),
            "x-accept": accept or None,
            "x-media-alt": also.pop() if len(also) == 1 else None,
            "x-max-seconds": the_one(numbers(LASTS, told)) if lasting else None,
        }
    )


def _accepted(text: str, media: str) -> list[str]:
    """What is written out in full is taken at its word if some of it is of this kind; a mere ending belongs to this kind or is not meant."""
    written = dict.fromkeys(
        ALSO.get(one, one) for one in (f"{kind}/{name}".lower() for kind, name in MIME.findall(text))
    )
    if any(one.startswith(f"{media}/") for one in written):
        return [one for one in written if not one.startswith(("application/", "text/"))]
    ended = [KINDS[one.lower()] for part in FORMATS.findall(text) for one in _endings(part)]
    kinds = written or dict.fromkeys(ended)
    return [one for one in kinds if media == "document" or one.startswith(f"{media}/")]


def _endings(told: str) -> list[str]:
    return [
        match[1]
        for match in FORMAT.finditer(told)
        if match[1].lower() not in WORDS_TOO or "/" in (told[match.start() - 1], told[match.end() : match.end() + 1])
    ]


def _megabytes(found: tuple[str, ...]) -> int | float:
    *_other, written, unit = [part for part in found if part]
    size = number(written) * {"KB": Decimal(1) / 1024, "MB": Decimal(1), "GB": Decimal(1024)}[unit.upper()]
    return int(size) if size == int(size) else round(float(size), 3)
