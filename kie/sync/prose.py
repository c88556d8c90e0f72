"""Limits that KIE writes only in sentences, English or Chinese. What is not said plainly, or said twice differently, is not taken."""

import re
from typing import Final

from kie.sync.phrases import (  # fmt: skip
    CHARS,
    COUNT,
    DASH,
    FILLER,
    LEAD,
    MOST,
    NOT_CHARS,
    NOT_LESS,
    SMALL,
    THINGS,
    WHOLE,
    binding,
    given,
    matches,
    numbers,
    pairs,
    the_one,
    tidy,
)

LETTERS: Final = rf"{CHARS}(?=[\s`*]*(?:$|[^\w\s`*]|[^\x00-\x7f]|(?:long|max|maximum|limit|or|and|total|including|allowed|supported|in\s+(?:length|total)|of\s+text)\b))"  # and not of something that follows: of a line, in the scene
LONGEST: Final = (
    rf"max(?:imum)?\.?\s*(?:length|len)(?:\s+(?:is|of))?{LEAD}{WHOLE}{NOT_CHARS}", rf"最大长度(?:为|是)?{LEAD}{WHOLE}{NOT_CHARS}",
    rf"(?:length|characters?)\s+limit(?:\s+(?:is|of))?{LEAD}{WHOLE}{NOT_CHARS}", rf"{MOST}\s*{WHOLE}\s*{LETTERS}", rf"{WHOLE}\s*{CHARS}\s*(?:max|limit|at\s+most)",
)  # fmt: skip
SHORTEST: Final = (
    rf"min(?:imum)?\.?\s*(?:length|len)(?:\s+(?:is|of))?{LEAD}{WHOLE}{NOT_CHARS}",
    rf"(?:at\s+least|min(?:imum)?(?:\s+of)?|{NOT_LESS})\s*{WHOLE}\s*{LETTERS}",
)
OF_A_PART: Final = re.compile(
    rf"\b(?:each|every|per)\b|每|\b(?!(?:length|text|prompt|string|title|name|description|limit)\b)\w+\s+of\s+{MOST}\s*\d",
    re.IGNORECASE,
)  # of a line, of a turn
LONG: Final = (rf"{WHOLE}{DASH}{WHOLE}\s*{LETTERS}", rf"between\s+{WHOLE}\s+and\s+{WHOLE}\s*{LETTERS}")
MANY: Final = (
    rf"{MOST}\s*{COUNT}\s+{FILLER}{{0,3}}?{THINGS}", rf"{MOST}\s*{COUNT}\s*{THINGS}",
    rf"(?:max(?:imum)?\.?)\s+(?:number\s+of\s+)?{THINGS}{LEAD}{COUNT}", rf"(?:^[-*•\s]*|\(\s*)(?:up\s+to|max(?:imum)?)\s+{COUNT}\s*(?=[.;,)]|$)",
)  # fmt: skip
SINGLE: Final = (rf"\b(?:only|exactly)\s+(?:one|1|a\s+single)\s+{FILLER}{{0,2}}?{THINGS}",)
OF_ONE: Final = re.compile(r"\b(?:each|every)\s+[a-z].*", re.IGNORECASE)  # what follows is said of one of several
EXACTLY: Final = (rf"\bexactly\s+(?!(?:one|1)\b){COUNT}\s+{FILLER}{{0,2}}?{THINGS}",)
FEW: Final = (rf"\bat\s+least\s+{COUNT}\s+{FILLER}{{0,2}}?{THINGS}",)
SEVERAL: Final = (
    rf"({SMALL}){DASH}({SMALL})\s*{FILLER}{{0,2}}?{THINGS}",
    rf"between\s+({SMALL})\s+and\s+({SMALL})\s+{FILLER}{{0,2}}?{THINGS}",
    rf"at\s+least\s+({SMALL})\s+{FILLER}{{0,2}}?{THINGS}\s*(?:,|and|,\s*and)\s+(?:at\s+most|up\s+to)\s+({SMALL})(?=\s*(?:[.;)]|$))",
)
REQUIRED: Final = re.compile(r"^\W*required(?:\s+(?:field|parameter))?\W*(?:$|[.,])|\(required\)|\bthis\s+(?:field|parameter)\s+is\s+required\b|必填", re.IGNORECASE)  # fmt: skip
SWITCHED: Final = {"on": "true", "enabled": "true", "off": "false", "disabled": "false"}
BY_DEFAULT: Final = re.compile(rf"\b({'|'.join(SWITCHED)})\s+by\s+default\b", re.IGNORECASE)
DEFAULT_CN: Final = re.compile(r"默认(?:值)?\s*(?:为|是)?\s*[:：]?\s*[`'\"“*]*(-?[A-Za-z0-9_:./+-]+)")
DEFAULT: Final = re.compile(
    r"\bdefaults?(?:\s+value)?(?:\s+(?:is|to)(?!\s+(?:be|the)\b))?\s*[:：=]?\s*[`'\"“*]*(-?\d{1,3}(?:,\d{3})+(?![\d,])|-?[A-Za-z0-9_:./+-]+)",
    re.IGNORECASE,
)
NO_VALUE: Final = {"", "is", "to", "value", "when", "if", "setting", "settings", "the"}


def length(text: str) -> dict[str, int]:
    """maxLength and minLength of a text."""
    told = [one for one in binding(text) if not OF_A_PART.search(one)]
    ranges = pairs(LONG, told)
    most = the_one(numbers(LONGEST, told) | {high for _low, high in ranges})
    return given(maxLength=most, minLength=the_one(numbers(SHORTEST, told) | {low for low, _high in ranges}))


def count(text: str) -> dict[str, int]:
    """maxItems and minItems of a list. Where one is enough of some things, nothing is the least of all."""
    told = [OF_ONE.sub("", one) for one in binding(text)]
    ranges = pairs(SEVERAL, told) | {(exact, exact) for exact in numbers(EXACTLY, told)}
    single = bool(matches(SINGLE, told))
    most = the_one(numbers(MANY, told) | {high for _low, high in ranges})
    if most is None and single and "ignored" not in text:  # «the rest is ignored»: more may be sent
        most = 1
    few = None if single else the_one(numbers(FEW, told) | {low for low, _high in ranges})
    return given(maxItems=most, minItems=few)


def is_required(text: str) -> bool:
    """Whether a text says of its field, and not of a case, that it has to be sent."""
    return any(REQUIRED.search(one) for one in binding(text))


def default(text: str) -> set[str]:
    """Every value that the text calls the default."""
    known = tidy(text)
    said = [*DEFAULT.findall(known), *DEFAULT_CN.findall(known), *BY_DEFAULT.findall(known)]
    found = {one.rstrip(".,;:").replace(",", "") for one in said} - NO_VALUE
    return found | {SWITCHED[one.lower()] for one in found if one.lower() in SWITCHED}
