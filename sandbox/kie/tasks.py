"""Tasks: a row each, from the paid createTask to success or fail. The row decides; a restart picks up every running one."""

from __future__ import annotations

import json
import secrets
import sqlite3
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .clock import now_ms

if TYPE_CHECKING:
    from .catalogue import Model

SCHEMA = """
CREATE TABLE IF NOT EXISTS tasks (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    model TEXT NOT NULL,
    body TEXT NOT NULL,          -- what createTask was given, as JSON
    callback_url TEXT,
    plan TEXT NOT NULL,          -- the faults that this task was born with, as JSON
    state TEXT NOT NULL,         -- running, success, fail
    credits TEXT NOT NULL,       -- taken at the start, given back on fail
    created_ms INTEGER NOT NULL,
    ends_ms INTEGER,             -- when it will have an answer; NULL = never
    completed_ms INTEGER,
    result TEXT,
    fail_code TEXT,
    fail_msg TEXT
);
CREATE INDEX IF NOT EXISTS tasks_running ON tasks (state) WHERE state = 'running';
"""
_FIELDS = "n, id, model, body, callback_url, plan, state, credits, created_ms, ends_ms, completed_ms, result, fail_code, fail_msg"
_WAITING, _QUEUING = 0.12, 0.3  # shares of the way spent in these states
_NOMINAL_MS = 1500  # over this time a task that never ends passes the first states


@dataclass(frozen=True)
class Task:
    """One row. Times in Unix milliseconds."""

    n: int
    id: str
    model: str
    body: dict[str, Any]
    callback_url: str | None
    plan: dict[str, Any]
    state: str
    credits: Decimal
    created_ms: int
    ends_ms: int | None
    completed_ms: int | None
    result: str | None
    fail_code: str | None
    fail_msg: str | None

    @property
    def input(self) -> dict[str, Any]:
        """What the model was given."""
        return self.body.get("input") or {}

    def shown_state(self) -> str:
        """waiting, queuing, generating (by the share of the time that has passed), success or fail."""
        if self.state != "running":
            return self.state
        way_ms = max(1, (self.ends_ms or self.created_ms + _NOMINAL_MS) - self.created_ms)
        share = (now_ms() - self.created_ms) / way_ms
        return "waiting" if share < _WAITING else "queuing" if share < _QUEUING else "generating"

    def param(self) -> str:
        """The create body as KIE echoes it: JSON in which `input` is once more a JSON string."""
        return _json(
            {
                "input": _json(self.input),
                **{key: self.body[key] for key in ("callBackUrl", "model") if key in self.body},
            }
        )

    def record(self) -> dict[str, Any]:
        """What recordInfo says."""
        ended = self.state != "running"
        return {
            "taskId": self.id,
            "model": self.model,
            "state": self.shown_state(),
            "successFlag": {"running": 0, "success": 1, "fail": 3}[self.state],
            "param": self.param(),
            "resultJson": self.result or "",
            "response": json.loads(self.result) if self.result else None,
            "failCode": self.fail_code or "",
            "failMsg": self.fail_msg or "",
            "costTime": self.completed_ms - self.created_ms if self.completed_ms else None,
            "creditsConsumed": float(self.credits) if self.state == "success" else 0,
            "createTime": self.created_ms,
            "updateTime": self.completed_ms or (self.created_ms if not ended else now_ms()),
            "completeTime": self.completed_ms,
        }

    def notice(self) -> dict[str, Any]:
        """What the callback says of an ended task."""
        won = self.state == "success"
        data = self.record() | {"resultJson": self.result, "failCode": self.fail_code, "failMsg": self.fail_msg}
        del data["successFlag"], data["response"]
        msg = "Playground task completed successfully." if won else "Playground task failed."
        return {"code": 200 if won else 501, "msg": msg, "data": data}


class Tasks:
    """The table. Every method is one statement; callers open the transactions."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(SCHEMA)

    def add(
        self, model: Model, body: dict[str, Any], *, plan: dict[str, Any], credits: Decimal, runs_s: float | None
    ) -> Task:
        """A new running task that ends after `runs_s` seconds, or never when None."""
        start = now_ms()
        ends = None if runs_s is None else start + round(runs_s * 1000)
        task_id = new_id(model.output)
        row = (
            task_id,
            model.id,
            _json(body),
            body.get("callBackUrl"),
            _json(plan),
            "running",
            str(credits),
            start,
            ends,
        )
        self._db.execute(
            "INSERT INTO tasks (id, model, body, callback_url, plan, state, credits, created_ms, ends_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        task = self.get(task_id)
        assert task is not None  # inserted a statement ago
        return task

    def end(self, task_id: str, *, result: str | None = None, fail: tuple[str, str] | None = None) -> Task:
        """running → success with a result, or → fail with (failCode, failMsg)."""
        code, msg = fail or (None, None)
        self._db.execute(
            "UPDATE tasks SET state = ?, completed_ms = ?, result = ?, fail_code = ?, fail_msg = ? WHERE id = ?",
            ("fail" if fail else "success", now_ms(), result, code, msg, task_id),
        )
        task = self.get(task_id)
        assert task is not None
        return task

    def get(self, task_id: str) -> Task | None:
        """The task of that id."""
        row = self._db.execute(f"SELECT {_FIELDS} FROM tasks WHERE id = ?", (task_id,)).fetchone()  # noqa: S608  a constant
        return _task(row) if row else None

    def running(self) -> list[Task]:
        """All that still owe an end."""
        rows = self._db.execute(f"SELECT {_FIELDS} FROM tasks WHERE state = 'running' ORDER BY n").fetchall()  # noqa: S608
        return [_task(row) for row in rows]

    def last(self, many: int) -> list[Task]:
        """The newest first."""
        rows = self._db.execute(f"SELECT {_FIELDS} FROM tasks ORDER BY n DESC LIMIT ?", (many,)).fetchall()  # noqa: S608
        return [_task(row) for row in rows]

    def made(self) -> int:
        """How many createTask have ever made."""
        return int(self._db.execute("SELECT count(*) FROM tasks").fetchone()[0])


def new_id(output: str) -> str:
    """Both spellings that KIE uses: 32 hex digits for pictures, task_… for the rest."""
    return secrets.token_hex(16) if output == "image" else f"task_{secrets.token_hex(12)}"


def _task(row: tuple[Any, ...]) -> Task:
    named = dict(zip(_FIELDS.split(", "), row, strict=True))
    named |= {
        "body": json.loads(named["body"]),
        "plan": json.loads(named["plan"]),
        "credits": Decimal(named["credits"]),
    }
    return Task(**named)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
