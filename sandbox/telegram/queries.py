"""Questions to the bot that want an answer: a pressed button (no hurry) and a pre-checkout (ten seconds)."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import time
from typing import Any

from .errors import OLD_QUERY, bad

PRESS_LIVES_S = 15 * 60
CHECKOUT_S = 10.0
SCHEMA = """
CREATE TABLE IF NOT EXISTS presses (
    id TEXT PRIMARY KEY,
    chat INTEGER NOT NULL,
    at REAL NOT NULL,
    answered INTEGER NOT NULL DEFAULT 0,
    text TEXT NOT NULL DEFAULT '',
    show_alert INTEGER NOT NULL DEFAULT 0
);
"""


def new_id() -> str:
    """Ids of queries are long numbers in a string."""
    return str(10**17 + secrets.randbelow(9 * 10**17))


class Presses:
    """Callback queries; rows, for their answer may be asked for later."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(SCHEMA)

    def open(self, chat_id: int) -> str:
        """A new query's id. Old ones are swept."""
        query_id, now = new_id(), time.time()
        self._db.execute("DELETE FROM presses WHERE at < ?", (now - 24 * 3600,))
        self._db.execute("INSERT INTO presses (id, chat, at) VALUES (?, ?, ?)", (query_id, chat_id, now))
        return query_id

    def answer(self, query_id: str, text: str, show_alert: bool) -> int:
        """The bot answers, once and in time; returns the chat. Raises ApiError."""
        query = (
            "UPDATE presses SET answered = 1, text = ?, show_alert = ? "
            "WHERE id = ? AND answered = 0 AND at > ? RETURNING chat"
        )
        row = self._db.execute(query, (text, show_alert, query_id, time.time() - PRESS_LIVES_S)).fetchone()
        if row is None:
            raise bad(OLD_QUERY)
        return int(row[0])

    def get(self, chat_id: int, query_id: str) -> dict[str, Any] | None:
        """What the bot answered, if it has."""
        query = "SELECT answered, text, show_alert FROM presses WHERE id = ? AND chat = ?"
        row = self._db.execute(query, (query_id, chat_id)).fetchone()
        return {"answered": bool(row[0]), "text": row[1], "show_alert": bool(row[2])} if row else None


class Checkouts:
    """Pre-checkout queries that wait for a yes or no. In memory: whoever waits is a request under way."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[str]] = {}

    def open(self) -> str:
        """A new query's id."""
        query_id = new_id()
        self._waiting[query_id] = asyncio.get_running_loop().create_future()
        return query_id

    async def verdict(self, query_id: str) -> str:
        """ "" for yes, else why not; TimeoutError after ten seconds."""
        try:
            return await asyncio.wait_for(self._waiting[query_id], CHECKOUT_S)
        finally:
            del self._waiting[query_id]

    def answer(self, query_id: str, why_not: str) -> None:
        """The bot says yes ("") or why not. Raises ApiError when nobody waits any more."""
        waiting = self._waiting.get(query_id)
        if waiting is None or waiting.done():
            raise bad(OLD_QUERY)
        waiting.set_result(why_not)
