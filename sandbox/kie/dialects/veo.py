"""Veo: flags as numbers, one time as milliseconds and one as text, and a callback whose list of links is no list.

Source: docs.kie.ai/veo3-api/get-veo-3-video-details, …/generate-veo-3-video-callbacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import words

if TYPE_CHECKING:
    from sandbox.kie.tasks import Task


def record(task: Task) -> dict[str, Any]:
    """What record-info says."""
    found = words.urls(task)
    extended = {"fullResultUrls": found} if "taskId" in task.input and found else {}
    response = {
        "taskId": task.id,
        "resultUrls": found,
        "originUrls": _other_than_wide(task, found),
        "resolution": _resolution(task),
        **extended,
    }
    return {
        "taskId": task.id,
        "paramJson": words.body(task),
        "createTime": task.created_ms,
        "completeTime": words.written(task.completed_ms),
        "response": response if found else None,
        "successFlag": words.flag(task),
        "fallbackFlag": False,
        **words.errors(task),
    }


def notice(task: Task) -> dict[str, Any]:
    """The callback of generate and extend. `[http…, http…]` is what its schema makes of the list."""
    data: dict[str, Any] = {"taskId": task.id, "promptJson": words.body(task), "fallbackFlag": False}
    if found := words.urls(task):
        data["info"] = {
            "resultUrls": f"[{', '.join(found)}]",
            "originUrls": _other_than_wide(task, found),
            "resolution": _resolution(task),
        }
    msg = "Veo3.1 video generated successfully." if found else task.fail_msg or "failed"
    return {"code": words.code(task), "msg": msg, "data": data}


def _other_than_wide(task: Task, found: list[str]) -> list[str] | None:
    ratio = task.input.get("aspect_ratio") or task.input.get("aspectRatio") or "16:9"
    return found if found and ratio != "16:9" else None


def _resolution(task: Task) -> str:
    return str(task.input.get("resolution", "720p"))
