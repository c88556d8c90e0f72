"""People and the messages of their chats with the bot. Every change has a revision, so a reader can ask what is new."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from typing import Any

from .errors import bad, forbidden

Message = dict[str, Any]

FIRST_USER = 7_100_000_001  # as new people's ids are: beyond 32 bits
_NUMBER = re.compile(r"-?[0-9]{1,18}")
SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY,
    first_name TEXT NOT NULL,
    username TEXT,
    language_code TEXT NOT NULL,
    wrote INTEGER NOT NULL DEFAULT 0,   -- a bot cannot begin a chat
    blocked INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,   -- one row of numbers for all chats, as a bot sees it
    chat INTEGER NOT NULL REFERENCES users (id),
    outgoing INTEGER NOT NULL,          -- the bot sent it
    body TEXT NOT NULL,                 -- the Bot API's Message, as JSON
    rev INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX IF NOT EXISTS messages_rev ON messages (chat, rev);
CREATE TABLE IF NOT EXISTS revision (n INTEGER NOT NULL);
INSERT INTO revision SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM revision);
"""


class Chats:
    """Private chats only. Writing happens in the caller's transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(SCHEMA)
        if not self.users():
            self.add_user("Анна", None, "ru")

    # people

    def users(self) -> list[dict[str, Any]]:
        """Everybody, in the order they came."""
        rows = self._db.execute("SELECT id, first_name, username, language_code, wrote, blocked FROM users ORDER BY id")
        return [_user(row) for row in rows.fetchall()]

    def user(self, user_id: int) -> dict[str, Any] | None:
        """One person with `wrote` and `blocked`."""
        query = "SELECT id, first_name, username, language_code, wrote, blocked FROM users WHERE id = ?"
        row = self._db.execute(query, (user_id,)).fetchone()
        return _user(row) if row else None

    def add_user(self, first_name: str, username: str | None, language_code: str) -> dict[str, Any]:
        """A new person who has not written yet."""
        last = self._db.execute("SELECT max(id) FROM users").fetchone()[0]
        user_id = FIRST_USER if last is None else last + 1
        self._db.execute(
            "INSERT INTO users (id, first_name, username, language_code) VALUES (?, ?, ?, ?)",
            (user_id, first_name, username, language_code),
        )
        found = self.user(user_id)
        assert found is not None
        return found

    def set_blocked(self, user_id: int, blocked: bool) -> None:
        """The person blocks or unblocks the bot."""
        self._db.execute("UPDATE users SET blocked = ? WHERE id = ?", (blocked, user_id))

    def reachable(self, chat_id: Any) -> dict[str, Any]:
        """The person behind a chat_id that the bot may write to. Raises ApiError: chat not found, or blocked."""
        user = self.written(chat_id)
        if user["blocked"]:
            raise forbidden("bot was blocked by the user")
        return user

    def written(self, chat_id: Any) -> dict[str, Any]:
        """The person behind a chat_id who has ever written. Raises ApiError."""
        if chat_id in (None, ""):
            raise bad("chat_id is empty")
        user = self.user(int(chat_id)) if _NUMBER.fullmatch(str(chat_id)) else None
        if user is None or not user["wrote"]:
            raise bad("chat not found")
        return user

    # messages

    def add(self, user: dict[str, Any], sender: dict[str, Any], content: dict[str, Any], *, outgoing: bool) -> Message:
        """A new message at the end of a chat."""
        query = "INSERT INTO messages (chat, outgoing, body, rev) VALUES (?, ?, '', ?) RETURNING id"
        (message_id,) = self._db.execute(query, (user["id"], outgoing, self._next_rev())).fetchone()
        message = {"message_id": message_id, "from": sender, "chat": chat(user), "date": int(time.time()), **content}
        self._db.execute("UPDATE messages SET body = ? WHERE id = ?", (_dump(message), message_id))
        if not outgoing:
            self._db.execute("UPDATE users SET wrote = 1 WHERE id = ?", (user["id"],))
        return message

    def replace(self, message: Message) -> None:
        """The message looks like this now."""
        values = (_dump(message), self._next_rev(), message["message_id"])
        self._db.execute("UPDATE messages SET body = ?, rev = ? WHERE id = ?", values)

    def remove(self, message_id: int) -> None:
        """Deleted for both sides; the person's page learns it by the revision."""
        self._db.execute("UPDATE messages SET deleted = 1, rev = ? WHERE id = ?", (self._next_rev(), message_id))

    def get(self, chat_id: int, message_id: int | None, *, deleted: bool = False) -> tuple[Message, bool] | None:
        """(message, did the bot send it), or None when it is not there (any more)."""
        query = "SELECT body, outgoing, deleted FROM messages WHERE id = ? AND chat = ?"
        row = self._db.execute(query, (message_id, chat_id)).fetchone()
        return (json.loads(row[0]), bool(row[1])) if row and (deleted or not row[2]) else None

    def own(self, chat_id: int, message_id: int | None) -> Message:
        """A message that the bot may edit. Raises ApiError."""
        if message_id is None:
            raise bad("message identifier is not specified")
        found = self.get(chat_id, message_id)
        if found is None:
            raise bad("message to edit not found")
        if not found[1] or "refunded_payment" in found[0]:
            raise bad("message can't be edited")
        return found[0]

    def changed(self, chat_id: int, after: int) -> dict[str, Any]:
        """What happened in a chat since a revision: whole messages in order of id, and the ids of deleted ones."""
        query = "SELECT id, body, outgoing, rev, deleted FROM messages WHERE chat = ? AND rev > ? ORDER BY id"
        rows = self._db.execute(query, (chat_id, after)).fetchall()
        shown = [json.loads(row[1]) | {"rev": row[3], "outgoing": bool(row[2])} for row in rows if not row[4]]
        return {"rev": self.rev(chat_id), "messages": shown, "deleted": [row[0] for row in rows if row[4]]}

    def rev(self, chat_id: int) -> int:
        """The chat's last revision."""
        found = self._db.execute("SELECT max(rev) FROM messages WHERE chat = ?", (chat_id,)).fetchone()[0]
        return found or 0

    def _next_rev(self) -> int:
        number: int = self._db.execute("UPDATE revision SET n = n + 1 RETURNING n").fetchone()[0]
        return number


def person(user: dict[str, Any]) -> dict[str, Any]:
    """The Bot API's User."""
    names = {"id": user["id"], "is_bot": False, "first_name": user["first_name"]}
    return names | _username(user) | {"language_code": user["language_code"]}


def chat(user: dict[str, Any]) -> dict[str, Any]:
    """The Bot API's Chat."""
    return {"id": user["id"], "first_name": user["first_name"], **_username(user), "type": "private"}


def quoted(message: Message) -> Message:
    """As it appears in reply_to_message: without a reply of its own."""
    return {name: value for name, value in message.items() if name != "reply_to_message"}


def _username(user: dict[str, Any]) -> dict[str, Any]:
    return {"username": user["username"]} if user["username"] else {}


def _user(row: tuple[Any, ...]) -> dict[str, Any]:
    names = ("id", "first_name", "username", "language_code", "wrote", "blocked")
    user = dict(zip(names, row, strict=True))
    return user | {"wrote": bool(user["wrote"]), "blocked": bool(user["blocked"])}


def _dump(message: Message) -> str:
    return json.dumps(message, ensure_ascii=False)
