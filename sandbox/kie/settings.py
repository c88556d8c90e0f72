"""What can be set while the peer runs (`POST /sandbox/config`), kept over restarts."""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal, InvalidOperation
from typing import Any

SCHEMA = "CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
DEFAULTS: dict[str, Any] = {
    "durations_s": {"image": 1.5, "video": 4.0, "audio": 2.0, "text": 1.0},  # from createTask to the end
    "credits": 10_000.0,  # the balance
    "time_scale": 1.0,  # times every wait of the peer: 0.1 is ten times as quick
    "creates_per_10s": 20,  # over it 429; 0 = no limit
    "callback_pause_s": 2.0,  # before the first repeat of an unanswered callback; doubles each time
    "callback_timeout_s": 15.0,  # how long an answer to a callback may take
    "files_age_s": 0.0,  # files behave as if so many seconds older: 90000 lets uploads expire, 1300000 results
}


class BadSetting(ValueError):
    """The operator's config is wrong; the sentence says how."""


class Settings:
    """Read with `[]`; `credits` is a Decimal behind `balance` and `pay`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(SCHEMA)
        stored = dict(db.execute("SELECT name, value FROM settings").fetchall())
        self._now = {name: json.loads(stored[name]) if name in stored else value for name, value in DEFAULTS.items()}

    def __getitem__(self, name: str) -> Any:
        return self._now[name]

    def all(self) -> dict[str, Any]:
        """Everything, as GET /sandbox/config shows it."""
        return self._now | {"credits": float(self._now["credits"])}

    def update(self, given: dict[str, Any]) -> None:
        """Take over what is given, all of it or nothing. Raises BadSetting."""
        checked = {name: _checked(name, value) for name, value in given.items()}
        for name, value in checked.items():
            merged = {**self._now[name], **value} if isinstance(value, dict) else value
            self._keep(name, merged)

    @property
    def balance(self) -> Decimal:
        """Credits left."""
        return Decimal(str(self._now["credits"]))

    def pay(self, credits: Decimal) -> None:
        """Take credits away; give them back when negative. In the caller's transaction."""
        self._keep("credits", float(self.balance - credits))

    def wait_s(self, seconds: float) -> float:
        """A wait as the time scale has it."""
        return float(seconds) * float(self._now["time_scale"])

    def _keep(self, name: str, value: Any) -> None:
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))
        self._now[name] = value


def _checked(name: str, value: Any) -> Any:
    if name not in DEFAULTS:
        raise BadSetting(f"There is no setting {name!r}. Known: {', '.join(DEFAULTS)}.")
    if name != "durations_s":
        return _number(name, value)
    known = DEFAULTS[name]
    if not isinstance(value, dict) or not set(value) <= set(known):
        raise BadSetting(f"durations_s is an object of seconds by kind of result; known kinds: {', '.join(known)}.")
    return {kind: _number(f"durations_s.{kind}", seconds) for kind, seconds in value.items()}


def _number(name: str, value: Any) -> float:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal(-1)
    if isinstance(value, bool) or not number.is_finite() or number < 0:
        raise BadSetting(f"{name} must be a number, zero or more, not {value!r}.")
    return float(number)
