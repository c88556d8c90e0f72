"""Text as Telegram keeps it: parsed, trimmed, measured, with the entities that it finds by itself (commands, links, mentions)."""

from __future__ import annotations

import re
from typing import Any

from .errors import bad
from .html import Entity, parse, units
from .params import Params

LONGEST_TEXT = 4096  # characters after the entities are taken out
LONGEST_CAPTION = 1024
_FOUND = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,:;!?)\]»'])"
    r"|(?P<email>(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?<![\w/<>])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/])"
    r"|(?<!\w)(?P<mention>@[A-Za-z]\w{3,31})"
    r"|(?<![\w#])(?P<hashtag>#\w*[^\W\d]\w*)"
)
_WHOLE = ("code", "pre", "text_link", "url")  # nothing is looked for inside these


def found(text: str) -> list[Entity]:
    """The entities that every text gets, whoever wrote it."""
    return [
        {"type": match.lastgroup, "offset": units(text[: match.start()]), "length": units(match[0])}
        for match in _FOUND.finditer(text)
    ]


def formatted(p: Params, name: str, *, longest: int) -> tuple[str, list[Entity]]:
    """The parameter `name` (text or caption) with its entities: parse_mode, or the list that came with it. Raises ApiError."""
    return styled(
        p.text(name), p.text("parse_mode"), p.json("entities" if name == "text" else "caption_entities"), longest
    )


def styled(source: str, mode: str, given: Any, longest: int) -> tuple[str, list[Entity]]:
    """The same from plain values, for the items of an album too."""
    if mode.lower() == "html":
        text, entities = parse(source)
    elif mode and mode.lower() != "none":
        known = mode.lower() in ("markdown", "markdownv2")
        raise bad("unsupported parse_mode" + (": this local server reads HTML only" if known else ""))
    else:
        text, entities = source, _given(given)
    text, entities = _trimmed(text, entities)
    if len(text) > longest:
        raise bad("message is too long" if longest == LONGEST_TEXT else "message caption is too long")
    taken = [(e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] in _WHOLE]
    own = [e for e in found(text) if all(e["offset"] + e["length"] <= a or e["offset"] >= b for a, b in taken)]
    return text, sorted(entities + own, key=lambda entity: (entity["offset"], -entity["length"]))


def _given(entities: Any) -> list[Entity]:
    """A list that came as a parameter. Raises ApiError when one has no place."""
    if not isinstance(entities, list):
        return []
    for entity in entities:
        places = [entity.get(name) for name in ("offset", "length")] if isinstance(entity, dict) else [None]
        if not isinstance(entity, dict) or not all(isinstance(place, int) for place in places) or "type" not in entity:
            raise bad("can't parse MessageEntity: type, offset and length are needed")
    return list(entities)


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without white space around; entities move along, empty ones go."""
    left = text.lstrip()
    shift, kept = units(text) - units(left), left.rstrip()
    end, moved = units(kept), []
    for entity in entities:
        start = max(0, entity["offset"] - shift)
        stop = min(end, entity["offset"] - shift + entity["length"])
        if stop > start:
            moved.append(entity | {"offset": start, "length": stop - start})
    return kept, moved
