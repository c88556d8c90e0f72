"""Videos as results: a gradient or the person's picture that slowly moves under the prompt. H.264, yuv420p, ready to stream."""

from __future__ import annotations

import math
import random
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import picture, shape
from .source import first_picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

FRAMES_PER_S = 20
LONGEST_PX = 640
_MARGIN = 1.2  # how much larger than the frame the moving ground is


def make(model: str, given: dict[str, Any], sources: list[Path], dice: random.Random) -> tuple[bytes, str]:
    """Two to three seconds of mp4 in the wished aspect ratio (16:9 when unsaid), and its extension."""
    found = first_picture(sources)
    default = (16, 9) if found is None else found.size
    size = shape.size(given, longest=LONGEST_PX, default=default)
    length_s = 3 if shape.ratio(given) or found is None else 2.5
    words = picture.caption(size, shape.words(given) or model, model)
    return encode(_frames(_ground(found, size, dice), words, round(length_s * FRAMES_PER_S)), size), "mp4"


def _ground(found: Image | None, size: tuple[int, int], dice: random.Random) -> Image:
    large = (round(size[0] * _MARGIN), round(size[1] * _MARGIN))
    return picture.background(large, dice) if found is None else picture.framed(found, large)


def _frames(ground: Image, words: Image, many: int) -> Iterator[Image]:
    """A window that travels over the ground and back, so that the clip loops; the words stand still."""
    wide, high = words.size
    for number in range(many):
        turn = 2 * math.pi * number / many
        x = round((ground.width - wide) * (0.5 + 0.5 * math.sin(turn)))
        y = round((ground.height - high) * (0.5 + 0.5 * math.cos(turn)))
        yield picture.captioned(ground.crop((x, y, x + wide, y + high)), words)


def encode(frames: Iterator[Image], size: tuple[int, int]) -> bytes:
    """The frames as mp4 with its index first (it needs a real file to move it), so that a player starts before the end comes."""
    import av  # noqa: PLC0415  idle peers stay small

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "clip.mp4")
        with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=FRAMES_PER_S, options={"preset": "veryfast", "crf": "26"})
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.codec_context.thread_count = 1
            for number, image in enumerate(frames):
                frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]  # PyAV types it not
                frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_S)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path.read_bytes()
