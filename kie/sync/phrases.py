"""How limits are worded, English or Chinese: numbers, units, sentences, and which sentences bind nobody.

Strangers' text comes in by `sentences` and `tidy` alone: blanks are made one and the length is capped, so that no pattern has
much to go back over; a number has at most twelve digits, and is read to its last or not at all.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

CHARACTERS: Final = 5000  # of a description; the longest seen has 2,500
NUMBER: Final = r"(?<!\d)(?<!\d[.,])(-?(?:\d{1,3}(?:,\d{3}){1,3}|\d{1,12})(?:\.\d{1,6})?)(?![.,]?\d)"
WHOLE: Final = r"(?<!\d)(?<!\d[.,])(\d{1,3}(?:,\d{3}){1,3}|\d{1,12})(?![.,]?\d)"  # 5.000 is nobody knows what
BRACKETED: Final = r"(-?\d{1,12}(?:\.\d{1,6})?)"  # one of two within [ ]: there a comma stands between them
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
SMALL: Final = r"(?<!\d)(?<!\d[.,])\d{1,4}(?![.,]?\d)"
COUNT: Final = rf"({SMALL}|(?:{'|'.join(WORDS)})\b)"
CHARS: Final = r"(?:characters?|chars?|symbols?|个?\s*字符|个?字)"
NOT_CHARS: Final = r"(?![`*]*\s*(?:words?|tokens?|lines?|sentences?|paragraphs?|bytes?|seconds?|secs?|s\b|minutes?|[KMG]B|px|pixels?|images?|items?|单词|词|秒))"
LESS: Final = r"(?:under|within|(?:less|fewer|shorter)\s+than)"
NOT_LESS: Final = rf"(?:(?:not|n't)\s+(?:be\s+)?|no\s+){LESS}"
MOST: Final = rf"(?:max(?:imum)?[.:：]?(?:\s+of)?|up\s+to|at\s+most|no\s+(?:more|longer|larger)\s+than|limit(?:ed)?(?:\s+(?:to|of)|[:：])?|(?:must\s+|can|should\s+)?not\s+exceed|not\s+exceeding|(?<!not )(?<!not be )(?<!n't )(?<!n't be )(?<!no ){LESS}|≤|<=|最多|不超过|最大)"
THINGS: Final = r"(?:(?:images?|pictures?|photos?|frames?|files?|videos?|clips?|audios?|urls?|links?|items?|elements?|references?|tracks?)\b|张|个|段|条)"
BETWEEN: Final = r"(?:[KMG]i?B|px|pixels?|megapixels?|seconds?|secs?|s|ms|milliseconds?|minutes?|mins?|hours?|days?|fps|characters?|chars?|words?|tokens?|times?|percent|degrees?|in|per|for|from|with|on|to|by|as|at|of|each|every|than|and|or)"
FILLER: Final = (
    rf"(?:(?!{BETWEEN}\b)\w+[\s-]+)"  # a word between a count and its things; a unit makes it a count of something else
)
TO: Final = r"\s*(?:-|–|—|~|～|to|至|到|,|and)\s*"
DASH: Final = r"\s*(?:-|–|—|~|～|to|至|到)\s*"
TILL: Final = r"\s*(?:-|–|—|~|～|\.\.\.?|…|to|through|至|到)\s*"
LEAD: Final = r"\s*[:：=]?\s*[`*]*"
SECONDS: Final = r"(?:seconds?|secs?|s\b|秒)"

END: Final = re.compile(
    r"(?<!\b[Mm]ax\.)(?<!\b[Mm]in\.)(?<!\be\.g\.)(?<!\bi\.e\.)(?<=[.!?;])\s+|[。；！？]|\n(?=[-*•(`A-Z]|\d+[.)] |[^\x00-\x7f])"
)
ADVICE: Final = re.compile(
    r"\b(?:recommend\w*|suggest\w*|best|ideal(?:ly)?|typical(?:ly)?|usually)\b|建议|推荐",
    re.IGNORECASE,
)
EVERY: Final = re.compile(r"\b(?:each|every)\b|每", re.IGNORECASE)  # what is said of a part
CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
ASIDE: Final = re.compile(r"\([^()]*\)")
CONDITION: Final = re.compile(
    r"\b(?:if|when|unless)\b(?!\s+(?:(?:it\s+is\s+)?(?:not\s+)?(?:provided|set|given|specified|used|present|sent|passed|supplied)|omitted|empty|unset|unspecified|missing|absent|left|null)\b)|\b(?:at|for)\s+\d+[pk]\b|如果|当",
    re.IGNORECASE,
)


def name_words(name: str) -> list[str]:
    """The words that a field's name is made of: tail_image_url, filesUrl."""
    return [word.lower() for word in re.split(r"[^A-Za-z]+", CAMEL.sub("_", name)) if word]


def tidy(text: str) -> str:
    """Blanks made one, lines kept, no longer than anybody reads."""
    return re.sub(r" ?\n\s*", "\n", re.sub(r"[^\S\n]+", " ", text))[:CHARACTERS]


def sentences(text: str) -> list[str]:
    """Each in a line, without advice in brackets. A line that goes on in the next is one sentence."""
    plainly = ASIDE.sub(lambda aside: " " if ADVICE.search(aside[0]) else aside[0], tidy(text))
    return [" ".join(one.split()) for one in END.split(plainly) if one and one.strip()]


def binding(text: str) -> list[str]:
    """Sentences that hold for every request: neither advice nor on a condition."""
    return [one for one in sentences(text) if not ADVICE.search(one) and not CONDITION.search(one)]


def matches(patterns: Iterable[str], told: Iterable[str]) -> list[tuple[str, ...]]:
    """What the groups of each pattern found, in each sentence."""
    return [
        match.groups()
        for pattern in patterns
        for one in told
        for match in re.finditer(pattern, one, re.IGNORECASE)
    ]  # fmt: skip


def pairs(patterns: Iterable[str], told: Iterable[str]) -> set[tuple[Any, Any]]:
    """From and to, each as a number; what falls is no range."""
    found = {tuple(plain(number(part)) for part in groups[:2]) for groups in matches(patterns, told)}
    return {(low, high) for low, high in found if low < high}


def the_one(found: Iterable[Any]) -> Any:
    """What all agree on, None where there is nothing or more than one."""
    once = set(found)
    return once.pop() if len(once) == 1 else None


def numbers(patterns: Iterable[str], told: Iterable[str]) -> set[Any]:
    """Every number that the patterns find."""
    return {plain(number(part)) for groups in matches(patterns, told) for part in groups if part}


def number(written: str) -> Decimal:
    """In digits, or one of our words."""
    word = written.lower()
    return Decimal(WORDS[word]) if word in WORDS else Decimal(written.replace(",", ""))


def plain(value: Decimal) -> int | float:
    """As JSON has it."""
    return int(value) if value == int(value) else float(value)


def given(**facts: Any) -> dict[str, Any]:
    """Only what is known."""
    return {name: value for name, value in facts.items() if value is not None}
