"""The inbox: an update is acknowledged only after it is committed in PostgreSQL.

`accept` is the rule, one function under every server: checks, one INSERT, an answer. `store` is its heart, which
polling calls too. No rate limit stands between Telegram's authenticated delivery and the INSERT.
"""

import hmac
import json
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from bot import stars
from reliability import bell, cid, clock, counts

log = structlog.get_logger()

MAX_BYTES = 1_000_000  # Telegram's updates are a few kilobytes
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 (its name, no secret)
UPDATE_ID = re.compile(rb'"update_id"\s*:\s*(\d{1,18})\b')
ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "pre_checkout_query", "my_chat_member"]

counted: Final = counts.mine  # received, stored, duplicate, refused, strangers, last_refused_at

INSERT = """
WITH stored AS (
    INSERT INTO bot_update (bot_id, update_id, chat_key, kind, raw, state, reason, cid,
                            attempts, due_at, error, created_at, done_at)
    VALUES (%(bot_id)s, %(update_id)s, %(chat_key)s, %(kind)s, %(raw)s, %(state)s, %(reason)s, %(cid)s,
            0, %(now)s, '', %(now)s, CASE WHEN %(state)s = 'new' THEN NULL ELSE %(now)s END)
    ON CONFLICT (bot_id, update_id) DO NOTHING
    RETURNING seq
) SELECT seq, pg_notify(%(bell)s, '') FROM stored
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an HTTP server sends back."""

    status: int
    body: bytes = b""
    retry_after_s: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """Content type of a body that carries a method call; Retry-After, which Telegram obeys."""
        typed = {"Content-Type": "application/json"} if self.body else {}
        return typed | ({"Retry-After": str(self.retry_after_s)} if self.retry_after_s else {})


class Unreadable(ValueError):
    """Not an update: there is not even an update_id to file it under."""


def accept(secret_path: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Store one webhook delivery. `headers` have lower-case names. A repeat is answered 200 and changes nothing.

    200 once it is committed, or was before; 404 for a wrong path or secret (a stranger learns nothing), 415, 413, 400
    for what is no update; 503 with Retry-After when it cannot be stored, so that Telegram keeps it and comes again.
    """
    counted.add("received")
    if not (
        _same(secret_path, settings.WEBHOOK_SECRET_PATH)
        & _same(headers.get(SECRET_HEADER, ""), settings.WEBHOOK_SECRET_TOKEN)
    ):
        return refused(404, "wrong path or secret")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return refused(415, "not JSON")
    if len(body) > MAX_BYTES:
        return refused(413, "too large")
    try:
        if backlog.full():
            return refused(503, "the backlog is full", retry_after_s=5)
        reply = store(body)
    except Unreadable:
        return refused(400, "no update")
    except (DatabaseError, InterfaceError) as trouble:
        connection.close()
        log.warning("inbox.database_away", error=str(trouble).strip())
        return refused(503, "the database is away", retry_after_s=1)
    return Answer(200, json.dumps(reply).encode() if reply else b"")


def store(raw: bytes) -> dict[str, Any] | None:
    """Commit one update, once; the method call to answer it with, if it is one that cannot wait (a pre-checkout).

    What Telegram sent but nobody can read is stored dead. Raises Unreadable, and what the database raises when away.
    """
    received = time.monotonic()
    update = parsed(raw)
    kind, content = kind_of(update)
    reply = stars.pre_checkout_answer(content) if kind == "pre_checkout_query" else None
    state, reason = ("done", "OK") if reply else ("dead", "UNREADABLE") if kind == "unreadable" else ("new", "")
    facts = {
        "bot_id": int(settings.TELEGRAM_BOT_TOKEN.partition(":")[0]),
        "update_id": update["update_id"],
        "chat_key": chat_key(content),
        "kind": kind,
        "raw": raw,
        "state": state,
        "reason": reason,
        "cid": cid.new(),
        "now": clock.now(),
        "bell": bell.BOT,
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT, facts)
        stored = cursor.fetchone()
    counted.add("stored" if stored else "duplicate")
    if stored:
        took_ms = round((time.monotonic() - received) * 1000, 1)
        log.info("update.stored", cid=facts["cid"], seq=stored[0], update_id=facts["update_id"], kind=kind, state=state,
                 took_ms=took_ms)  # fmt: skip
    return reply


def parsed(raw: bytes) -> dict[str, Any]:
    """The update as JSON; where that cannot be, its bare id, so that it is stored dead and never comes again."""
    try:
        update = json.loads(raw, parse_constant=_refuse)
        raw.decode().encode()
    except (ValueError, RecursionError):
        update = None
    if isinstance(update, dict) and _is_id(update.get("update_id")):
        return update
    if found := UPDATE_ID.search(raw):
        return {"update_id": int(found[1])}
    raise Unreadable


def kind_of(update: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The one field beside update_id: its name and content; `unreadable` where there is none."""
    for name, content in update.items():
        if name != "update_id" and isinstance(content, dict) and re.fullmatch(r"[a-z_]{1,32}", name):
            return name, content
    return "unreadable", {}


def chat_key(content: dict[str, Any]) -> int:
    """What is answered strictly in order: the chat, else the person, else 0."""
    message = content.get("message") if isinstance(content.get("message"), dict) else content
    for holder in ((message or {}).get("chat"), content.get("from")):
        if isinstance(holder, dict) and _is_id(holder.get("id"), signed=True):
            return int(holder["id"])
    return 0


class Backlog:
    """How many updates wait for an answer: looked up at most twice a second a process, however many come.

    What a hold keeps does not count: it is nobody's work yet, and payments must come in behind it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looked_at = 0.0
        self._full = False

    def full(self) -> bool:
        """Whether INBOX_CAPACITY is reached. Raises what the database raises when it is away."""
        with self._lock:
            if time.monotonic() - self._looked_at > 0.5:
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT count(*) FROM (SELECT FROM bot_update WHERE state = 'new' AND hold_id IS NULL LIMIT %s) waiting",
                        [settings.INBOX_CAPACITY],
                    )
                    self._full = cursor.fetchone()[0] >= settings.INBOX_CAPACITY
                self._looked_at = time.monotonic()
            return self._full


backlog = Backlog()


def refused(status: int, why: str, *, retry_after_s: int = 0) -> Answer:
    """An answer that is no 200, counted: 503 as our own refusal of a genuine update, the rest as strangers'."""
    counted.add("refused" if status == 503 else "strangers")
    if status == 503:
        counted.latest("last_refused_at", clock.now().timestamp())
    log.warning("update.refused", status=status, why=why)
    return Answer(status, retry_after_s=retry_after_s)


def _same(given: str, ours: str) -> bool:
    return hmac.compare_digest(given.encode(errors="surrogateescape"), ours.encode())


def _is_id(value: Any, *, signed: bool = False) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and (-(2**62) if signed else 0) <= value < 2**62


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
