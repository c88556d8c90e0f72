"""Limits that KIE writes only in sentences, English or Chinese. What is not said plainly, or said twice differently, is not taken."""

import re
from typing import Any, Final

from kie.sync.phrases import (  # fmt: skip
    BRACKETED,
    CHARS,
    COUNT,
    DASH,
    FILLER,
    LEAD,
    MOST,
    NOT_CHARS,
    NOT_LESS,
    NUMBER,
    SECONDS,
    SMALL,
    THINGS,
    binding,
    given,
    matches,
    number,
    numbers,
    pairs,
    plain,
    the_one,
    tidy,
)

LONGEST: Final = (
    rf"max(?:imum)?\.?\s*(?:length|len)(?:\s+(?:is|of))?{LEAD}{NUMBER}{NOT_CHARS}", rf"最大长度(?:为|是)?{LEAD}{NUMBER}{NOT_CHARS}",
    rf"length\s+limit{LEAD}{NUMBER}{NOT_CHARS}", rf"{MOST}\s*{NUMBER}\s*{CHARS}", rf"{NUMBER}\s*{CHARS}\s*(?:max|limit|at\s+most)",
)  # fmt: skip
SHORTEST: Final = (
    rf"min(?:imum)?\.?\s*(?:length|len)(?:\s+(?:is|of))?{LEAD}{NUMBER}{NOT_CHARS}",
    rf"(?:at\s+least|{NOT_LESS})\s*{NUMBER}\s*{CHARS}",
)
LONG: Final = (rf"{NUMBER}{DASH}{NUMBER}\s*{CHARS}", rf"between\s+{NUMBER}\s+and\s+{NUMBER}\s*{CHARS}")
MANY: Final = (
    rf"{MOST}\s*{COUNT}\s+{FILLER}{{0,3}}?{THINGS}", rf"{MOST}\s*{COUNT}\s*{THINGS}",
    rf"(?:max(?:imum)?\.?)\s+(?:number\s+of\s+)?{THINGS}{LEAD}{COUNT}", rf"(?:^[-*•\s]*|\(\s*)(?:up\s+to|max(?:imum)?)\s+{COUNT}\s*(?=[.;,)]|$)",
)  # fmt: skip
SINGLE: Final = (rf"\b(?:only|exactly)\s+(?:one|1|a\s+single)\s+{FILLER}{{0,2}}?{THINGS}",)
FEW: Final = (rf"\bat\s+least\s+{COUNT}\s+{FILLER}{{0,2}}?{THINGS}",)
SEVERAL: Final = (
    rf"({SMALL}){DASH}({SMALL})\s*{FILLER}{{0,2}}?{THINGS}",
    rf"between\s+({SMALL})\s+and\s+({SMALL})\s+{FILLER}{{0,2}}?{THINGS}",
)
RANGE: Final = (
    rf"range\s*(?:is|of|from)?{LEAD}{NUMBER}{DASH}{NUMBER}", rf"范围\s*{LEAD}{NUMBER}{DASH}{NUMBER}",
    rf"(?:range|范围)\s*(?:is|of|from)?{LEAD}[\[(]\s*{BRACKETED}\s*(?:[-–—~～,]|to|至|到)\s*{BRACKETED}\s*[\])]",
    rf"between\s+{NUMBER}\s+and\s+{NUMBER}", rf"(?<![\d.:/-])(?<!\d,)(?<!\d, ){NUMBER}{DASH}{NUMBER}\s*{SECONDS}", rf"from\s+{NUMBER}\s+to\s+{NUMBER}",
)  # fmt: skip
OF_WHAT: Final = r"(?![:/×])[`*]*\s*([^\W\d_]*)"  # the word after a number
LEAST_VALUE: Final = (rf"\bmin(?:imum)?(?:\s+value)?\s*(?:is|of)?{LEAD}{NUMBER}{OF_WHAT}",)
MOST_VALUE: Final = (rf"\bmax(?:imum)?(?:\s+value)?\s*(?:is|of)?{LEAD}{NUMBER}{OF_WHAT}",)
OF_ITSELF: Final = {"", "seconds", "second", "secs", "sec", "s", "秒", "and", "or", "max", "maximum", "min", "minimum", "inclusive", "step", "default"}  # fmt: skip
MEASURE: Final = re.compile(r"\b(duration|length|width|height|total|sum|difference|gap|interval)\b", re.IGNORECASE)
LASTING: Final = re.compile(r"duration|length|second|total", re.IGNORECASE)
MINUS_ONE: Final = re.compile(r"(?<![\w.)\]])(?<!\d )(?<!\d`)-1(?!\w|\.\d)")
NO_CHOICE: Final = re.compile(
    r"(?:\bnot|n't|\bnever|\bcannot|不)\W+(?:\w+\W+){0,3}-1\b|-1\W+(?:is\s+|are\s+)?(?:not\b|no\s+longer|invalid|unsupported)",
    re.IGNORECASE,
)
DEFAULT: Final = re.compile(
    r"\bdefaults?(?:\s+value)?(?:\s+(?:is|to)(?!\s+(?:be|the)\b))?\s*[:：=]?\s*[`'\"“*]*(-?\d{1,3}(?:,\d{3})+(?![\d,])|-?[A-Za-z0-9_:./+-]+)",
    re.IGNORECASE,
)
NO_VALUE: Final = {"", "is", "to", "value", "when", "if", "setting", "settings", "the"}


def length(text: str) -> dict[str, int]:
    """maxLength and minLength of a text."""
    told = binding(text)
    ranges = pairs(LONG, told)
    most = the_one(numbers(LONGEST, told) | {high for _low, high in ranges})
    return given(maxLength=most, minLength=the_one(numbers(SHORTEST, told) | {low for low, _high in ranges}))


def count(text: str) -> dict[str, int]:
    """maxItems and minItems of a list. Where one is enough of some things, nothing is the least of all."""
    told = binding(text)
    ranges = pairs(SEVERAL, told)
    single = bool(matches(SINGLE, told))
    most = the_one(numbers(MANY, told) | {high for _low, high in ranges})
    if most is None and single and "ignored" not in text:  # «the rest is ignored»: more may be sent
        most = 1
    few = None if single else the_one(numbers(FEW, told) | {low for low, _high in ranges})
    return given(maxItems=most, minItems=few)


def bounds(text: str, name: str = "") -> dict[str, Any]:
    """minimum and maximum of the number `name`, and whether -1 stands beside them as a value of its own (`also`)."""
    told = [one for one in binding(text) if not _of_another(one, name)]
    ranges = pairs(RANGE, told)
    low, high = (None, None) if ranges else (_limit(LEAST_VALUE, told, name), _limit(MOST_VALUE, told, name))
    if len(ranges) == 1:
        low, high = ranges.pop()
    alone = (low is None or low >= 0) and MINUS_ONE.search(tidy(text)) and not NO_CHOICE.search(tidy(text))
    return given(minimum=low, maximum=high) | ({"also": -1} if alone else {})


def default(text: str) -> set[str]:
    """Every value that the text calls the default."""
    found = (one.rstrip(".,;:") for one in DEFAULT.findall(tidy(text)))
    return {one.replace(",", "") for one in found} - NO_VALUE


def _of_another(told: str, name: str) -> bool:
    """Whether a sentence measures something else than the field."""
    return any(
        word.lower() not in name.lower() and not (LASTING.fullmatch(word) and LASTING.search(name))
        for word in MEASURE.findall(told)
        if name
    )


def _limit(patterns: tuple[str, ...], told: list[str], name: str) -> Any:
    """A number without a unit, of seconds, or of what the field is called after."""
    found = [(written, of.lower()) for written, of in matches(patterns, told)]
    named = name.lower()
    mine = [written for written, of in found if of in OF_ITSELF or (len(of) > 2 and of.rstrip("s") in named)]
    return the_one(plain(number(written)) for written in mine) if len(mine) == len(found) else None
