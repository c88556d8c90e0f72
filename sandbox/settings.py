"""What can be set while a peer runs (`POST /sandbox/config`): a name, a default, and no other kind of value; kept over restarts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

SCHEMA = "CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);"


class BadSetting(ValueError):
    """The operator's config is wrong; the sentence says how."""


class Settings:
    """Read with `[]`. A default says what a value may be: a number, a text, a switch, or an object of numbers with these names."""

    def __init__(self, db: sqlite3.Connection, defaults: Mapping[str, Any]) -> None:
        self._db, self._defaults = db, defaults
        db.executescript(SCHEMA)
        stored = dict(db.execute("SELECT name, value FROM settings").fetchall())
        self._now = {name: json.loads(stored[name]) if name in stored else value for name, value in defaults.items()}

    def __getitem__(self, name: str) -> Any:
        return self._now[name]

    def all(self) -> dict[str, Any]:
        """Everything, as GET /sandbox/config shows it."""
        return dict(self._now)

    def update(self, given: Mapping[str, Any]) -> None:
        """Take over what is given, all of it or nothing. Raises BadSetting."""
        checked = {name: self._checked(name, value) for name, value in given.items()}
        for name, value in checked.items():
            self.keep(name, {**self._now[name], **value} if isinstance(value, dict) else value)

    def keep(self, name: str, value: Any) -> None:
        """Write one, in the caller's transaction."""
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))
        self._now[name] = value

    def _checked(self, name: str, value: Any) -> Any:
        if name not in self._defaults:
            raise BadSetting(f"There is no setting {name!r}. Known: {', '.join(self._defaults)}.")
        match self._defaults[name]:
            case bool():
                return _of_type(name, value, bool, "true or false")
            case str():
                return _of_type(name, value, str, "a text")
            case dict() as known:
                if not isinstance(value, dict) or not set(value) <= set(known):
                    raise BadSetting(f"{name} is an object of numbers with these names: {', '.join(known)}.")
                return {part: _number(f"{name}.{part}", number) for part, number in value.items()}
            case _:
                return _number(name, value)


def _of_type(name: str, value: Any, kind: type, words: str) -> Any:
    if not isinstance(value, kind):
        raise BadSetting(f"{name} must be {words}, not {value!r}.")
    return value


def _number(name: str, value: Any) -> float:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal(-1)
    if isinstance(value, bool) or not number.is_finite() or number < 0:
        raise BadSetting(f"{name} must be a number, zero or more, not {value!r}.")
    return float(number)
