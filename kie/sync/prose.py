"""Limits that KIE writes only in sentences, English or Chinese. What is not said plainly, or said twice differently, is not taken."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

NUMBER: Final = r"(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)"
WORDS: Final = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
COUNT: Final = rf"(\d+|{'|'.join(WORDS)})"
CHARS: Final = r"(?:characters?|chars?|symbols?|个?\s*字符|个?字)"
MOST: Final = r"(?:max(?:imum)?\.?(?:\s+of)?|up\s+to|at\s+most|no\s+(?:more|longer|larger)\s+than|limit(?:ed)?(?:\s+(?:to|of))?|(?:must\s+|can|should\s+)?not\s+exceed|not\s+exceeding|under|within|less\s+than|≤|<=|最多|不超过|最大)"
THINGS: Final = r"(?:images?|pictures?|photos?|frames?|files?|videos?|clips?|audios?|urls?|links?|items?|elements?|references?|tracks?|张|个|段|条)"
TO: Final = r"\s*(?:-|–|—|~|～|to|至|到|,|and)\s*"
DASH: Final = r"\s*(?:-|–|—|~|～|to|至|到)\s*"
LEAD: Final = r"\s*[:：=]?\s*[`*]*"

LONGEST: Final = (
    rf"max(?:imum)?\.?\s*(?:length|len)(?:\s+(?:is|of))?{LEAD}{NUMBER}", rf"最大长度(?:为|是)?{LEAD}{NUMBER}",
    rf"length\s+limit{LEAD}{NUMBER}",
)  # fmt: skip
LONG: Final = (
    rf"{MOST}\s*{NUMBER}\s*{CHARS}",
    rf"{NUMBER}\s*{CHARS}\s*(?:max|limit|at\s+most)",
    rf"{NUMBER}{DASH}{NUMBER}\s*{CHARS}",
)
SHORTEST: Final = (
    rf"min(?:imum)?\.?\s*(?:length|len)(?:\s+(?:is|of))?{LEAD}{NUMBER}",
    rf"at\s+least\s*{NUMBER}\s*{CHARS}",
    rf"{NUMBER}{DASH}{NUMBER}\s*{CHARS}",
)
MANY: Final = (
    rf"{MOST}\s*{COUNT}\s+(?:\w+[\s-]+){{0,3}}?{THINGS}", rf"(?:max(?:imum)?\.?)\s+(?:number\s+of\s+)?{THINGS}{LEAD}{COUNT}",
    rf"{MOST}\s*{COUNT}\s*{THINGS}", rf"(?:^|[.;(]\s*)up\s+to\s+{COUNT}\s*(?=[.;,)]|$)", rf"\b\d+{TO}{COUNT}\s+(?:\w+[\s-]+){{0,2}}?{THINGS}",
)  # fmt: skip
SINGLE: Final = (rf"\b(?:only|exactly)\s+(?:(one)|(1)|a\s+(single))\s+(?:\w+\s+){{0,2}}?{THINGS}",)
FEW: Final = (
    rf"\bat\s+least\s+{COUNT}\s+(?:\w+[\s-]+){{0,2}}?{THINGS}",
    rf"\b(\d+){TO}\d+\s+(?:\w+[\s-]+){{0,2}}?{THINGS}",
)
RANGE: Final = (
    rf"range\s*(?:is|of|from)?\s*{LEAD}[\[(]?\s*{NUMBER}{TO}{NUMBER}", rf"between\s+{NUMBER}\s+and\s+{NUMBER}",
    rf"(?:取值)?范围\s*{LEAD}[\[(]?\s*{NUMBER}{TO}{NUMBER}", rf"(?<![\d.:/]){NUMBER}{TO}{NUMBER}\s*(?:seconds?|secs?|s\b|秒)",
    rf"from\s+{NUMBER}\s+to\s+{NUMBER}\b",
)  # fmt: skip
LEAST_VALUE: Final = (rf"\bmin(?:imum)?(?:\s+value)?\s*(?:is|of)?{LEAD}{NUMBER}(?!\s*(?:px|pixel|MB|char))",)
MOST_VALUE: Final = (rf"\bmax(?:imum)?(?:\s+value)?\s*(?:is|of)?{LEAD}{NUMBER}(?!\s*(?:px|pixel|MB|char))",)
OR_MINUS_ONE: Final = re.compile(r"(?:\bor|或)\s*`?-1\b", re.IGNORECASE)
UNIT: Final = r"(KB|MB|GB)"
SIZE: Final = (
    rf"size(?:\s+limit)?(?:\s+(?:is|of))?{LEAD}(?:{MOST}\s*)?{NUMBER}\s*{UNIT}", rf"{MOST}\s*{NUMBER}\s*{UNIT}",
    rf"{NUMBER}\s*{UNIT}\s*(?:max\b|limit|each|per\b|or\s+less|以内|以下)", rf"大小\D{{0,8}}{NUMBER}\s*{UNIT}",
)  # fmt: skip
SECONDS: Final = r"(?:seconds?|secs?|s\b|秒)"
LASTS: Final = (
    rf"(?:duration|length)(?:\s+(?:is|of|limit))?{LEAD}(?:{MOST}\s*)?{NUMBER}\s*{SECONDS}", rf"{MOST}\s*{NUMBER}\s*{SECONDS}",
    rf"\d[\d.]*\s*(?:{SECONDS})?{TO}{NUMBER}\s*{SECONDS}",
)  # fmt: skip
MIME: Final = re.compile(r"\b(image|video|audio|application)/([a-z0-9][a-z0-9.+-]*[a-z0-9])", re.IGNORECASE)
FORMATS: Final = re.compile(
    r"(?:formats?|types?|support(?:s|ed)?|accept(?:s|ed)?|格式|支持)[^.。;\n]{0,90}", re.IGNORECASE
)
KINDS: Final = {
    **dict.fromkeys(("jpg", "jpeg", "jfif", "pjpeg", "pjp"), "image/jpeg"), "png": "image/png", "webp": "image/webp", "gif": "image/gif",
    "bmp": "image/bmp", **dict.fromkeys(("tif", "tiff"), "image/tiff"), "heic": "image/heic", "heif": "image/heif", "avif": "image/avif",
    "mp4": "video/mp4", **dict.fromkeys(("mov", "quicktime"), "video/quicktime"), "webm": "video/webm", **dict.fromkeys(("mkv", "matroska"), "video/x-matroska"),
    "avi": "video/x-msvideo", "mp3": "audio/mpeg", "wav": "audio/wav", "aac": "audio/aac", "m4a": "audio/mp4", "ogg": "audio/ogg", "flac": "audio/flac",
    "pdf": "application/pdf",
}  # fmt: skip
ALSO: Final = {"image/jpg": "image/jpeg", "audio/mp3": "audio/mpeg", "audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "video/mov": "video/quicktime", "audio/x-m4a": "audio/mp4", "audio/m4a": "audio/mp4"}  # fmt: skip
FORMAT: Final = re.compile(rf"\b({'|'.join(KINDS)})\b", re.IGNORECASE)
DEFAULT: Final = re.compile(
    r"\bdefaults?(?:\s+value)?(?:\s+(?:is|to)(?!\s+(?:be|the)\b))?\s*[:：=]?\s*[`'\"“*]*(-?[A-Za-z0-9_:./+-]+)",
    re.IGNORECASE,
)


def length(text: str) -> dict[str, int]:
    """maxLength and minLength of a text."""
    most = _the_one(LONGEST, text) or _the_one(LONG, text)
    return _given(maxLength=most, minLength=_the_one(SHORTEST, text, first=True))


def count(text: str) -> dict[str, int]:
    """maxItems and minItems of a list."""
    single = _matches(SINGLE, text) and "ignored" not in text  # «the rest is ignored»: more may be sent
    most = _the_one(MANY, text) or (1 if single else None)
    return _given(maxItems=most, minItems=_the_one(FEW, text))


def bounds(text: str) -> dict[str, Any]:
    """minimum and maximum of a number, and whether -1 stands beside them as a value of its own (`also`)."""
    pairs = {pair for pattern in RANGE for found in _matches((pattern,), text) if (pair := _pair(found))}
    if len(pairs) == 1:
        low, high = pairs.pop()
    else:
        low, high = (None, None) if pairs else (_the_one(LEAST_VALUE, text), _the_one(MOST_VALUE, text))
    also = {"also": -1} if low is not None and low >= 0 and OR_MINUS_ONE.search(text) else {}
    return _given(minimum=low, maximum=high) | also


def file(text: str, media: str) -> dict[str, Any]:
    """x-max-mb, x-accept, x-media-alt where it takes another kind, too, and, of what lasts, x-max-seconds."""
    sizes = [_megabytes(found) for found in _matches(SIZE, text)]
    accept = _accepted(text, media)
    lasting = media in {"audio", "video"}
    also = {one.partition("/")[0] for one in accept} - {media, "application"} if media != "document" else set()
    return _given(
        **{
            "x-max-mb": min(sizes, default=None),
            "x-accept": accept or None,
            "x-media-alt": also.pop() if len(also) == 1 else None,
            "x-max-seconds": _the_one(LASTS, text) if lasting else None,
        }
    )


def default(text: str) -> set[str]:
    """Every value that the text calls the default."""
    return {found.rstrip(".,;:") for found in DEFAULT.findall(text)} - {
        "",
        "is",
        "to",
        "value",
        "when",
        "if",
        "setting",
        "settings",
        "the",
    }


def _accepted(text: str, media: str) -> list[str]:
    """What is written out in full is taken at its word if some of it is of this kind; a mere ending belongs to this kind or is not meant."""
    written = dict.fromkeys(
        ALSO.get(one, one) for one in (f"{kind}/{name}".lower() for kind, name in MIME.findall(text))
    )
    if any(one.startswith(f"{media}/") for one in written):
        return [one for one in written if not one.startswith("application/")]
    ended = [KINDS[one.lower()] for part in FORMATS.findall(text) for one in FORMAT.findall(part)]
    kinds = written or dict.fromkeys(ended)
    return [one for one in kinds if media == "document" or one.startswith(f"{media}/")]


def _megabytes(found: tuple[str, ...]) -> int | float:
    *_other, number, unit = [part for part in found if part]
    size = _number(number) * {"KB": Decimal(1) / 1024, "MB": Decimal(1), "GB": Decimal(1024)}[unit.upper()]
    return int(size) if size == int(size) else round(float(size), 3)


def _pair(found: tuple[str, ...]) -> tuple[Any, Any] | None:
    low, high = (_plain(_number(part)) for part in found[:2])
    return (low, high) if low < high else None


def _the_one(patterns: Iterable[str], text: str, *, first: bool = False) -> Any:
    """The number that all matches agree on, None where there is none or more than one. Of a range its end, or its start."""
    found = {
        _plain(_number(parts[0 if first else -1]))
        for match in _matches(patterns, text)
        if (parts := [part for part in match if part])
    }
    return found.pop() if len(found) == 1 else None


def _matches(patterns: Iterable[str], text: str) -> list[tuple[str, ...]]:
    return [match.groups() for pattern in patterns for match in re.finditer(pattern, text, re.IGNORECASE)]


def _number(written: str) -> Decimal:
    word = written.lower()
    return (
        Decimal(1 if word == "single" else WORDS[word])
        if word == "single" or word in WORDS
        else Decimal(written.replace(",", ""))
    )


def _plain(number: Decimal) -> int | float:
    return int(number) if number == int(number) else float(number)


def _given(**facts: Any) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}
