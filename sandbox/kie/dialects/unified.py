"""The unified jobs API: recordInfo and its callback, whose `param` holds `input` as JSON within JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sandbox.kie.clock import now_ms

from . import words

if TYPE_CHECKING:
    from sandbox.kie.tasks import Task


def record(task: Task) -> dict[str, Any]:
    """What recordInfo says."""
    ended = task.state != "running"
    return {
        "taskId": task.id,
        "model": task.model,
        "state": task.shown_state(),
        "successFlag": words.flag(task),
        "param": _param(task),
        "resultJson": task.result or "",
        "response": json.loads(task.result) if task.result else None,
        "failCode": task.fail_code or "",
        "failMsg": task.fail_msg or "",
        "costTime": task.completed_ms - task.created_ms if task.completed_ms else None,
        "creditsConsumed": float(task.credits) if task.state == "success" else 0,
        "createTime": task.created_ms,
        "updateTime": task.completed_ms or (task.created_ms if not ended else now_ms()),
        "completeTime": task.completed_ms,
    }


def notice(task: Task) -> dict[str, Any]:
    """What the callback says of an ended task."""
    won = task.state == "success"
    data = record(task) | {"resultJson": task.result, "failCode": task.fail_code, "failMsg": task.fail_msg}
    del data["successFlag"], data["response"]
    msg = "Playground task completed successfully." if won else "Playground task failed."
    return {"code": 200 if won else 501, "msg": msg, "data": data}


def _param(task: Task) -> str:
    """The create body as KIE echoes it: JSON in which `input` is once more a JSON string."""
    kept = {key: task.body[key] for key in ("callBackUrl", "model") if key in task.body}
    return _json({"input": _json(task.input), **kept})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
