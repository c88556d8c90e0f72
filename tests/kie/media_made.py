"""Small files of every kind that people send, real ones: pictures, a clip and a sound of some seconds."""

from __future__ import annotations

import io
from fractions import Fraction
from functools import cache

import av
from PIL import Image

SECONDS = 5
RATE = 16_000  # of sound, samples a second


@cache
def content(mime: str, width: int = 320, height: int = 320) -> bytes:
    """A file of that type; a picture or a clip of those sides. Of sound and clips SECONDS long."""
    if mime.startswith("image/"):
        return _picture(mime.partition("/")[2], width, height)
    return _clip({"video/x-matroska": "matroska"}.get(mime, "mp4")) if mime.startswith("video/") else _sound(mime)


def _picture(form: str, width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, form)
    return out.getvalue()


def _clip(form: str) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=form) as container:
        stream = container.add_stream("mpeg4", rate=4)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(4 * SECONDS):
            container.mux(stream.encode(av.VideoFrame.from_image(Image.new("RGB", (64, 64), "teal"))))
        container.mux(stream.encode())
    return out.getvalue()


def _sound(mime: str) -> bytes:
    out, form = io.BytesIO(), {"audio/mpeg": "mp3", "audio/wav": "wav"}[mime]
    with av.open(out, "w", format=form) as container:
        stream = container.add_stream("libmp3lame" if form == "mp3" else "pcm_s16le", rate=RATE, layout="mono")
        for second in range(SECONDS):
            frame = av.AudioFrame(format="s16", layout="mono", samples=RATE)
            frame.planes[0].update(bytes(frame.planes[0].buffer_size))
            frame.sample_rate, frame.pts, frame.time_base = RATE, second * RATE, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()
