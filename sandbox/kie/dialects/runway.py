"""Runway, Aleph and Luma: other words for the same states, and a flag of 0 that may mean failed.

Source: docs.kie.ai/runway-api/get-ai-video-details, …/get-aleph-video-details, docs.kie.ai/luma-api/quickstart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import words

if TYPE_CHECKING:
    from sandbox.kie.tasks import Task

_STATES = {"waiting": "wait", "queuing": "queueing"}  # the others are spelled as in the unified API


class _Runway:
    """record-detail: `state` in Runway's spelling, the result in videoInfo."""

    def record(self, task: Task) -> dict[str, Any]:
        found = words.urls(task)
        info = {"videoId": task.id, "taskId": task.id, "videoUrl": found[0], "imageUrl": found[0]} if found else None
        return {
            "taskId": task.id,
            "parentTaskId": task.input.get("taskId", ""),
            "generateParam": task.input,
            "state": _STATES.get(task.shown_state(), task.shown_state()),
            "generateTime": words.written(task.completed_ms),
            "videoInfo": info,
            "failCode": words.error_code(task) or 0,
            "failMsg": task.fail_msg or "",
            "expireFlag": 0,
        }

    def notice(self, task: Task) -> dict[str, Any]:
        found = words.urls(task)
        told = {"video_id": task.id, "video_url": found[0], "image_url": found[0]} if found else {}
        msg = "All generated successfully." if found else task.fail_msg or "failed"
        return {"code": words.code(task), "msg": msg, "data": {"task_id": task.id, **told}}


class _Aleph(_Runway):
    """record-info: successFlag is 1, or 0 whether it runs or has failed."""

    def record(self, task: Task) -> dict[str, Any]:
        found = words.urls(task)
        return {
            "taskId": task.id,
            "paramJson": words.body(task),
            "response": {"taskId": task.id, "resultVideoUrl": found[0], "resultImageUrl": found[0]} if found else None,
            "successFlag": int(task.state == words.WON),
            "errorCode": words.error_code(task) or 0,
            "errorMessage": task.fail_msg or "",
        }


class _Luma:
    """record-info of the withdrawn modify API."""

    def record(self, task: Task) -> dict[str, Any]:
        return {"taskId": task.id, "successFlag": words.flag(task), **words.errors(task)} | {
            "response": {"taskId": task.id, "promptJson": words.body(task), "resultUrls": words.urls(task)},
            "createTime": task.created_ms,
            "completeTime": words.written(task.completed_ms),
        }

    def notice(self, task: Task) -> dict[str, Any]:
        data = {"taskId": task.id, "promptJson": words.body(task), "resultUrls": words.urls(task)}
        return {"code": words.code(task), "msg": task.fail_msg or "success", "data": data}


RUNWAY, ALEPH, LUMA = _Runway(), _Aleph(), _Luma()
