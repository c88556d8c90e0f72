"""Pictures as results: drawn from words, made from the person's picture, cut out, enlarged."""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING, Any

from . import picture, shape
from .source import first_picture

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

LONGEST_PX = 768
LONGEST_UPSCALED_PX = 4096  # enough to see the factor, small enough for a small machine
_FACTOR = {"1": 1, "2": 2, "4": 4}


def make(
    category: str, model: str, given: dict[str, Any], sources: list[Path], dice: random.Random
) -> tuple[bytes, str]:
    """One picture and its extension, by the model's category. Sources are files of this peer, in input order."""
    found = first_picture(sources)
    if category == "background-removal" and found is not None:
        return _saved(_cut_out(found), "png")
    if category == "upscale" and found is not None:
        return _saved(_enlarged(found, given), _extension(given, "png"))
    size = shape.size(given, longest=LONGEST_PX, default=_default_ratio(found))
    canvas = picture.background(size, dice) if found is None else picture.framed(found, size)
    picture.captioned(canvas, picture.caption(size, shape.words(given) or model, model))
    return _saved(canvas, _extension(given, "png" if found is None else "jpeg"))


def _default_ratio(found: Image | None) -> tuple[int, int]:
    """Without a wish: the source's own proportions, within what a messenger shows whole."""
    if found is None:
        return 1, 1
    width, height = found.size
    return (width, height) if 0.4 <= width / height <= 2.5 else (1, 1)


def _cut_out(source: Image) -> Image:
    """The middle of the source on nothing: what a person sees of a removed background."""
    from PIL import Image, ImageDraw, ImageFilter  # noqa: PLC0415

    cut = source.convert("RGBA")
    width, height = cut.size
    mask = Image.new("L", cut.size, 0)
    ImageDraw.Draw(mask).ellipse((width * 0.08, height * 0.05, width * 0.92, height * 0.95), fill=255)
    cut.putalpha(mask.filter(ImageFilter.GaussianBlur(max(1, min(cut.size) / 60))))
    return cut


def _enlarged(source: Image, given: dict[str, Any]) -> Image:
    """The source times `upscale_factor` (2 when unsaid), sharpened, the longer side at most LONGEST_UPSCALED_PX."""
    from PIL import Image, ImageFilter  # noqa: PLC0415

    factor = _FACTOR.get(str(given.get("upscale_factor", "2")).rstrip("xX"), 2)
    wished = min(float(factor), LONGEST_UPSCALED_PX / max(source.size))
    size = (max(1, round(source.width * wished)), max(1, round(source.height * wished)))
    return source.convert("RGB").resize(size, Image.Resampling.LANCZOS).filter(ImageFilter.UnsharpMask(2, 60, 2))


def _extension(given: dict[str, Any], default: str) -> str:
    wished = str(given.get("output_format") or default).lower()
    return {"jpg": "jpeg", "jpeg": "jpeg", "webp": "webp"}.get(wished, "png")


def _saved(canvas: Image, extension: str) -> tuple[bytes, str]:
    out = io.BytesIO()
    options: dict[str, Any] = {"compress_level": 4} if extension == "png" else {"quality": 88}
    canvas.save(out, format=extension.upper(), **options)
    return out.getvalue(), "jpg" if extension == "jpeg" else extension
