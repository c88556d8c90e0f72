"""Suno's music: `status` in words, callbacks in three stages, ids as task_id there and taskId here.

Source: docs.kie.ai/suno-api/get-music-details, …/generate-music-callbacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import words

if TYPE_CHECKING:
    from sandbox.kie.tasks import Task

FAILED = {"SENSITIVE_WORD_ERROR", "CREATE_TASK_FAILED", "CALLBACK_EXCEPTION"}
TEXT_AT, FIRST_AT = 0.4, 0.7  # shares of the way after which the words, and the first track, are there


def record(task: Task) -> dict[str, Any]:
    """What record-info says."""
    tracks = [_as_record(track) for track in words.result(task).get("data", [])]
    return {
        "taskId": task.id,
        "parentMusicId": "",
        "param": words.body(task),
        "response": {"taskId": task.id, "sunoData": tracks} if tracks else None,
        "status": status(task),
        "type": "GENERATE",
        "operationType": "generate",
        **words.errors(task),
    }


def status(task: Task) -> str:
    """PENDING → TEXT_SUCCESS → FIRST_SUCCESS → SUCCESS, or what went wrong."""
    if task.state == "fail":
        return task.fail_code if task.fail_code in FAILED else "GENERATE_AUDIO_FAILED"
    if task.state == words.WON:
        return "SUCCESS"
    share = task.share()
    return "PENDING" if share < TEXT_AT else "TEXT_SUCCESS" if share < FIRST_AT else "FIRST_SUCCESS"


def notice(task: Task) -> dict[str, Any]:
    """The last callback."""
    if task.state == "fail":
        return _staged(task, "error", None, code=words.code(task), msg=task.fail_msg or "failed")
    return _staged(task, "complete", words.result(task).get("data", []))


def early(task: Task) -> dict[str, Any]:
    """The callback at TEXT_AT: words, and no sound yet."""
    return _staged(task, "text", [], msg="Text generated successfully.")


def first(task: Task) -> dict[str, Any]:
    """The callback of the first track alone."""
    return _staged(task, "first", words.result(task).get("data", [])[:1], msg="First audio generated successfully.")


def _staged(task: Task, stage: str, data: Any, *, code: int = 200, msg: str = "All generated successfully.") -> Any:
    return {"code": code, "msg": msg, "data": {"callbackType": stage, "task_id": task.id, "data": data}}


def _as_record(track: dict[str, Any]) -> dict[str, Any]:
    """The same track in the record's spelling."""
    names = {
        "audio_url": "audioUrl",
        "stream_audio_url": "streamAudioUrl",
        "image_url": "imageUrl",
        "model_name": "modelName",
    }
    return {names.get(name, name): value for name, value in track.items()}
