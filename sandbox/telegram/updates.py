"""Updates that the bot has not taken yet: rows, so that a killed peer still owes them. Ids only grow."""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import dataclass
from typing import Any

from .settings import Settings

Key = tuple[int, str]  # a queue: the chat and the kind of update

LIFE_S = 24 * 3600
FIRST_ID = 500_000_001
KINDS = (
    "message",
    "edited_message",
    "callback_query",
    "pre_checkout_query",
    "my_chat_member",
    "inline_query",
    "chosen_inline_result",
    "channel_post",
    "edited_channel_post",
    "shipping_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "chat_member",
    "message_reaction",
    "message_reaction_count",
)
ONLY_WHEN_NAMED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
SCHEMA = """
CREATE TABLE IF NOT EXISTS updates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS updates_queue ON updates (chat, kind, id);
"""


@dataclass(frozen=True, slots=True)
class Update:
    """One that waits."""

    id: int
    kind: str
    body: str  # JSON of the kind's own object, in ASCII with \u escapes as Telegram writes it
    at: float

    def json(self) -> str:
        """The Bot API's Update."""
        return f'{{"update_id":{self.id},"{self.kind}":{self.body}}}'


class Updates:
    """The bot's queue. Writing happens in the caller's transaction; `fresh` are the queues to wake after it."""

    def __init__(self, db: sqlite3.Connection, settings: Settings) -> None:
        self._db, self._settings = db, settings
        self.fresh: list[Key] = []
        db.executescript(SCHEMA)
        if not db.execute("SELECT 1 FROM sqlite_sequence WHERE name = 'updates'").fetchone():
            db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('updates', ?)", (FIRST_ID - 1,))

    def put(self, chat_id: int, kind: str, body: dict[str, Any]) -> None:
        """Something happened that the bot shall hear of, if it asked for this kind."""
        allowed = self._settings.get("allowed_updates") or [kind for kind in KINDS if kind not in ONLY_WHEN_NAMED]
        if kind not in allowed:
            return
        values = (chat_id, kind, json.dumps(body), time.time())
        self._db.execute("INSERT INTO updates (chat, kind, body, at) VALUES (?, ?, ?, ?)", values)
        self.fresh.append((chat_id, kind))

    def queues(self) -> list[Key]:
        """Every queue that holds something, the longest waiting first."""
        rows = self._db.execute("SELECT chat, kind FROM updates GROUP BY chat, kind ORDER BY min(id)").fetchall()
        return [(chat_id, kind) for chat_id, kind in rows]

    def head(self, key: Key) -> Update | None:
        """The first of a queue. Those over a day old are dropped on the way."""
        self._db.execute("DELETE FROM updates WHERE chat = ? AND kind = ? AND at < ?", (*key, time.time() - LIFE_S))
        query = "SELECT id, kind, body, at FROM updates WHERE chat = ? AND kind = ? ORDER BY id LIMIT 1"
        row = self._db.execute(query, key).fetchone()
        return Update(*row) if row else None

    def page(self, offset: int, limit: int) -> list[Update]:
        """getUpdates: everything below `offset` is confirmed and forgotten; a negative one keeps only that many of the last."""
        if offset < 0:
            query = "SELECT min(id) FROM (SELECT id FROM updates ORDER BY id DESC LIMIT ?)"
            offset = self._db.execute(query, (-offset,)).fetchone()[0] or 0
        self._db.execute("DELETE FROM updates WHERE id < ? OR at < ?", (offset, time.time() - LIFE_S))
        rows = self._db.execute("SELECT id, kind, body, at FROM updates ORDER BY id LIMIT ?", (limit,)).fetchall()
        return [Update(*row) for row in rows]

    def taken(self, update_id: int) -> None:
        """The bot has it."""
        self._db.execute("DELETE FROM updates WHERE id = ?", (update_id,))

    def drop_all(self) -> None:
        """drop_pending_updates."""
        self._db.execute("DELETE FROM updates")

    def pending(self) -> int:
        """How many wait."""
        number: int = self._db.execute("SELECT count(*) FROM updates").fetchone()[0]
        return number
