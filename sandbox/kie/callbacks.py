"""Callbacks: owed in the database, signed, sent, repeated at most three times, then dropped.

Source: KIE's webhook verification page: `base64(HMAC_SHA256(key, taskId + "." + timestamp))`; answer 2xx within 15 s.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import sqlite3
import time
from typing import TYPE_CHECKING, Any

import aiohttp

from .clock import now_ms

if TYPE_CHECKING:
    from .settings import Settings
    from .tasks import Task

RETRIES = 3
SCHEMA = """
CREATE TABLE IF NOT EXISTS callbacks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    task_id TEXT NOT NULL,
    url TEXT NOT NULL,
    body TEXT NOT NULL,
    forged INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'owed',  -- owed, answered, dropped
    answer TEXT
);
CREATE INDEX IF NOT EXISTS callbacks_owed ON callbacks (state) WHERE state = 'owed';
"""


def signature(key: str, task_id: str, timestamp: int) -> str:
    """X-Webhook-Signature."""
    digest = hmac.new(key.encode(), f"{task_id}.{timestamp}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class Callbacks:
    """Delivers what is owed, each in its own asyncio task; nothing runs while nothing is owed."""

    def __init__(self, db: sqlite3.Connection, settings: Settings, hmac_key: str | None) -> None:
        self._db, self._settings, self._key = db, settings, hmac_key
        self._flights: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        db.executescript(SCHEMA)

    def owe(self, task: Task, *, copies: int = 1, late_s: float = 0.0, forged: bool = False) -> list[int]:
        """Write down the callbacks of an ended task, in the caller's transaction; `launch` the returned ids after it.
        A forged one (it says fail, signed with a stranger's key) goes before the true ones."""
        notice = task.notice()
        lie = {
            **notice,
            "code": 501,
            "data": {**notice["data"], "state": "fail", "resultJson": None, "failMsg": "forged"},
        }
        bodies = [(lie, 1)] * forged + [(notice, 0)] * copies
        due = now_ms() + round(late_s * 1000)
        rows = [
            (task.id, task.callback_url, json.dumps(body, ensure_ascii=False), false, due) for body, false in bodies
        ]
        insert = "INSERT INTO callbacks (task_id, url, body, forged, due_ms) VALUES (?, ?, ?, ?, ?)"
        return [self._db.execute(insert, row).lastrowid or 0 for row in rows]

    def launch_all(self) -> None:
        """After a restart: everything still owed."""
        self.launch([row[0] for row in self._db.execute("SELECT id FROM callbacks WHERE state = 'owed'").fetchall()])

    def launch(self, ids: list[int]) -> None:
        """Start to deliver, one after the other in this order."""
        flight = asyncio.create_task(self._deliver_all(ids))
        self._flights.add(flight)
        flight.add_done_callback(self._flights.discard)

    async def close(self) -> None:
        """Stop; what was owed stays owed."""
        for flight in list(self._flights):
            flight.cancel()
        await asyncio.gather(*self._flights, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def story(self, task_id: str) -> list[dict[str, Any]]:
        """What became of a task's callbacks."""
        query = "SELECT url, forged, tries, state, answer FROM callbacks WHERE task_id = ? ORDER BY id"
        names = ("url", "forged", "tries", "state", "answer")
        return [dict(zip(names, row, strict=True)) for row in self._db.execute(query, (task_id,)).fetchall()]

    async def _deliver_all(self, ids: list[int]) -> None:
        for callback_id in ids:
            while (pause_s := await self._deliver(callback_id)) is not None:
                await asyncio.sleep(pause_s)

    async def _deliver(self, callback_id: int) -> float | None:
        """One try. Returns the pause before the next one, None when there is none."""
        query = "SELECT task_id, url, body, forged, due_ms, tries FROM callbacks WHERE id = ? AND state = 'owed'"
        row = self._db.execute(query, (callback_id,)).fetchone()
        if row is None:
            return None
        task_id, url, body, forged, due_ms, tries = row
        if (early_s := (due_ms - now_ms()) / 1000) > 0:
            return early_s
        answered, answer = await self._post(task_id, url, body, forged=bool(forged))
        state = "answered" if answered else "owed" if tries < RETRIES else "dropped"
        pause_s = self._settings.wait_s(self._settings["callback_pause_s"] * 2**tries)
        self._db.execute(
            "UPDATE callbacks SET tries = ?, state = ?, answer = ?, due_ms = ? WHERE id = ?",
            (tries + 1, state, answer, now_ms() + round(pause_s * 1000), callback_id),
        )
        return pause_s if state == "owed" else None

    async def _post(self, task_id: str, url: str, body: str, *, forged: bool) -> tuple[bool, str]:
        """(answered with 2xx in time, what came back)."""
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if self._key:
            at = int(time.time())
            headers["X-Webhook-Timestamp"] = str(at)
            headers["X-Webhook-Signature"] = signature("a stranger's key" if forged else self._key, task_id, at)
        self._session = self._session or aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=max(0.05, self._settings["callback_timeout_s"]))
        try:
            async with self._session.post(
                url, data=body.encode(), headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                return 200 <= answer.status < 300, f"HTTP {answer.status}"
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return False, f"{type(error).__name__}: {error}"[:200]
