"""A net under the rules of prose: a limit that a sentence plainly has, and that no rule read, is a doubt.

Only numbers that stand beside the words of a limit count, and only of what a field's own schema could say: a picture's sides and a film's
frame rate are nobody's here. What is advice, or holds on a condition, is none of it."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from kie.sync.phrases import CHARS, COUNT, FILLER, MOST, THINGS, TILL, WORDS, binding, tidy
from kie.sync.values import as_number, main

DIGITS: Final = r"-?(?:\d{1,3}(?:,\d{3}){1,3}|\d{1,12})(?:\.\d{1,6})?(?:k\b)?(?![\d:]|[.,]\d)"
WRITTEN: Final = rf"((?<![\w.:/-])(?<!\d,){DIGITS})"
LIMIT: Final = rf"(?:{MOST}|at\s+least|min(?:imum)?[.:：]?(?:\s+of)?|range|between|from|exactly|only|limit|exceed|(?:greater|more|less|fewer)\s+than|over|above|below|[<>≥≤]=?)"
NEAR: Final = rf"{LIMIT}\W{{0,3}}(?:(?:of|is|are|be|value|to)\W+){{0,2}}{WRITTEN}"
RANGE: Final = rf"{WRITTEN}\W{{0,2}}(?:{TILL}|\s+and\s+|,\s*)\W{{0,2}}({DIGITS})"
OF_A_NUMBER: Final = (NEAR, rf"(?:between|range|from)\W{{0,3}}{RANGE}", rf"{WRITTEN}\s*[%x°]?{TILL}({DIGITS})", rf"\[\s*{WRITTEN}\s*,\s*({DIGITS})\s*\]")  # fmt: skip
OF_A_TEXT: Final = (rf"((?<![\w.,])\d[\d.,]{{0,15}}k?)\s*(?:[\w‑-]{{1,20}}\s+){{0,2}}?{CHARS}", rf"length\W{{0,3}}(?:of\s+|is\s+|limit\W+)?{WRITTEN}(?!\s*\w)", rf"range\W{{0,3}}{RANGE}", rf"length\W{{0,3}}{WRITTEN}{TILL}({DIGITS})")  # fmt: skip
OF_A_LIST: Final = (rf"{LIMIT}\s*{COUNT}\s+{FILLER}{{0,3}}?{THINGS}", rf"{MOST}\s*{COUNT}\s*(?=[.;,)]|$)")
SIZE: Final = re.compile(r"\d\s*(?:[KMG]i?B|bytes)\b", re.IGNORECASE)
TIME: Final = re.compile(rf"(?:{MOST}|duration\W+|length\W+|\d{TILL})\s*\d[\d.]*\s*(?:s|secs?|seconds?|m|mins?|minutes?|秒|分钟)\b", re.IGNORECASE)  # fmt: skip
STEP: Final = re.compile(r"\b(?:steps?(?:\s+size)?\s*(?:[:=]|of|is)|(?:increments?|multiples?)\s+of|defaults?(?:\s+(?:value|is|to|of))*)\W{0,3}-?[\d.]+", re.IGNORECASE)  # fmt: skip


def unread(name: str, schema: dict[str, Any], text: str) -> Iterator[str]:
    """A doubt where the text of a number, a text or a list has limits that its schema, as it was read, has not."""
    type_ = main(schema.get("type"))
    patterns = {"string": OF_A_TEXT, "integer": OF_A_NUMBER, "number": OF_A_NUMBER, "array": OF_A_LIST}.get(type_)
    if patterns is None or {"enum", "x-media"} & schema.keys():
        return
    told = [STEP.sub(" ", one) for one in binding(text)]
    found = dict.fromkeys(written for one in told for written in _numbers(patterns, one))
    known = set(_known(schema))
    if missed := [written for written in found if _value(written) not in known]:
        yield f"{name}: {', '.join(missed)} in its text, and no limit was read from that"


def unread_of_file(name: str, told: dict[str, Any], text: str, kind: str) -> Iterator[str]:
    """A doubt where the text of a file speaks of a size or a length and none was read."""
    known = binding(tidy(text))
    if "x-max-mb" not in told and any(SIZE.search(one) for one in known):
        yield f"{name}: a size in its text, and no limit was read from that"
    if kind in {"audio", "video"} and "x-max-seconds" not in told and any(TIME.search(one) for one in known):
        yield f"{name}: a length in its text, and no limit was read from that"


def _numbers(patterns: Iterable[str], told: str) -> Iterator[str]:
    for pattern in patterns:
        for match in re.finditer(pattern, told, re.IGNORECASE):
            yield from (part for part in match.groups() if part)


def _value(written: str) -> Any:
    word = written.lower()
    return WORDS.get(word) or as_number(word.replace(",", ""))


def _known(schema: Any) -> Iterator[Any]:
    """Every number that stands in a schema."""
    if isinstance(schema, dict):
        for word, part in schema.items():
            if word != "description":
                yield from _known(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _known(part)
    elif isinstance(schema, (int, float)) and not isinstance(schema, bool):
        yield schema
