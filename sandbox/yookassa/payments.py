"""Payments: rows and their states. pending → waiting_for_capture → succeeded | canceled; with capture, pending → succeeded."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

PENDING, WAITING, SUCCEEDED, CANCELED = "pending", "waiting_for_capture", "succeeded", "canceled"
SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    minor INTEGER NOT NULL,  -- kopecks
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER,  -- while it is open
    captured_ms INTEGER,
    method TEXT NOT NULL,
    capture INTEGER NOT NULL,
    receipt INTEGER NOT NULL,
    return_url TEXT NOT NULL,
    description TEXT,
    metadata TEXT NOT NULL,
    cancellation TEXT  -- {"party", "reason"}
);
CREATE INDEX IF NOT EXISTS payments_open ON payments (expires_ms) WHERE expires_ms IS NOT NULL;
"""
_COLUMNS = (
    "n, id, status, minor, created_ms, expires_ms, captured_ms, method, capture, receipt, return_url, "
    "description, metadata, cancellation"
)


@dataclass(frozen=True, slots=True)
class Payment:
    """One row."""

    n: int
    id: str
    status: str
    minor: int
    created_ms: int
    expires_ms: int | None
    captured_ms: int | None
    method: str
    capture: int
    receipt: int
    return_url: str
    description: str | None
    metadata: str
    cancellation: str | None

    @property
    def paid(self) -> bool:
        """Whether the person's money has been taken or is held."""
        return self.status in (WAITING, SUCCEEDED)

    @property
    def details(self) -> dict[str, str] | None:
        """Who canceled it, and why."""
        return json.loads(self.cancellation) if self.cancellation else None


class Payments:
    """The shop's payments."""

    def __init__(self, db: sqlite3.Connection, now_ms: Callable[[], int]) -> None:
        self._db, self._now_ms = db, now_ms
        db.executescript(SCHEMA)

    def make(self, minor: int, lives_s: float, asked: dict[str, Any]) -> Payment:
        """A pending one."""
        made, now = str(uuid.uuid4()), self._now_ms()
        row = {"id": made, "status": PENDING, "minor": minor, "created_ms": now, **asked}
        row |= {"expires_ms": now + round(lives_s * 1000)}
        names = ", ".join(row)
        insert = f"INSERT INTO payments ({names}) VALUES ({', '.join('?' * len(row))})"  # noqa: S608  our own names
        self._db.execute(insert, tuple(row.values()))
        return self[made]

    def get(self, payment_id: str) -> Payment | None:
        """By id."""
        found = self.select("id = ?", (payment_id,))
        return found[0] if found else None

    def __getitem__(self, payment_id: str) -> Payment:
        found = self.get(payment_id)
        if found is None:
            raise KeyError(payment_id)
        return found

    def select(self, where: str = "1", values: tuple[Any, ...] = (), most: int = 500) -> list[Payment]:
        """Newest first."""
        query = f"SELECT {_COLUMNS} FROM payments WHERE {where} ORDER BY n DESC LIMIT ?"  # noqa: S608  our own words
        return [Payment(*row) for row in self._db.execute(query, (*values, most)).fetchall()]

    def due(self) -> list[Payment]:
        """Those whose time is up."""
        return self.select("expires_ms <= ?", (self._now_ms(),))

    def next_due_ms(self) -> int | None:
        """When the next one's time is up."""
        row = self._db.execute("SELECT min(expires_ms) FROM payments WHERE expires_ms IS NOT NULL").fetchone()
        return row[0] if row else None

    def wait(self, payment: Payment, within_s: float) -> bool:
        """pending → waiting_for_capture. False if it has moved on."""
        return self._move(payment, (PENDING,), WAITING, expires_ms=self._now_ms() + round(within_s * 1000))

    def succeed(self, payment: Payment, minor: int | None = None) -> bool:
        """pending, waiting_for_capture → succeeded, perhaps with less than was asked. False if it has moved on."""
        taken = payment.minor if minor is None else minor
        return self._move(payment, (PENDING, WAITING), SUCCEEDED, captured_ms=self._now_ms(), minor=taken)

    def cancel(self, payment: Payment, party: str, reason: str, *states: str) -> bool:
        """These states → canceled. False if it has moved on."""
        said = json.dumps({"party": party, "reason": reason})
        return self._move(payment, states, CANCELED, cancellation=said)

    def _move(self, payment: Payment, before: tuple[str, ...], status: str, **changed: Any) -> bool:
        changed = {"status": status, "expires_ms": None, **changed}
        sets = ", ".join(f"{name} = ?" for name in changed)
        update = f"UPDATE payments SET {sets} WHERE id = ? AND status IN ({', '.join('?' * len(before))})"  # noqa: S608
        return self._db.execute(update, (*changed.values(), payment.id, *before)).rowcount == 1


def stamp(ms: int) -> str:
    """2017-11-03T11:52:31.827Z."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
