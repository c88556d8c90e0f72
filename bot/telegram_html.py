"""Telegram's rules for a text, said in sentences before Telegram says them in a refusal.

Source: core.telegram.org/bots/api#html-style; td's parse_html. What Telegram takes in silence but shows otherwise than
it stands (a link without an address, bold inside code, &nbsp;) is found too.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from html import unescape

from django.utils.translation import gettext as _

LONGEST = 4096  # characters after tags and references are resolved
TAGS = frozenset(
    [
        "b",
        "strong",
        "i",
        "em",
        "u",
        "ins",
        "s",
        "strike",
        "del",
        "code",
        "pre",
        "a",
        "blockquote",
        "tg-spoiler",
        "span",
        "tg-emoji",
    ]
)  # whatever else begins with < is refused
OFFERED = "<b> <i> <u> <s> <code> <pre> <a> <blockquote> <tg-spoiler>"
LITERAL = frozenset({"code", "pre"})  # take no other tags inside
NOT_IN_ITSELF = frozenset({"a", "blockquote"})
NAMED = frozenset({"lt", "gt", "amp", "quot"})
# Controls, joiners, what sits on a letter before it, separators.
UNSEEN = frozenset({"Cc", "Cf", "Mn", "Zl", "Zp", "Zs"})
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc")  # letters and symbols without ink
TOKEN = re.compile(r"<(?P<end>/?)(?P<tag>[a-zA-Z0-9-]*)(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^>\"'])*)(?P<closed>>?)")
REFERENCE = re.compile(r"&(#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z]\w*);")
ATTRIBUTE = re.compile(r"""\s+([a-zA-Z-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s<>"'/=]+))?""")
ATTRIBUTES = re.compile(rf"(?:{ATTRIBUTE.pattern})*\s*")
LINK = re.compile(r"(https?|tg|mailto|tel)://?\S+|mailto:\S+|tel:\S+")


def complaints(source: str, *, most: int = LONGEST) -> list[str]:
    """Why Telegram would not take `source` as HTML, or not show it as meant; empty where it is right."""
    return _Reading(source).all(most)


def plain_complaints(text: str, *, most: int) -> list[str]:
    """The same for a text without tags: of a button, of a toast."""
    found = []
    if not _shows(text):
        found.append(_("There is nothing to show."))
    if "\n" in text:
        found.append(_("It has to fit in one line."))
    if len(text) > most:
        found.append(_("{} characters, and Telegram takes {}.").format(len(text), most))
    if re.search(r"</?[a-z]", text):
        found.append(_("Tags are not read here: they would be shown as they stand."))
    return found


def _shows(text: str) -> bool:
    """Whether there is anything to see in it: Telegram takes no text of blanks, joiners and selectors alone."""
    return any(unicodedata.category(one) not in UNSEEN and one not in BLANK for one in text)


@dataclass
class _Reading:
    """One text, from its first tag to its last."""

    source: str
    open: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)

    def all(self, most: int) -> list[str]:
        """Every complaint once, in the order of the text."""
        for token in TOKEN.finditer(self.source):
            self._token(token)
        self.found += [_("<{0}> is not closed: add </{0}>.").format(tag) for tag in reversed(self.open) if tag in TAGS]
        for reference in REFERENCE.finditer(TOKEN.sub("", self.source)):
            self._reference(reference)
        shown = unescape(TOKEN.sub("", self.source)).strip()
        if not _shows(shown):
            self.found.append(_("There is nothing to show."))
        if len(shown) > most:
            self.found.append(_("{} characters, and Telegram takes {}.").format(len(shown), most))
        return list(dict.fromkeys(self.found))

    def _token(self, token: re.Match[str]) -> None:
        tag = token["tag"].lower()
        well_formed = token["closed"] and tag and ATTRIBUTES.fullmatch(token["rest"])
        if not well_formed or (token["end"] and token["rest"].strip()):
            self.found.append(_("A < begins a tag here that is not written right. To show the sign itself, write &lt;"))
        elif token["end"]:
            self._end(tag)
        else:
            self._start(tag, token["rest"])

    def _start(self, tag: str, rest: str) -> None:
        if tag not in TAGS:
            self.found.append(_("Telegram has no <{}>. It has {}.").format(tag, OFFERED))
        elif tag in TAGS:
            self.found += _of_attributes(tag, rest)
            self._nested(tag)
        self.open.append(tag)

    def _nested(self, tag: str) -> None:
        outer = next((one for one in self.open if one in LITERAL), None)
        if outer and not (tag == "code" and self.open[-1] == "pre"):
            self.found.append(_("Inside <{}> Telegram shows no other tags: take <{}> out.").format(outer, tag))
        if tag in NOT_IN_ITSELF and tag in self.open:
            self.found.append(_("<{0}> cannot stand inside <{0}>.").format(tag))

    def _end(self, tag: str) -> None:
        if tag not in self.open:
            self.found.append(_("</{}> closes what was never opened.").format(tag))
            return
        expected = next(one for one in reversed(self.open) if one in TAGS or one == tag)
        if expected != tag:
            self.found.append(
                _("</{0}> stands where </{1}> should: what was opened last is closed first.").format(tag, expected)
            )
        del self.open[len(self.open) - 1 - self.open[::-1].index(tag)]  # the last one: one slip is one complaint

    def _reference(self, reference: re.Match[str]) -> None:
        name = reference[1]
        if name.startswith("#") and unescape(reference[0]) not in ("", "\ufffd"):
            return
        if name not in NAMED:
            self.found.append(
                _("{} is shown as it stands: Telegram knows &lt; &gt; &amp; &quot; and numbers.").format(reference[0])
            )


def _of_attributes(tag: str, rest: str) -> list[str]:
    """What a tag needs beside its name."""
    given = {one[1].lower(): unescape((one[2] or "").strip("\"'")) for one in ATTRIBUTE.finditer(rest)}
    if tag == "a" and not LINK.fullmatch(given.get("href", "")):
        return [_('A link needs an address: <a href="https://example.org">words</a>.')]
    if tag == "span" and given.get("class") != "tg-spoiler":
        return [_("<span> is known as a spoiler only: write <tg-spoiler>.")]
    if tag == "tg-emoji" and not given.get("emoji-id", "").isdigit():
        return [_("<tg-emoji> needs the number of an emoji: emoji-id.")]
    return []
