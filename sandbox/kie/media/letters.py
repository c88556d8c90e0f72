"""Letters of a line: Roboto where it has them, else Noto Emoji; what neither has is left out, for a box says nothing."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

NOBODYS = "\U0010ffff"  # not a character: every font draws its box
MODIFIERS = frozenset(
    "\u20e3" + "".join(map(chr, range(0x1F3FB, 0x1F400)))
)  # the keycap and the tints: nothing by themselves


@lru_cache(maxsize=32)
def font(size: int, emoji: bool = False) -> FreeTypeFont:
    """Roboto (Latin, Cyrillic) or Noto Emoji in `size` pixels."""
    import font_roboto  # noqa: PLC0415  idle peers stay small
    import manimgx_fonts  # noqa: PLC0415
    from PIL import ImageFont  # noqa: PLC0415

    emojis = Path(manimgx_fonts.__file__).with_name("NotoEmoji[wght].ttf")
    return ImageFont.truetype(str(emojis) if emoji else font_roboto.Roboto, size)


def drawable(text: str) -> str:
    """`text` without what no font of ours has: joiners and tints of emojis, scripts we do not know."""
    return "".join(letter for letter in text if letter.isspace() or _place(letter) is not None)


def width(brush: Any, text: str, size: int) -> float:
    """How many pixels a drawable line takes."""
    return sum(brush.textlength(run, font=font(size, emoji)) for emoji, run in _runs(text))


def draw(brush: Any, place: tuple[float, float], text: str, size: int, fill: tuple[int, ...]) -> None:
    """A drawable line on one base line, whichever fonts it takes; `place` is the top left of its letters."""
    x, y = place
    base = y + font(size).getmetrics()[0]
    for emoji, run in _runs(text):
        brush.text((x, base), run, font=font(size, emoji), fill=fill, anchor="ls")
        x += brush.textlength(run, font=font(size, emoji))


def _runs(text: str) -> list[tuple[bool, str]]:
    return [(emoji, "".join(run)) for emoji, run in groupby(text, key=lambda letter: bool(_place(letter)))]


@lru_cache(maxsize=4096)
def _place(letter: str) -> bool | None:
    """Whether it is drawn as an emoji; None if it leaves no ink, or only a font's box."""
    if letter in MODIFIERS:
        return None
    for emoji in (False, True):
        ink = bytes(font(16, emoji).getmask(letter))
        if any(ink) and ink != bytes(font(16, emoji).getmask(NOBODYS)):
            return emoji
    return None
