"""Sounds as results: a small tune on a pentatonic scale, its notes from the words' hash, its length from the text's."""

from __future__ import annotations

import array
import io
import math
import random
import wave
from fractions import Fraction

RATE_HZ = 22_050
MUSIC_S = 8.0
_SCALE = (0, 2, 4, 7, 9, 12, 14, 16)  # major pentatonic, in semitones: any order of its notes pleases
_NOTE_S = 0.3


def spoken_s(text: str) -> float:
    """How long a text sounds here: 1.5 s and more with its length, at most 6 s."""
    return min(6.0, 1.5 + len(text) / 40)


def make(length_s: float, dice: random.Random, *, extension: str = "mp3") -> tuple[bytes, str]:
    """A tune of `length_s` as mp3 (or wav), and its extension."""
    samples = tune(length_s, dice)
    return (_wav(samples), "wav") if extension == "wav" else (_mp3(samples), "mp3")


def tune(length_s: float, dice: random.Random) -> array.array[int]:
    """Signed 16-bit mono samples: plucked notes over a quiet root, ending on it."""
    total = round(length_s * RATE_HZ)
    mix = array.array("f", bytes(4 * total))
    root_hz = 220.0 * 2 ** (dice.randint(-3, 4) / 12)
    at_s, place = 0.0, dice.randrange(len(_SCALE))
    while at_s < length_s - _NOTE_S:
        held_s = _NOTE_S * dice.choice((1, 1, 1, 2))
        _pluck(mix, at_s, root_hz * 2 ** (_SCALE[place] / 12), 0.32)
        if dice.random() < 0.35:
            _pluck(mix, at_s, root_hz / 2, 0.22)
        place = min(len(_SCALE) - 1, max(0, place + dice.choice((-2, -1, -1, 1, 1, 2))))
        at_s += held_s
    _pluck(mix, max(0.0, length_s - 2 * _NOTE_S), root_hz, 0.35)
    loudest = max(0.01, max(mix), -min(mix))
    return array.array("h", (int(value / loudest * 22_000) for value in mix))


def _pluck(mix: array.array[float], at_s: float, hz: float, loud: float) -> None:
    """Add one note with an octave above it, struck fast and fading within a second."""
    start = round(at_s * RATE_HZ)
    step = 2 * math.pi * hz / RATE_HZ
    fade = math.exp(-4.5 / RATE_HZ)
    strength = loud
    for number in range(min(RATE_HZ, len(mix) - start)):
        struck = min(1.0, number / 110)
        mix[start + number] += strength * struck * (math.sin(step * number) + 0.3 * math.sin(2 * step * number))
        strength *= fade


def _wav(samples: array.array[int]) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def _mp3(samples: array.array[int]) -> bytes:
    import av  # noqa: PLC0415  idle peers stay small

    out = io.BytesIO()
    with av.open(out, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=RATE_HZ, layout="mono")
        stream.bit_rate = 64_000
        for start in range(0, len(samples), RATE_HZ):
            piece = samples[start : start + RATE_HZ]
            frame = av.AudioFrame(format="s16", layout="mono", samples=len(piece))
            frame.planes[0].update(piece.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
            frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()
