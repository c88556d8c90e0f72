"""What several dialects say alike."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.kie.tasks import Task

WON = "success"


def result(task: Task) -> dict[str, Any]:
    """What the task came to, as the unified API has it; {} without a result."""
    return json.loads(task.result) if task.result else {}


def urls(task: Task) -> list[str]:
    """The links of its files."""
    found: list[str] = result(task).get("resultUrls", [])
    return found


def body(task: Task) -> str:
    """The flat body of the create, as the record keeps it, callback URL included."""
    kept = task.input | ({"callBackUrl": task.callback_url} if task.callback_url else {})
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def flag(task: Task) -> int:
    """successFlag as a number: 0 running, 1 ok, 3 generation failed."""
    return {"running": 0, WON: 1, "fail": 3}[task.state]


def error_code(task: Task) -> int | None:
    """errorCode: a number, or null."""
    code = task.fail_code or ""
    return (int(code) if code.isdigit() else 501) if task.state == "fail" else None


def errors(task: Task) -> dict[str, Any]:
    """errorCode and errorMessage."""
    return {"errorCode": error_code(task), "errorMessage": task.fail_msg or ""}


def code(task: Task) -> int:
    """The code of a callback."""
    return 200 if task.state == WON else error_code(task) or 501


def written(ms: int | None, form: str = "%Y-%m-%d %H:%M:%S") -> str | None:
    """A moment as text."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime(form) if ms else None
