"""Refunds: rows. pending → succeeded | canceled; what is pending or has succeeded is no longer there to be given back."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS refunds (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    payment_id TEXT NOT NULL REFERENCES payments (id),
    status TEXT NOT NULL,
    minor INTEGER NOT NULL,  -- kopecks
    created_ms INTEGER NOT NULL,
    due_ms INTEGER,  -- while it is pending
    description TEXT,
    metadata TEXT,
    reason TEXT  -- why it was canceled
);
CREATE INDEX IF NOT EXISTS refunds_of ON refunds (payment_id);
CREATE INDEX IF NOT EXISTS refunds_pending ON refunds (due_ms) WHERE due_ms IS NOT NULL;
"""
_COLUMNS = "n, id, payment_id, status, minor, created_ms, due_ms, description, metadata, reason"


@dataclass(frozen=True, slots=True)
class Refund:
    """One row."""

    n: int
    id: str
    payment_id: str
    status: str
    minor: int
    created_ms: int
    due_ms: int | None
    description: str | None
    metadata: str | None
    reason: str | None


class Refunds:
    """The shop's refunds."""

    def __init__(self, db: sqlite3.Connection, now_ms: Callable[[], int]) -> None:
        self._db, self._now_ms = db, now_ms
        db.executescript(SCHEMA)

    def make(self, payment_id: str, minor: int, **columns: Any) -> Refund:
        """One in the state that `columns` say."""
        row = {
            "id": str(uuid.uuid4()),
            "payment_id": payment_id,
            "minor": minor,
            "created_ms": self._now_ms(),
            **columns,
        }
        insert = f"INSERT INTO refunds ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"  # noqa: S608  our own names
        self._db.execute(insert, tuple(row.values()))
        return self.select("id = ?", (row["id"],))[0]

    def get(self, refund_id: str) -> Refund | None:
        """By id."""
        found = self.select("id = ?", (refund_id,))
        return found[0] if found else None

    def select(self, where: str = "1", values: tuple[Any, ...] = (), most: int = 500) -> list[Refund]:
        """Newest first."""
        query = f"SELECT {_COLUMNS} FROM refunds WHERE {where} ORDER BY n DESC LIMIT ?"  # noqa: S608  our own words
        return [Refund(*row) for row in self._db.execute(query, (*values, most)).fetchall()]

    def sum_of(self, payment_id: str, *states: str) -> int:
        """Kopecks of a payment's refunds in these states."""
        query = f"SELECT coalesce(sum(minor), 0) FROM refunds WHERE payment_id = ? AND status IN ({', '.join('?' * len(states))})"  # noqa: S608
        return int(self._db.execute(query, (payment_id, *states)).fetchone()[0])

    def due(self) -> list[Refund]:
        """Pending ones that succeed now."""
        return self.select("due_ms <= ?", (self._now_ms(),))

    def next_due_ms(self) -> int | None:
        """When the next pending one succeeds."""
        row = self._db.execute("SELECT min(due_ms) FROM refunds WHERE due_ms IS NOT NULL").fetchone()
        return row[0] if row else None

    def succeed(self, refund: Refund) -> bool:
        """pending → succeeded. False if it has moved on."""
        update = "UPDATE refunds SET status = 'succeeded', due_ms = NULL WHERE id = ? AND status = 'pending'"
        return self._db.execute(update, (refund.id,)).rowcount == 1
