"""What the bot set by its methods and the operator by POST /sandbox/config: names and JSON values, kept over restarts."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

SCHEMA = "CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);"


class Settings:
    """Read with `get`, written with `set`; a write is durable at once."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(SCHEMA)
        self._now = {name: json.loads(value) for name, value in db.execute("SELECT name, value FROM settings")}

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or the default."""
        return self._now.get(name, default)

    def set(self, name: str, value: Any) -> None:
        """Keep a value; None forgets it."""
        if value is None:
            self._db.execute("DELETE FROM settings WHERE name = ?", (name,))
            self._now.pop(name, None)
            return
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value, ensure_ascii=False)))
        self._now[name] = value
