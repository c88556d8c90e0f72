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
    plain,
    sentences,
    the_one,
    tidy,
)

UNIT: Final = r"([KMG]i?B|bytes?)\b"
SIZE: Final = (
    rf"size(?:\s+limit)?(?:\s+(?:is|of))?{LEAD}(?:{MOST}\s*)?{NUMBER}\s*{UNIT}", rf"{MOST}\s*[`*]*{NUMBER}\s*{UNIT}",
    rf"{NUMBER}\s*{UNIT}\s*(?:max\b|limit|each|per\b|or\s+less|以内|以下)", rf"大小\D{{0,8}}{NUMBER}\s*{UNIT}",
)  # fmt: skip
BYTES: Final = {"B": Decimal(1), "K": Decimal(1024), "M": Decimal(1024**2), "G": Decimal(1024**3)}
TIME: Final = r"(seconds?|secs?|s\b|秒|minutes?|mins?|m\b|分钟)"
LASTS: Final = (
    rf"(?:duration|length)(?:\s+(?:is|of|limit))?{LEAD}(?:{MOST}\s*)?{NUMBER}\s*{TIME}(?!{TO}\d)", rf"{MOST}\s*[`*]*{NUMBER}\s*{TIME}",
    rf"\d[\d.]{{0,12}}\s*(?:{SECONDS})?{TO}{NUMBER}\s*{TIME}",
)  # fmt: skip
OF_THE_RESULT: Final = re.compile(
    r"\b(?:takes?|took|processing|waits?|results?|output|generated|expires?)\b", re.IGNORECASE
)
MIME: Final = re.compile(r"\b(image|video|audio|application|text)/([a-z0-9][a-z0-9.+-]*[a-z0-9])", re.IGNORECASE)
FORMATS: Final = re.compile(
    r"(?:formats?|types?|\bsupport(?:s|ed)?|accept(?:s|ed)?|格式|支持)[^.。;\n]{0,300}", re.IGNORECASE
)
EITHER: Final = re.compile(r"\b(image|video|audio)s?(?:\s+(?:files?|urls?))?\s*(?:/|,|or|and/or)\s*(?:an?\s+)?(image|video|audio)s?\b", re.IGNORECASE)  # fmt: skip
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
LISTED: Final = re.compile(
    rf"{FORMAT.pattern}(?:(?:\s*(?:,|/|、|or\b|and\b)){{1,2}}\s*{FORMAT.pattern})+", re.IGNORECASE
)
CLAUSE_END: Final = re.compile(r"[.;。；\n]")
DENIED: Final = re.compile(
    r"(?:\bnot|n't)\s+(?:be\s+)?(?:support|accept|allow)|\bexcept\b|\bunsupported\b|不支持", re.IGNORECASE
)
WORDS_TOO: Final = {"key", "pages", "numbers"}  # an ending only where it stands between others: docx/pages/md


def file(text: str, media: str) -> dict[str, Any]:
    """x-max-mb, x-accept, x-media-alt where it takes another kind, too, and, of what lasts, x-max-seconds."""
    told = [one for one in sentences(text) if not ADVICE.search(one)]
    lengths = matches(LASTS, [one for one in told if not OF_THE_RESULT.search(one)])
    sizes = [_megabytes(found) for found in matches(SIZE, told)]
    accept = _accepted(tidy(text), media)
    lasting = media in {"audio", "video"}
    also = {one.partition("/")[0] for one in accept} | _kinds_beside(text, media)
    also -= {media, "application", "text", "document"} if media != "document" else also
    return given(
        **{
            "x-max-mb": min(sizes, default=None),
            "x-accept": accept or None,
            "x-media-alt": also.pop() if len(also) == 1 else None,
            "x-max-seconds": the_one(map(_seconds, lengths)) if lasting else None,
        }
    )


def _accepted(text: str, media: str) -> list[str]:
    """What is written out in full is taken at its word if some of it is of this kind; a mere ending belongs to this kind or is not meant."""
    written = dict.fromkeys(
        ALSO.get(one, one) for one in (f"{kind}/{name}".lower() for kind, name in MIME.findall(text))
    )
    if any(one.startswith(f"{media}/") for one in written):
        return [one for one in written if not one.startswith(("application/", "text/"))]
    lists = [*FORMATS.findall(text), *(one for one in CLAUSE_END.split(text) if LISTED.search(one))]
    ended = [KINDS[one.lower()] for part in lists if not DENIED.search(part) for one in _endings(part)]
    kinds = written or dict.fromkeys(ended)
    return [one for one in kinds if media == "document" or one.startswith(f"{media}/")]


def _endings(told: str) -> list[str]:
    return [
        match[1]
        for match in FORMAT.finditer(told)
        if match[1].lower() not in WORDS_TOO or "/" in (told[match.start() - 1], told[match.end() : match.end() + 1])
    ]


def _kinds_beside(text: str, media: str) -> set[str]:
    """Kinds that the text puts on a level: images or videos."""
    pairs = [set(match) for match in EITHER.findall(tidy(text).lower())]
    return {one for pair in pairs if media in pair for one in pair}


def _seconds(found: tuple[str, ...]) -> int | float:
    *_other, written, unit = [part for part in found if part]
    return plain(number(written) * (60 if unit[0] in "mM分" else 1))


def _megabytes(found: tuple[str, ...]) -> int | float:
    *_other, written, unit = [part for part in found if part]
    size = number(written) * BYTES[unit[:1].upper()] / BYTES["M"]
    return int(size) if size == int(size) else round(float(size), 3)
