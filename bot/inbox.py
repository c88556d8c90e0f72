"""The inbox: an update is acknowledged only after it is committed in PostgreSQL.

`accept` is the rule: what strangers get (`stranger`), what is an update (`read`), what is kept (`keep`). The lane before
Django calls the same three, with many updates in one commit; polling calls `store`. No rate limit stands between
Telegram's authenticated delivery and the INSERT.
"""

import hmac
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from bot import incoming, stars
from bot.backlog import Backlog
from bot.incoming import Incoming, Unreadable
from bot.models import Update
from reliability import bell, cid, clock, counts, outage

log = structlog.get_logger()

MAX_BYTES = 1_000_000  # Telegram's updates are a few kilobytes
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 (its name, no secret)
HEADERS = frozenset({SECRET_HEADER, "content-type", "content-length"})  # all that the rule looks at
ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "pre_checkout_query", "my_chat_member"]
NOBODYS = {"pre_checkout_query", "unreadable"}  # kinds that wait for nobody: answered at once, or stored dead
ATTEMPTS = 3  # of one commit: a dead connection, a deadlock with another writer


INSERT = """
WITH stored AS (
    INSERT INTO bot_update (bot_id, update_id, chat_key, kind, raw, state, reason, cid,
                            attempts, due_at, error, created_at, done_at)
    SELECT %(bot_id)s, update_id, chat_key, kind, raw, state, reason, cid,
           0, %(now)s, error, %(now)s, CASE WHEN state = 'new' THEN NULL ELSE %(now)s::timestamptz END
    FROM unnest(%(update_ids)b::bigint[], %(chat_keys)b::bigint[], %(kinds)b::text[], %(raws)b::bytea[],
                %(states)b::text[], %(reasons)b::text[], %(cids)b::text[], %(errors)b::text[])
         AS given (update_id, chat_key, kind, raw, state, reason, cid, error)
    ON CONFLICT (bot_id, update_id) DO NOTHING
    RETURNING seq, update_id
) SELECT update_id, seq, pg_notify(%(bell)s, '') FROM stored
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


KEPT = Answer(200)


def accept(secret_path: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Store one webhook delivery. `headers` have lower-case names. A repeat is answered 200 and changes nothing.

    200 once it is committed, or was before; 404 for a wrong path or secret (a stranger learns nothing), 415, 413, 400
    for what is no update; 503 with Retry-After when it cannot be stored, so that Telegram keeps it and comes again.
    """
    if refusal := stranger(secret_path, headers):
        return refusal
    update = read(body)
    return update if isinstance(update, Answer) else keep([update])[0]


def stranger(secret_path: str, headers: Mapping[str, str]) -> Answer | None:
    """What is refused before a byte of the body is read; None for a delivery to be read on."""
    counts.mine.add("received")
    if not (
        _same(secret_path, settings.WEBHOOK_SECRET_PATH)
        & _same(headers.get(SECRET_HEADER, ""), settings.WEBHOOK_SECRET_TOKEN)
    ):
        return refused(404, "wrong path or secret")
    if not _is_json(headers.get("content-type", "")):
        return refused(415, "not JSON")
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:18]) > MAX_BYTES:
        return refused(413, "too large")
    return None


def read(body: bytes) -> Incoming | Answer:
    """The update in the body of an authenticated delivery, or the refusal of what is none."""
    if len(body) > MAX_BYTES:
        return refused(413, "too large")
    try:
        return incoming.read(body)
    except Unreadable:
        return refused(400, "no update")


def keep(updates: Sequence[Incoming]) -> list[Answer]:
    """Commit them together; the answer for each. One that the database does not take does not keep out the others."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _keep_what_fits(updates)
        except Exception as trouble:
            if isinstance(trouble, (OperationalError, InterfaceError)) or outage.is_away(trouble):
                if attempt < ATTEMPTS and _passing(trouble):
                    continue
                connection.close()
                outage.noted(trouble)
                return _refused_all(updates, "the database is away", retry_after_s=1)
            if len(updates) > 1:
                return [answer for update in updates for answer in keep([update])]
            log.exception("inbox.not_stored", update_id=updates[0].update_id, kind=updates[0].kind)
            break
    return _refused_all(updates, "the database does not take it", retry_after_s=60)


def _keep_what_fits(updates: Sequence[Incoming]) -> list[Answer]:
    """Commit the first of them, as many as there is room for; of the others those known are repeats, the rest are refused.
    Raises what the database raises.

    What waits for nobody takes no place, so it always fits: without its pre-checkout a person could not pay.
    """
    waiting = [update for update in updates if update.kind not in NOBODYS]
    with backlog.room(len(waiting)) as room:
        over = waiting[room.places :]
        over_ids = {id(update) for update in over}
        fitting = [update for update in updates if id(update) not in over_ids]
        replies, room.filled = _commit(fitting) if fitting else ([], 0)
    others = iter(_known_or_refused(over) if over else [])
    answers = iter([Answer(200, json.dumps(reply).encode()) if reply else KEPT for reply in replies])
    return [next(others if id(update) in over_ids else answers) for update in updates]


def _known_or_refused(updates: Sequence[Incoming]) -> list[Answer]:
    """Of those that there is no place for: what was stored before is not refused, for it would come again and again."""
    ours = Update.objects.filter(bot_id=_bot_id(), update_id__in=[update.update_id for update in updates])
    known = set(ours.values_list("update_id", flat=True))
    new = [update for update in updates if update.update_id not in known]
    counts.mine.add("duplicate", len(updates) - len(new))
    refusals = iter(_refused_all(new, "the backlog is full", retry_after_s=5) if new else [])
    return [KEPT if update.update_id in known else next(refusals) for update in updates]


def store(raw: bytes) -> dict[str, Any] | None:
    """Commit one update, once; the method call to answer it with, if it is one that cannot wait (a pre-checkout).

    What Telegram sent but nobody can read is stored dead. Raises Unreadable, and what the database raises when away.
    """
    replies, _ = _commit([incoming.read(raw)])
    return replies[0]


def try_out() -> None:
    """Store one as ever and take it back: nobody sees it. Raises what the database raises where it takes no updates."""
    with transaction.atomic():
        _insert([Incoming(-os.getpid(), "trial", 0, {}, b"")], [("new", "")], [""])
        transaction.set_rollback(True)


def _commit(updates: Sequence[Incoming]) -> tuple[list[dict[str, Any] | None], int]:
    """Commit all or none; what each is to be answered with at once, and how many wait now that did not before.

    Raises what the database raises.
    """
    replies = [_answer_at_once(update) for update in updates]
    # In one order everywhere: two writers with the same updates in different orders would wait for each other for ever.
    rows = sorted(zip(updates, replies, strict=True), key=lambda row: row[0].update_id)
    outcomes = [
        ("done", "OK") if reply else ("dead", "UNREADABLE") if update.kind == "unreadable" else ("new", "")
        for update, reply in rows
    ]
    cids = cid.many(len(rows))
    stored = _insert([update for update, _ in rows], outcomes, cids)
    counts.mine.add("stored", len(stored))
    counts.mine.add("duplicate", len(updates) - len(stored))
    states = {update.update_id: state for (update, _), (state, _) in zip(rows, outcomes, strict=True)}
    became = Counter(states[update_id] for update_id in stored)
    if became["dead"]:
        counts.mine.add("dead", became["dead"])
    _note([update for update, _ in rows], cids, stored)
    return replies, became["new"]


def _answer_at_once(update: Incoming) -> dict[str, Any] | None:
    return stars.pre_checkout_answer(update.content) if update.kind == "pre_checkout_query" else None


def _bot_id() -> int:
    return int(settings.TELEGRAM_BOT_TOKEN.partition(":")[0])


def _insert(updates: Sequence[Incoming], outcomes: Sequence[tuple[str, str]], cids: Sequence[str]) -> dict[int, int]:
    """The numbers of those that were new, by their ids. An outcome is a state and its reason."""
    facts = {
        "bot_id": _bot_id(),
        "update_ids": [update.update_id for update in updates],
        "chat_keys": [update.chat_key for update in updates],
        "kinds": [update.kind for update in updates],
        "raws": [update.raw for update in updates],
        "states": [state for state, _ in outcomes],
        "reasons": [reason for _, reason in outcomes],
        "cids": cids,
        "errors": [update.why for update in updates],
        "now": clock.now(),
        "bell": bell.BOT,
    }
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        rows = cursor.execute(INSERT, facts)  # bound in binary: for many rows a third of the time
        return {update_id: seq for update_id, seq, _ in rows}


def _passing(trouble: Exception) -> bool:
    """Whether it is gone at once, on a fresh connection or for the next: the commit is safe to repeat."""
    if connection.in_atomic_block:
        return False
    its = connection.connection
    if its is not None and (its.closed or outage.is_read_only(trouble)):  # its server was started again, or replaced
        connection.close()
        return True
    return isinstance(trouble.__cause__, psycopg.errors.DeadlockDetected)


def _note(updates: Sequence[Incoming], cids: Sequence[str], stored: dict[int, int]) -> None:
    """One line a commit: a line an update would cost more than all the rest."""
    new: dict[int, tuple[str, str]] = {}
    for update, its in zip(updates, cids, strict=True):
        if update.update_id in stored:
            new.setdefault(update.update_id, (update.kind, its))  # of two in one commit the first was stored
    if len(new) == 1:
        ((update_id, (kind, its)),) = new.items()
        log.info("update.stored", cid=its, seq=stored[update_id], update_id=update_id, kind=kind)
    elif new:
        log.info("updates.stored", count=len(new), cids=" ".join(its for _, its in new.values()))


backlog = Backlog()


def refused(status: int, why: str, *, retry_after_s: int = 0, times: int = 1) -> Answer:
    """An answer that is no 200, counted: 503 as our own refusal of a genuine update, the rest as strangers'."""
    counts.mine.add("refused" if status == 503 else "strangers", times)
    if status == 503:
        counts.mine.latest("last_refused_at", clock.now().timestamp())
    log.warning("update.refused", status=status, why=why)
    return Answer(status, retry_after_s=retry_after_s)


def _refused_all(updates: Sequence[Incoming], why: str, *, retry_after_s: int) -> list[Answer]:
    return [refused(503, why, retry_after_s=retry_after_s, times=len(updates))] * len(updates)


def _is_json(content_type: str) -> bool:
    """application/json, in UTF-8 or without a word about it."""
    kind, _, parameters = content_type.lower().partition(";")
    charset = parameters.partition("charset=")[2].partition(";")[0].strip().strip('"')
    return kind.strip() == "application/json" and charset in {"", "utf-8", "utf8"}


def _same(given: str, ours: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), ours.encode())
