"""Idempotence: a POST with a known key does nothing and shows what the first one made, as it is now.

The same key with other data is refused. A key is remembered for 24 hours; a refusal is not remembered.
Source: yookassa.ru/developers/using-api/interaction-format#idempotence.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from typing import Any

from .errors import bad

HEADER = "Idempotence-Key"
KEPT_MS = 24 * 3600 * 1000
SCHEMA = """
CREATE TABLE IF NOT EXISTS once (
    key TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    made TEXT NOT NULL,  -- the id of the object
    at_ms INTEGER NOT NULL
);
"""


class Once:
    """The keys that were used."""

    def __init__(self, db: sqlite3.Connection, now_ms: Callable[[], int]) -> None:
        self._db, self._now_ms = db, now_ms
        db.executescript(SCHEMA)

    def known(self, key: str, path: str, body: Any) -> str | None:
        """The id of what this very request has made before. Raises ApiError: no key, or another request had it."""
        if not key or len(key) > 64:
            raise bad("Idempotence key is missing or longer than 64 characters", HEADER)
        self._db.execute("DELETE FROM once WHERE at_ms <= ?", (self._now_ms() - KEPT_MS,))
        row = self._db.execute("SELECT digest, made FROM once WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        if row[0] != _digest(path, body):
            raise bad("Idempotence key duplicated", HEADER)
        return str(row[1])

    def keep(self, key: str, path: str, body: Any, made: str) -> None:
        """In the transaction that makes the object."""
        self._db.execute("INSERT INTO once VALUES (?, ?, ?, ?)", (key, _digest(path, body), made, self._now_ms()))


def _digest(path: str, body: Any) -> str:
    return hashlib.sha256(json.dumps([path, body], sort_keys=True).encode()).hexdigest()
