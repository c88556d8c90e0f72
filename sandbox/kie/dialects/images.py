"""GPT-4o image and Flux Kontext. Source: docs.kie.ai/4o-image-api/…, docs.kie.ai/flux-kontext-api/…"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.kie.clock import stamp

from . import words

if TYPE_CHECKING:
    from sandbox.kie.tasks import Task


class _Gpt4o:
    """`status` tells the state; progress is a text."""

    def record(self, task: Task) -> dict[str, Any]:
        failed = "CREATE_TASK_FAILED" if task.fail_code == "CREATE_TASK_FAILED" else "GENERATE_FAILED"
        return {
            "taskId": task.id,
            "paramJson": words.body(task),
            "completeTime": task.completed_ms,
            "response": {"resultUrls": found} if (found := words.urls(task)) else None,
            "successFlag": {"running": 0, "success": 1, "fail": 2}[task.state],
            "status": {"running": "GENERATING", "success": "SUCCESS", "fail": failed}[task.state],
            "createTime": task.created_ms,
            "progress": f"{task.share():.2f}",
            **words.errors(task),
        }

    def notice(self, task: Task) -> dict[str, Any]:
        found = words.urls(task)
        info = {"info": {"result_urls": found}} if found else {}
        msg = "success" if found else task.fail_msg or "failed"
        return {"code": words.code(task), "msg": msg, "data": {"taskId": task.id, **info}}


class _Kontext:
    """One picture; times as ISO text."""

    def record(self, task: Task) -> dict[str, Any]:
        flag = 2 if task.fail_code == "CREATE_TASK_FAILED" else words.flag(task)
        return {
            "taskId": task.id,
            "paramJson": words.body(task),
            "completeTime": stamp(task.completed_ms) if task.completed_ms else None,
            "response": self._info(task),
            "successFlag": flag,
            "createTime": stamp(task.created_ms),
            **words.errors(task),
        }

    def notice(self, task: Task) -> dict[str, Any]:
        info = self._info(task)
        msg = "BFL image generated successfully." if info else task.fail_msg or "failed"
        return {
            "code": words.code(task),
            "msg": msg,
            "data": {"taskId": task.id, **({"info": info} if info else {})},
        }

    def _info(self, task: Task) -> dict[str, str] | None:
        found = words.urls(task)
        return {"originImageUrl": found[0], "resultImageUrl": found[0]} if found else None


GPT4O, KONTEXT = _Gpt4o(), _Kontext()
