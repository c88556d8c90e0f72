"""Draws: a gradient with soft lights, the prompt in letters, the model's name small."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from . import letters
from .seed import palette

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST_PROMPT = 220  # letters drawn; the rest becomes an ellipsis


def background(size: tuple[int, int], dice: random.Random) -> Image:
    """A gradient of three colours with a few soft lights, drawn small and enlarged so that it is smooth and cheap."""
    from PIL import Image, ImageDraw, ImageFilter  # noqa: PLC0415

    deep, warm, light = palette(dice)
    small = (96, max(8, round(96 * size[1] / size[0])))
    tilt = dice.uniform(-35, 35)
    ramp = Image.linear_gradient("L").rotate(tilt, resample=Image.Resampling.BICUBIC, expand=False)
    ramp = ramp.crop((48, 48, 208, 208)).resize(small, Image.Resampling.BICUBIC)
    canvas = Image.composite(Image.new("RGB", small, warm), Image.new("RGB", small, deep), ramp)
    lights = Image.new("L", small, 0)
    brush = ImageDraw.Draw(lights)
    for _ in range(dice.randint(3, 5)):
        x, y = dice.uniform(0, small[0]), dice.uniform(0, small[1])
        radius = dice.uniform(0.08, 0.3) * min(small)
        brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=dice.randint(90, 190))
    lights = lights.filter(ImageFilter.GaussianBlur(min(small) / 12))
    canvas.paste(Image.new("RGB", small, light), mask=lights)
    return canvas.resize(size, Image.Resampling.BICUBIC)


def framed(source: Image, size: tuple[int, int]) -> Image:
    """The source inside a picture of `size`: whole, above the place of the words, over a blurred copy of itself."""
    from PIL import ImageFilter, ImageOps  # noqa: PLC0415

    source = source.convert("RGB")
    width, height = size
    back = ImageOps.fit(source, (max(1, width // 8), max(1, height // 8))).filter(ImageFilter.GaussianBlur(6))
    canvas = back.resize(size)
    inside = ImageOps.contain(source, (round(width * 0.92), round(height * 0.78)))
    canvas.paste(inside, ((width - inside.width) // 2, round(height * 0.04)))
    return canvas


def caption(size: tuple[int, int], prompt: str, small: str) -> Image:
    """A layer to paste over a picture: the prompt across the lower part and `small` (the model's name) under it, on a shade."""
    from PIL import Image, ImageDraw  # noqa: PLC0415

    width, height = size
    letter = max(12, round(min(width, height) / 15))
    note = max(9, letter // 2)
    layer = Image.new("RGBA", size, (8, 8, 16, 0))
    brush = ImageDraw.Draw(layer)
    lines = wrapped(brush, prompt, letter, width - 2 * letter, max(1, int(height * 0.6 / (letter * 1.25))))
    top = height - round(len(lines) * letter * 1.25) - note - letter
    shade = Image.new("L", (1, height), 0)
    for y in range(max(0, top - letter), height):
        shade.putpixel((0, y), min(150, round(150 * (y - top + letter) / (1.6 * letter))))
    layer.putalpha(shade.resize(size))
    for number, line in enumerate(lines):
        place = (letter, top + round(number * letter * 1.25))
        letters.draw(brush, place, line, letter, (255, 255, 255, 255))
    letters.draw(brush, (letter, height - note - letter // 2), small, note, (214, 214, 224, 255))
    return layer


def captioned(canvas: Image, layer: Image) -> Image:
    """The canvas under the layer, both of one size."""
    canvas.paste(layer, mask=layer)
    return canvas


def wrapped(brush: Any, text: str, letter: int, width: int, most: int) -> list[str]:
    """The drawable text in at most `most` lines that fit `width` pixels; a word longer than a line is broken."""
    text = " ".join(letters.drawable(text).split())
    text = text if len(text) <= LONGEST_PROMPT else text[:LONGEST_PROMPT].rstrip() + "…"
    lines = [""]
    for word in text.split(" "):
        fits = letters.width(brush, word, letter) <= width
        for piece in [word] if fits else _pieces(word, max(1, width // letter)):
            joined = f"{lines[-1]} {piece}".strip()
            if not lines[-1] or letters.width(brush, joined, letter) <= width:
                lines[-1] = joined
            else:
                lines.append(piece)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1] + "…"]
    return [line for line in lines if line]


def _pieces(word: str, longest: int) -> list[str]:
    return [word[start : start + longest] for start in range(0, len(word), longest)]
