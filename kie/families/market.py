"""The unified jobs API: createTask and recordInfo; Suno and Runway are served here, too.

Source: docs.kie.ai/market/quickstart, …/market/common/get-task-detail. What a result looks like depends on the model.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from kie import client
from kie.errors import Unread
from kie.families import reading
from kie.record import TaskRecord, storable

SOUND = ("audio_url", "audioUrl", "source_audio_url", "sourceAudioUrl")  # not the stream: it is cut off at the end
FRAMES = ("firstFrameUrl", "lastFrameUrl")
LINKS = re.compile(r"(urls?|images)$", re.IGNORECASE)
ASIDE = re.compile(r"(origin|source|stream|image|cover|thumb|first|last)", re.IGNORECASE)  # beside the result itself
DULL = {"result", "video", "audio", "image", "images", "wav", "download", "file", "water", "mark"}  # say no title


def create(model_value: str, sent: dict[str, Any], *, callback_url: str) -> str:
    """POST /api/v1/jobs/createTask. Raises NothingMade, Refused, NoAnswer."""
    payload: dict[str, Any] = {"model": model_value, "input": sent}
    if callback_url:
        payload["callBackUrl"] = callback_url  # capital B, as KIE spells it
    return client.create("/api/v1/jobs/createTask", payload)


def query(task_id: str, *, output: str) -> TaskRecord:
    """GET /api/v1/jobs/recordInfo. Raises Unread, Refused (422 «recordInfo is null»: unknown, or not there yet)."""
    data = client.read("/api/v1/jobs/recordInfo", taskId=task_id)
    state = reading.state(data.get("state"), data.get("successFlag")) if isinstance(data, dict) else None
    if state is None:
        raise Unread(f"a record without a known state: {str(data)[:200]}")
    results = reading.unpacked(data.get("resultJson")) or reading.unpacked(data.get("response"))
    taken = data.get("creditsConsumed")
    return TaskRecord(
        state=state,
        files=files(results, output),
        text=text(results),
        fail_code=reading.words(data.get("failCode")),
        fail_msg=reading.words(data.get("failMsg")),
        callback_url=reading.words(reading.unpacked(data.get("param")).get("callBackUrl")),
        credits=reading.credits(taken if taken is not None else data.get("consumeCredits")),
    )


def files(results: dict[str, Any], output: str) -> list[dict[str, str]]:
    """Every result file, not only the first: `resultUrls` of most models, tracks of music with their ids, else whatever
    link has a name of its own (stems); behind them the frames that a video may come with."""
    said = _object(results) | {name: value for name, value in results.items() if name != "resultObject"}
    made = [reading.file(link, output) for link in reading.links(said.get("resultUrls"))]
    made = made or [*_tracks(said.get("data"), output), *_tracks(said.get("originData"), output)]
    made = made or list(_named(said, output))
    return made + [reading.file(link, "image") for name in FRAMES for link in reading.links(said.get(name))]


def _object(results: dict[str, Any]) -> dict[str, Any]:
    found = results.get("resultObject")
    return found if isinstance(found, dict) else {}


def _tracks(value: Any, output: str) -> Iterator[dict[str, str]]:
    """Songs and stems: each with the id by which it is extended, taken apart or turned into a video."""
    for track in value if isinstance(value, list) else []:
        about = track if isinstance(track, dict) else {}
        link = next((found[0] for name in SOUND if (found := reading.links(about.get(name)))), None)
        if link:
            yield reading.file(
                link,
                output,
                id=about.get("id"),
                title=about.get("title") or about.get("stem_type_group_name"),
                cover=about.get("image_url") or about.get("imageUrl"),
            )


def _named(said: dict[str, Any], output: str, depth: int = 2) -> Iterator[dict[str, str]]:
    """Links under names like vocal_url, videoUrl, resultWaterMarkUrls; the name is the title where it says something."""
    for name, value in said.items():
        if isinstance(value, dict) and depth:
            yield from _named(value, output, depth - 1)
        elif LINKS.search(name) and (output == "image" or not ASIDE.match(name)):
            for link in reading.links(value):
                yield reading.file(link, output, title=_title(name))


def _title(name: str) -> str:
    """vocal_url, vocalUrl → vocal; nothing where the name tells no more than that it is a file."""
    told = [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+", LINKS.sub("", name))]
    return "" if set(told) <= DULL else " ".join(told)


def text(results: dict[str, Any]) -> str | None:
    """The words of a model that answers in words: a text, song lyrics, else the object as it is, unless files are in it."""
    found = results.get("resultObject")
    if not isinstance(found, dict):
        return storable(str(found)) if found else None
    if said := found.get("text") or _lyrics(found.get("lyricsData")):
        return storable(str(said))
    return None if not found or files(results, "") else storable(json.dumps(found, ensure_ascii=False, indent=1))


def _lyrics(variants: Any) -> str:
    """Each variant that came out, under its title."""
    whole = [one for one in variants if isinstance(one, dict)] if isinstance(variants, list) else []
    return "\n\n".join(f"{one.get('title') or ''}\n{one['text']}".strip() for one in whole if one.get("text"))
