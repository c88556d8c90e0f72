"""Turns an input into repeatable chance: the same words give the same colours and the same tune."""

from __future__ import annotations

import colorsys
import hashlib
import random

Colour = tuple[int, int, int]


def chance(*parts: object) -> random.Random:
    """A generator that depends on nothing but `parts`, on every machine and in every run."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))


def palette(dice: random.Random) -> tuple[Colour, Colour, Colour]:
    """Three colours that go together: deep, warm and light, on neighbouring hues."""
    hue = dice.random()
    step = dice.choice((-1, 1)) * dice.uniform(0.04, 0.12)
    shades = ((hue, 0.75, 0.32), (hue + step, 0.7, 0.78), (hue + 2 * step, 0.42, 0.97))
    return tuple(_rgb(*shade) for shade in shades)  # type: ignore[return-value]  # three in, three out


def _rgb(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)
