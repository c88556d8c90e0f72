"""Telegram's HTML as its server reads it: text and entities, or the words with which it refuses. Source: core.telegram.org/bots/api#html-style."""

import re
from typing import Any

KINDS = {"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline"}
KINDS |= dict.fromkeys(("s", "strike", "del"), "strikethrough")
KINDS |= {"tg-spoiler": "spoiler", "code": "code", "pre": "pre", "blockquote": "blockquote", "a": "text_link"}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+))?)*)\s*>")
REFERENCE = re.compile(r"&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));")


class Unparsable(ValueError):
    """The words after «can't parse entities: »."""


def units(text: str) -> int:
    """Length in UTF-16 code units, in which entities are measured."""
    return len(text.encode("utf-16-le")) // 2


def parsed(html: str) -> tuple[str, list[dict[str, Any]]]:
    """The visible text, trimmed, and its entities. Raises Unparsable."""
    out, entities, at = "", list[dict[str, Any]](), 0
    open_tags: list[tuple[str, int, str]] = []
    while at < len(html):
        offset = len(html[:at].encode())
        if html[at] == "&" and (found := REFERENCE.match(html, at)) and (letter := _letter(found)):
            out, at = out + letter, found.end()
        elif html[at] != "<":
            out, at = out + html[at], at + 1
        elif not (tag := TAG.match(html, at)):
            name = re.split(r"[\s>]", html[at + 1 :])[0]
            if name.lower() in KINDS:
                raise Unparsable(f'Unclosed start tag "{name.lower()}" at byte offset {offset}')
            raise Unparsable(f'Unsupported start tag "{name}" at byte offset {offset}')
        elif html.startswith("</", at):
            _close(tag, offset, open_tags, entities, units(out))
            at = tag.end()
        else:
            name = tag[1].lower()
            spoiler = name == "span" and "tg-spoiler" in tag[2]
            if name == "span" and not spoiler:
                raise Unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
            if name not in KINDS and not spoiler:
                raise Unparsable(f'Unsupported start tag "{name}" at byte offset {offset}')
            open_tags.append((name, units(out), tag[2]))
            at = tag.end()
    if open_tags:
        raise Unparsable(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    return _trimmed(out, entities)


def _letter(found: re.Match[str]) -> str:
    number, hexadecimal, name = found.groups()
    code = int(number) if number else int(hexadecimal, 16) if hexadecimal else 0
    return NAMED.get(name, "") if name else chr(code) if 0 < code < 0x10FFFF else ""


def _close(
    tag: re.Match[str], offset: int, open_tags: list[tuple[str, int, str]], entities: list[dict[str, Any]], end: int
) -> None:
    name = tag[1].lower()
    if not open_tags:
        raise Unparsable(f"Unexpected end tag at byte offset {offset}")
    opened, begin, attributes = open_tags.pop()
    if opened != name:
        raise Unparsable(f'Unmatched end tag at byte offset {offset}, expected "</{opened}>", found "</{name}>"')
    entity: dict[str, Any] = {"offset": begin, "length": end - begin, "type": KINDS.get(name, "spoiler")}
    if name == "a":
        href = re.search(r"href\s*=\s*[\"']?([^\"'\s>]+)", attributes)
        entity["url"] = REFERENCE.sub(lambda found: _letter(found) or found[0], href[1]) if href else ""
    if end > begin and entity.get("url", "-"):
        entities.append(entity)


def _trimmed(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Telegram strips whitespace around; entities move and shrink with it."""
    cut, shown = units(text) - units(text.lstrip()), text.strip()
    end, kept = units(shown), []
    for one in sorted(entities, key=lambda entity: (entity["offset"], -entity["length"])):
        start, stop = max(0, one["offset"] - cut), min(end, one["offset"] + one["length"] - cut)
        if stop > start:
            kept.append(one | {"offset": start, "length": stop - start})
    return shown, kept
