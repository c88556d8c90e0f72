"""parse_mode HTML → text and entities, by td's rules: a few tags, each closed, offsets in UTF-16 units.

Source: td/telegram/MessageEntity.cpp, parse_html; core.telegram.org/bots/api#html-style.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from .errors import ApiError, bad

Entity = dict[str, Any]

_PLAIN = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "u": "underline",
    "ins": "underline",
    "tg-spoiler": "spoiler",
    "blockquote": "blockquote",
    "code": "code",
    "pre": "pre",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]+));?")
_TAG = re.compile(r"<(/?)([a-zA-Z0-9-]*)")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>"'/]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+))?\s*""")


def units(text: str) -> int:
    """Length in UTF-16 code units, as Telegram counts offsets."""
    return len(text) + sum(character > "\uffff" for character in text)


@dataclass
class _Open:
    tag: str
    offset: int
    attributes: dict[str, str] = field(default_factory=dict)


def parse(source: str) -> tuple[str, list[Entity]]:
    """Text without tags, and its entities in order. Raises ApiError, "can't parse entities: …"."""
    text: list[str] = []
    entities: list[Entity] = []
    nested: list[_Open] = []
    at, offset = 0, 0
    while at < len(source):
        if source[at] == "<":
            end = _end_tag(source, at, offset, nested, entities) if source[at + 1 : at + 2] == "/" else None
            at = end if end is not None else _start_tag(source, at, offset, nested)
            continue
        piece, at = _piece(source, at)
        text.append(piece)
        offset += units(piece)
    if nested:
        raise _cannot(f'Can\'t find end tag corresponding to start tag "{nested[-1].tag}"')
    return "".join(text), sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def _piece(source: str, at: int) -> tuple[str, int]:
    """The characters up to the next tag or reference, or one decoded reference."""
    if source[at] == "&":
        found = _REFERENCE.match(source, at)
        if found and (character := _referred(found)):
            return character, found.end()
        return "&", at + 1
    end = at + 1
    while end < len(source) and source[end] not in "<&":
        end += 1
    return source[at:end], end


def _referred(found: re.Match[str]) -> str | None:
    if found[3]:
        return _NAMED.get(found[3])
    code = int(found[1]) if found[1] else int(found[2], 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else None


def _start_tag(source: str, at: int, offset: int, nested: list[_Open]) -> int:
    """Read `<tag attributes>`; returns where it ends."""
    found = _TAG.match(source, at)
    name = found[2].lower() if found else ""
    where = len(source[:at].encode())
    if name not in _PLAIN and name not in ("a", "span", "tg-emoji"):
        raise _cannot(f'Unsupported start tag "{name}" at byte offset {where}')
    position, attributes = at + 1 + len(name), {}
    while position < len(source) and source[position] != ">":
        attribute = _ATTRIBUTE.match(source, position)
        if not attribute:
            raise _cannot(f'Unclosed start tag "{name}" at byte offset {where}')
        attributes[attribute[1].lower()] = _decoded((attribute[2] or "").strip("\"'"))
        position = attribute.end()
    if position >= len(source):
        raise _cannot(f'Unclosed start tag "{name}" at byte offset {where}')
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise _cannot(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
    nested.append(_Open(name, offset, attributes))
    return position + 1


def _end_tag(source: str, at: int, offset: int, nested: list[_Open], entities: list[Entity]) -> int:
    """Read `</tag>`, write its entity; returns where it ends."""
    where = len(source[:at].encode())
    if not nested:
        raise _cannot(f"Unexpected end tag at byte offset {where}")
    found = re.compile(r"</\s*([a-zA-Z0-9-]*)\s*>").match(source, at)
    if not found:
        raise _cannot(f"Unclosed end tag at byte offset {where}")
    opened = nested.pop()
    if found[1] and found[1].lower() != opened.tag:
        raise _cannot(
            f'Unmatched end tag at byte offset {where}, expected "</{opened.tag}>", found "</{found[1].lower()}>"'
        )
    if offset > opened.offset and (meaning := _meaning(opened, nested)):
        entities.append(meaning | {"offset": opened.offset, "length": offset - opened.offset})
    return found.end()


def _meaning(opened: _Open, nested: list[_Open]) -> Entity | None:
    """The entity of a closed tag, without its place. None where the tag says nothing."""
    tag, attributes = opened.tag, opened.attributes
    if tag == "a":
        url = attributes.get("href", "")
        return {"type": "text_link", "url": url} if "." in url or "://" in url else None
    if tag == "span":
        return {"type": "spoiler"}
    if tag == "tg-emoji":
        return {"type": "custom_emoji", "custom_emoji_id": attributes.get("emoji-id", "")}
    if tag == "blockquote" and "expandable" in attributes:
        return {"type": "expandable_blockquote"}
    if tag == "code" and nested and nested[-1].tag == "pre" and nested[-1].offset == opened.offset:
        nested[-1].attributes["language"] = attributes.get("class", "").removeprefix("language-")
        return None
    if tag == "pre" and attributes.get("language"):
        return {"type": "pre", "language": attributes["language"]}
    return {"type": _PLAIN[tag]}


def _decoded(value: str) -> str:
    return _REFERENCE.sub(lambda found: _referred(found) or found[0], value)


def _cannot(why: str) -> ApiError:
    return bad(f"can't parse entities: {why}")
