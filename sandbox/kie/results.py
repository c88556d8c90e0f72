"""From a model and its input to result files, and from their URLs to what `resultJson` says."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .media import audio, image, shape, video
from .media.seed import chance

if TYPE_CHECKING:
    from .catalogue import Model

Made = tuple[bytes, str]  # the bytes and the file name's extension
_SUNO = ("ai-music-api/", "suno/")  # in the unified API, and in its own
_PLAIN = {"ai-music-api/convert-to-wav-format", "ai-music-api/sounds", "suno/wav"}  # these answer with plain URLs
_STEMS = {"ai-music-api/separate-vocals", "suno/vocal-removal"}  # and these with two
_OWN_NAMES = {
    "lyrics": "generate-lyrics",
    "timestamped-lyrics": "timeStamped-lyrics",
    "midi": "generate-midi-from-audio",
}
_MUSIC = {"music", "music-extend", "music-cover", "music-edit"}
_OBJECTS = {"grok-imagine-image-2-0/segment-map"}  # an image by category, an object by answer


def make(model: Model, given: dict[str, Any], sources: list[Path], task_id: str) -> list[Made]:
    """The files of one task, made on the spot; seconds of work: run it in a thread. A `seed` alone decides colours and tune."""
    filled = model.filled(given)
    once = ("seed", given["seed"]) if "seed" in given else (shape.words(given), task_id)
    dice = [chance(*once, number) for number in range(_files(model, filled))]
    if is_object(model):
        return []
    if is_tracks(model):
        tracks = [audio.make(audio.MUSIC_S, dice[0]), audio.make(audio.MUSIC_S, dice[1])]
        return [
            *tracks,
            image.make("cover", model.id, {"prompt": filled.get("title") or shape.words(filled)}, [], dice[1]),
        ]
    return [_one(model, filled, sources, each) for each in dice]


def _files(model: Model, filled: dict[str, Any]) -> int:
    if is_tracks(model) or model.id in _STEMS:
        return 2
    return shape.count(filled) if model.output == "image" else 1


def _one(model: Model, filled: dict[str, Any], sources: list[Path], dice: random.Random) -> Made:
    if model.output == "video":
        return video.make(model.id, filled, sources, dice)
    if model.output == "audio":
        length_s = audio.MUSIC_S if model.category in _MUSIC else audio.spoken_s(shape.words(filled))
        return audio.make(length_s, dice, extension="wav" if model.id.endswith(("wav-format", "/wav")) else "mp3")
    return image.make(model.category, model.id, filled, sources, dice)


def is_object(model: Model) -> bool:
    """Whether the answer is a resultObject and no file."""
    return model.output in ("text", "json") or model.id in _OBJECTS


def is_tracks(model: Model) -> bool:
    """Whether the answer is Suno's list of two tracks."""
    return model.output == "audio" and model.id.startswith(_SUNO) and model.id not in _PLAIN | _STEMS


def result(model: Model, given: dict[str, Any], urls: list[str], task_id: str, made_at: str) -> dict[str, Any]:
    """What resultJson holds. `urls` are those of `make`'s files, in order."""
    if is_object(model):
        return {"resultObject": object_of(model, given, task_id)}
    if is_tracks(model):
        *tracks, cover = urls
        return {"data": [_track(given, url, cover, f"{task_id[-12:]}-{n}", made_at) for n, url in enumerate(tracks)]}
    return {"resultUrls": urls}


def _track(given: dict[str, Any], url: str, cover: str, audio_id: str, made_at: str) -> dict[str, Any]:
    return {
        "id": audio_id,
        "audio_url": url,
        "stream_audio_url": url,
        "image_url": cover,
        "prompt": shape.words(given),
        "model_name": f"chirp-{given.get('model', 'V6')}".lower(),
        "title": given.get("title") or shape.words(given)[:40] or "Untitled",
        "tags": given.get("style") or "",
        "createTime": made_at,
        "duration": audio.MUSIC_S,
    }


def object_of(model: Model, given: dict[str, Any], task_id: str = "") -> dict[str, Any]:
    """The text results whose shape is known, and a plain `text` for the rest."""
    words = shape.words(given)
    kind = model.id.rpartition("/")[2]
    kind = _OWN_NAMES.get(kind, kind)
    if kind == "generate-lyrics":
        verses = [
            f"[Verse]\n{words}\n{words}, la-la\n\n[Chorus]\nLa-la-la, {words}",
            f"[Verse]\nLa-la, {words}\n\n[Chorus]\n{words}!",
        ]
        texts = [{"text": verse, "title": words[:40], "status": "complete", "errorMessage": ""} for verse in verses]
        return {"lyricsData": texts}
    if kind == "timeStamped-lyrics":
        sung = [
            {"word": f"la{n}", "success": True, "startS": n * 0.5, "endS": n * 0.5 + 0.4, "palign": 0} for n in range(8)
        ]
        return {"alignedWords": sung, "waveformData": [0.1, 0.4, 0.2]}
    if kind == "generate-persona":
        return {"personaId": task_id[-32:], "name": given.get("name", ""), "description": given.get("description", "")}
    if kind == "generate-midi-from-audio":
        notes = [{"pitch": 60 + n, "start": n * 0.5, "end": n * 0.5 + 0.4, "velocity": 0.8} for n in range(5)]
        return {"state": "complete", "instruments": [{"name": "piano", "notes": notes}]}
    if model.id in _OBJECTS:
        return {"segments": [{"index": 0, "bbox": [0.1, 0.1, 0.9, 0.9]}]}
    return {"text": f"{model.title or model.id}: {words}".rstrip(": ")}
