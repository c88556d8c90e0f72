"""How large a result is and how many there are, read from the many spellings that models use."""

from __future__ import annotations

import re
from typing import Any

Size = tuple[int, int]

_NAMED = {"square": (1, 1), "square_hd": (1, 1)}
_RATIO_KEYS = ("aspect_ratio", "aspectRatio", "image_size", "ratio", "size")
_COUNT_KEYS = ("num_images", "max_images", "n", "number_of_images", "num_outputs", "nVariants")


def ratio(given: dict[str, Any]) -> tuple[int, int] | None:
    """Width to height that the input asks for; None when it says auto, adaptive or nothing."""
    for key in _RATIO_KEYS:
        value = str(given.get(key, "")).lower()
        if value in _NAMED:
            return _NAMED[value]
        if match := re.fullmatch(r"(?:(portrait|landscape)_)?(\d+)[:_x](\d+)", value):
            return _turned(match[1], int(match[2]), int(match[3]))
    return None


def _turned(named: str | None, first: int, second: int) -> tuple[int, int]:
    """portrait_4_3 is 3:4 and portrait_16_9 is 9:16: the words name the long side first."""
    if not first or not second:
        return 1, 1
    if named == "portrait":
        return min(first, second), max(first, second)
    if named == "landscape":
        return max(first, second), min(first, second)
    return first, second


def size(given: dict[str, Any], *, longest: int, default: tuple[int, int] = (1, 1)) -> Size:
    """Pixels of the wished aspect ratio with the longer side `longest`; even numbers, as video needs them."""
    wide, high = ratio(given) or default
    scale = longest / max(wide, high)
    return max(16, round(wide * scale / 2) * 2), max(16, round(high * scale / 2) * 2)


def count(given: dict[str, Any]) -> int:
    """How many results the input asks for, 1 to 12; numbers may come as strings."""
    for key in _COUNT_KEYS:
        try:
            return min(12, max(1, int(given[key])))
        except (KeyError, TypeError, ValueError):
            continue
    return 1


def words(given: dict[str, Any]) -> str:
    """What the person wrote: the prompt, the text to speak, the lyrics, or the lines of a dialogue."""
    for key in ("prompt", "text", "lyrics", "content", "title", "style"):
        if isinstance(given.get(key), str) and given[key].strip():
            return str(given[key]).strip()
    for key in ("dialogue", "dialogue_turns", "multi_prompt"):
        turns = given.get(key)
        if isinstance(turns, list):
            return " ".join(str(t.get("text") or t.get("prompt") or "") for t in turns if isinstance(t, dict)).strip()
    return ""
