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
        share = self.share()
        return "waiting" if share < _WAITING else "queuing" if share < _QUEUING else "generating"

    def share(self) -> float:
        """Which part of the way is behind it: 0 to 1."""
        if self.state != "running":
            return 1.0
        way_ms = max(1, (self.ends_ms or self.created_ms + _NOMINAL_MS) - self.created_ms)
        return min(1.0, (now_ms() - self.created_ms) / way_ms)


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
        task_id = new_id(model)
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

    def with_track(self, audio_id: str) -> Task | None:
        """The music whose result has a track of this id."""
        told = f'%"id":{_json(audio_id)}%'
        query = f"SELECT {_FIELDS} FROM tasks WHERE state = 'success' AND result LIKE ? ORDER BY n"  # noqa: S608
        row = self._db.execute(query, (told,)).fetchone()
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


def new_id(model: Model) -> str:
    """The spellings that KIE uses: 32 hex digits for pictures and dedicated APIs, veo_task_…, task_… for the rest."""
    if model.family == "veo":
        return f"veo_task_{secrets.token_hex(16)}"
    return (
        secrets.token_hex(16)
        if model.output == "image" or model.family != "market"
        else f"task_{secrets.token_hex(12)}"
    )


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
