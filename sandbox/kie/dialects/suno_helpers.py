"""What Suno does beside music: lyrics, WAV, stems, videos, MIDI, covers. Some flags are words in a field for numbers.

Source: docs.kie.ai/suno-api/… (the details page of each).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.kie.tasks import Task


class _Helper:
    """One helper: how it spells its state, its record's `response`, and what its callback's `data` has beside task_id."""

    def __init__(
        self,
        state: dict[str, Any],
        response: Callable[[Task], Any],
        told: Callable[[Task], dict[str, Any]],
        *,
        field: str = "successFlag",
    ) -> None:
        self._state, self._response, self._told, self._field = state, response, told, field

    def record(self, task: Task) -> dict[str, Any]:
        won = task.state == words.WON
        return {
            "taskId": task.id,
            "param": words.body(task),
            "response": self._response(task) if won else None,
            self._field: self._state[task.state],
            "createTime": task.created_ms,
            "completeTime": task.completed_ms,
            **words.errors(task),
        }

    def notice(self, task: Task) -> dict[str, Any]:
        told = self._told(task) if task.state == words.WON else {}
        msg = "success" if told else task.fail_msg or "failed"
        return {"code": words.code(task), "msg": msg, "data": {"task_id": task.id, **told}}


def _spelled(failed: str) -> dict[str, Any]:
    return {"running": "PENDING", "success": "SUCCESS", "fail": failed}


def _one(task: Task) -> str:
    return words.urls(task)[0]


def _stems(task: Task, vocal: str, instrumental: str) -> dict[str, Any]:
    links = words.urls(task)
    return {vocal: links[0], instrumental: links[-1]}


def _stem_ids(task: Task) -> list[dict[str, Any]]:
    named = zip(("Vocals", "Instrumental"), words.urls(task), strict=False)
    return [
        {"id": f"{task.id[-12:]}-{n}", "stem_type_group_name": name, "audio_url": url, "duration": 8.0}
        for n, (name, url) in enumerate(named)
    ]


def _verses(task: Task, error: str) -> list[dict[str, Any]]:
    said = words.result(task).get("resultObject", {}).get("lyricsData", [])
    return [{"text": one["text"], "title": one["title"], "status": "complete", error: ""} for one in said]


_NUMBERS = {"running": 0, "success": 1, "fail": 3}

LYRICS = _Helper(
    _spelled("GENERATE_LYRICS_FAILED"),
    lambda task: {"taskId": task.id, "data": _verses(task, "errorMessage")},
    lambda task: {"callbackType": "complete", "data": _verses(task, "error_message")},
    field="status",
)
WAV = _Helper(
    _spelled("GENERATE_WAV_FAILED"),
    lambda task: {"audioWavUrl": _one(task)},
    lambda task: {"audio_wav_url": _one(task)},
)
STEMS = _Helper(
    _spelled("GENERATE_AUDIO_FAILED"),
    lambda task: _stems(task, "vocalUrl", "instrumentalUrl") | {"originData": _stem_ids(task)},
    lambda task: {"vocal_removal_info": _stems(task, "vocal_url", "instrumental_url")},
)
MP4 = _Helper(
    _spelled("GENERATE_MP4_FAILED"),
    lambda task: {"videoUrl": _one(task)},
    lambda task: {"video_url": _one(task)},
)
MIDI = _Helper(
    _NUMBERS,
    lambda task: {"midiData": words.result(task).get("resultObject", {})},
    lambda task: words.result(task).get("resultObject", {}),
)
COVER = _Helper(_NUMBERS, lambda task: {"images": words.urls(task)}, lambda task: {"images": words.urls(task)})
