"""What sentences say of a number: from where to where it goes. A sentence that measures something else, or that only mentions a range, binds
nothing: before a limit stands what the field is called after, or nothing, and after it no other thing and no purpose."""

import re
from collections.abc import Iterator
from typing import Any, Final

from kie.sync.phrases import (  # fmt: skip
    BRACKETED,
    EVERY,
    LEAD,
    NOT_LESS,
    NUMBER,
    SECONDS,
    TILL,
    binding,
    given,
    name_words,
    number,
    pairs,
    plain,
    the_one,
    tidy,
)

SAID: Final = (
    rf"(?:range|范围)\s*(?:is|of|from)?{LEAD}{NUMBER}{TILL}{NUMBER}",
    rf"(?:range|范围)\s*(?:is|of|from)?{LEAD}[\[(]\s*{BRACKETED}\s*(?:[-–—~～,]|to|至|到)\s*{BRACKETED}\s*[\])]",
    rf"{NUMBER}\s*(?:≤|<=)\s*[A-Za-z_]+\s*(?:≤|<=)\s*{NUMBER}",
)  # fmt: skip
SPOKEN: Final = (rf"between\s+{NUMBER}\s+(?:and|to)\s+{NUMBER}", rf"from\s+{NUMBER}\s+to\s+{NUMBER}")
BARE: Final = (rf"(?<![\d.:/-])(?<!\d,)(?<!\d, ){NUMBER}{TILL}{NUMBER}",)
FROM: Final = (rf"(?:at\s+least|{NOT_LESS}|≥|>=)\s*{NUMBER}",)
UP_TO: Final = (
    rf"(?:up\s+to|at\s+most|no\s+(?:more|greater|larger|higher)\s+than|(?:must\s+|can|should\s+)?not\s+exceed|≤|<=|最多|不超过)\s*{NUMBER}",
)
NOT_NOT: Final = r"(?<!no )(?<!not )(?<!not be )(?<!n't be )"
ABOVE: Final = (rf"{NOT_NOT}(?:greater|more|larger|higher)\s+than\s*{NUMBER}", rf"(?<![<>=])>\s*{NUMBER}")
BELOW: Final = (rf"{NOT_NOT}(?:less|smaller|lower)\s+than\s*{NUMBER}", rf"(?<![<>=])<\s*{NUMBER}")
WORD: Final = r"(?![:/×])[`*]*\s*([^\W\d_]*)"  # the word after a number
LEAST: Final = (rf"\bmin(?:imum)?(?:\s+value)?\s*(?:is|of)?{LEAD}{NUMBER}{WORD}",)
GREATEST: Final = (rf"\bmax(?:imum)?(?:\s+value)?\s*(?:is|of)?{LEAD}{NUMBER}{WORD}",)

VALUE: Final = {"value", "values", "number", "numbers", "integer", "integers", "int", "float", "decimal", "range", "scale", "factor", "level", "amount", "percentage"}  # fmt: skip
LINKS: Final = re.compile(
    r"(?:^|\s)(?:(?:must|should|can|may|ha[sv]e?\s+to|needs?\s+to)\s+be|is|are|be|lies|in|within|range[sd]?|ranging|varies|allowed|accepted|valid|supported|supports?|accepts?|set\s+to|choose|select|pick)(?:\s+(?:set|any|an?|in|within|strictly|the))*$",
    re.IGNORECASE,
)
ITSELF: Final = {"it", "this", "its", "the", "a", "an", "also", "and", "or", "field", "parameter"}
PURPOSE: Final = {"for", "with", "at", "using", "by", "under", "over"}  # how a clause begins that speaks of a case
CLAUSE: Final = re.compile(r"[,;:(.\[]|(?:^|\s)(?:and|but|or)(?=\s)")
AFTER: Final = {"", "and", "or", "max", "maximum", "min", "minimum", "inclusive", "inclusively", "exclusive", "step", "steps", "default", "defaults", "where", "which", "that", "percent"}  # fmt: skip
ENDS: Final = re.compile(r"[\s`*]*(?:$|[.;,)\]。，；）]|(?:or|step|default|inclusive)\b)", re.IGNORECASE)
NEXT: Final = re.compile(r"(?![:/×%°])[\s`*]*([^\W\d_]*)")
LASTING: Final = re.compile(r"duration|length|second|total", re.IGNORECASE)
HEAD: Final = re.compile(
    rf"\W*(?:(?:(?:the|an?|optional)\s+)?(?:[A-Za-z]+\s+){{0,2}}(?:duration|length)\b|\d{{1,4}}{TILL}\d{{1,4}}\s*{SECONDS})",
    re.IGNORECASE,
)  # of a text about a stretch of time
MEASURE: Final = re.compile(r"\b(duration|length|width|height|total|sum|difference|gap|interval)\b", re.IGNORECASE)
MINUS_ONE: Final = re.compile(r"(?<![\w.)\]])(?<!\d )(?<!\d`)-1(?!\w|\.\d)")
NO_CHOICE: Final = re.compile(
    r"(?:\bnot|n't|\bnever|\bcannot|不)\W+(?:\w+\W+){0,3}-1\b|-1\W+(?:is\s+|are\s+)?(?:not\b|no\s+longer|invalid|unsupported)",
    re.IGNORECASE,
)


def bounds(text: str, name: str = "") -> dict[str, Any]:
    """Minimum and maximum of the number `name`, excluded or not, and whether -1 stands beside them as a value of its own (`also`)."""
    called = f"{name} duration" if HEAD.match(text) else name
    told = [one for one in binding(text) if not _of_another(one, called) and not EVERY.search(one)]
    ranges = {pair for one in told for pair in _ranges(one, called)}
    if pairs(SAID, told) - ranges:  # one speaks of a case: nobody knows which holds
        told, ranges = [], set()
    least = _limit(LEAST, told, called) | _limits(FROM, told, called) | {low for low, _high in ranges}
    most = _limit(GREATEST, told, called) | _limits(UP_TO, told, called) | {high for _low, high in ranges}
    low, high = the_one(least), the_one(most)
    alone = (low is None or low >= 0) and MINUS_ONE.search(tidy(text)) and not NO_CHOICE.search(tidy(text))
    more, less = the_one(_limits(ABOVE, told, called)), the_one(_limits(BELOW, told, called))
    found = given(minimum=low, maximum=high, exclusiveMinimum=more, exclusiveMaximum=less)
    return found | ({"also": -1} if alone else {})


def _ranges(told: str, called: str) -> Iterator[tuple[Any, Any]]:
    for patterns, is_said, is_bare in ((SAID, True, False), (SPOKEN, False, False), (BARE, False, True)):
        for pattern in patterns:
            for match in re.finditer(pattern, told, re.IGNORECASE):
                low, high = (plain(number(part)) for part in match.groups())
                if low < high and (is_said or _leads(told[: match.start()], called)) and _ends(told[match.end() :], called, alone=is_bare):  # fmt: skip
                    yield low, high


def _limits(patterns: tuple[str, ...], told: list[str], called: str) -> set[Any]:
    """Limits said by a preposition, with nothing else before and after them."""
    return {
        plain(number(match[1]))
        for one in told
        for pattern in patterns
        for match in re.finditer(pattern, one, re.IGNORECASE)
        if _leads(one[: match.start()], called) and _ends(one[match.end() :], called)
    }


def _limit(patterns: tuple[str, ...], told: list[str], called: str) -> set[Any]:
    """Limits said by the words minimum and maximum: numbers without a unit, of seconds where it lasts, or of what the field is called after."""
    found = [
        match.groups() for one in told for pattern in patterns for match in re.finditer(pattern, one, re.IGNORECASE)
    ]
    mine = {plain(number(written)) for written, of in found if _is_own(of, called)}
    return mine if all(_is_own(of, called) for _written, of in found) else set()


def _leads(before: str, called: str) -> bool:
    """Whether the words before a limit make it the field's: none, what it is called after, or a verb between."""
    clause = CLAUSE.split(before)[-1].strip(" `*-•")
    words = re.findall(r"[^\W\d_]+", clause.lower())
    if not words:
        return True
    if words[0] in PURPOSE:
        return False
    link = LINKS.search(clause)
    subject = set(re.findall(r"[^\W\d_]+", clause[: link.start()].lower())) if link else {words[-1]}
    return bool(link and subject <= ITSELF) or any(one in VALUE or _names(one, called) for one in subject)


def _ends(after: str, called: str, *, alone: bool = False) -> bool:
    """Whether nothing after a limit makes it another's. `alone`: it has no word before it that says that it is a limit."""
    following = NEXT.match(after)
    if following is None or not _is_own(following[1], called):
        return False
    rest = after[following.end() :] if following[1] and following[1].lower() not in AFTER else after
    return not alone or bool(ENDS.match(rest))


def _is_own(of: str, called: str) -> bool:
    word = of.lower()
    is_time = bool(re.fullmatch(SECONDS, word, re.IGNORECASE))
    return word in AFTER or (is_time and bool(LASTING.search(called))) or _names(word, called)


def _names(word: str, called: str) -> bool:
    """Whether the field is called after a word."""
    named = [one.rstrip("s") for one in name_words(called)]
    return len(word) > 2 and word.lower().rstrip("s") in named


def _of_another(told: str, called: str) -> bool:
    """Whether a sentence measures something else than the field."""
    return any(
        word.lower() not in called.lower() and not (LASTING.fullmatch(word) and LASTING.search(called))
        for word in MEASURE.findall(told)
        if called
    )
