"""What both peers keep in SQLite: a file a peer, safe against kill -9, and a journal of the calls they answered.

One connection in one thread, autocommit: a statement alone is durable, several belong into `transaction`.
"""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JOURNAL_ROWS = 2000
_JOURNAL = """
CREATE TABLE IF NOT EXISTS journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    method TEXT NOT NULL,
    params TEXT NOT NULL,
    answer TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS journal_method ON journal (method, id);
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open (or make) a peer's database. WAL: what was committed outlives a killed process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA foreign_keys = ON")
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All or nothing. Never hold one over an await: the connection is shared."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


class Journal:
    """The last JOURNAL_ROWS calls, for tests and for a curious operator."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(_JOURNAL)

    def add(self, method: str, params: Any, answer: Any) -> int:
        """Write one answered call; returns its id."""
        row = (
            time.time(),
            method,
            json.dumps(params, ensure_ascii=False, default=str),
            json.dumps(answer, ensure_ascii=False),
        )
        call_id = (
            self._db.execute("INSERT INTO journal (at, method, params, answer) VALUES (?, ?, ?, ?)", row).lastrowid or 0
        )
        if call_id % 100 == 0:
            self._db.execute("DELETE FROM journal WHERE id <= ?", (call_id - JOURNAL_ROWS,))
        return call_id

    def calls(self, method: str | None = None, after: int = 0) -> list[dict[str, Any]]:
        """The calls after an id, oldest first, of one method or of all."""
        rows = self._db.execute(
            "SELECT id, at, method, params, answer FROM journal WHERE id > ? AND (? IS NULL OR method = ?) ORDER BY id DESC LIMIT ?",
            (after, method, method, JOURNAL_ROWS),
        ).fetchall()
        return [
            {"id": id_, "at": at, "method": name, "params": json.loads(params), "answer": json.loads(answer)}
            for id_, at, name, params, answer in reversed(rows)
        ]
