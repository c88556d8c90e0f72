"""What a peer owes to others' addresses: kept in the database, posted, repeated with doubling pauses, given up at last.

Each peer says by a subclass how it signs, how patient it is and which answer it takes. (Telegram's webhook is another thing: its
updates queue up in order and an answer may carry a call.)
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

from .faults import Fault

SCHEMA = """
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    about TEXT NOT NULL,
    url TEXT NOT NULL,
    body TEXT NOT NULL,
    forged INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'owed',  -- owed, answered, dropped
    answer TEXT
);
CREATE INDEX IF NOT EXISTS deliveries_owed ON deliveries (state) WHERE state = 'owed';
CREATE INDEX IF NOT EXISTS deliveries_about ON deliveries (about);
"""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One try of one delivery: what its headers may depend on."""

    about: str  # the id of what it tells of
    body: bytes
    forged: bool  # a stranger's: its signature must be wrong


class Deliveries:
    """Delivers what is owed, each in its own asyncio task; nothing runs while nothing is owed."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._flights: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        db.executescript(SCHEMA)

    def most_tries(self) -> int:
        """Then it is dropped."""
        raise NotImplementedError

    def patience_s(self) -> float:
        """How long an answer may take."""
        raise NotImplementedError

    def pause_s(self, tried: int) -> float:
        """Before the next try of what was tried so often."""
        raise NotImplementedError

    def headers(self, parcel: Parcel) -> dict[str, str]:
        """Made anew for each try."""
        raise NotImplementedError

    def taken(self, status: int) -> bool:
        """Whether this HTTP status is a yes."""
        return 200 <= status < 300

    def owe(self, about: str, url: str, body: Any, *, forged: bool = False, late_s: float = 0.0) -> int:
        """Write down one delivery, in the caller's transaction; `launch` the returned id after it."""
        row = (about, url, json.dumps(body, ensure_ascii=False), int(forged), _now_ms() + round(late_s * 1000))
        insert = "INSERT INTO deliveries (about, url, body, forged, due_ms) VALUES (?, ?, ?, ?, ?)"
        return self._db.execute(insert, row).lastrowid or 0

    def owe_under(self, fault: Fault | None, about: str, url: str, body: Any, lie: Any) -> list[int]:
        """What a delivery becomes under a fault of deliveries: nothing, one, two, a late one, or `lie` before the truth."""
        name = fault.name if fault else ""
        if name == "not_delivered":
            return []
        late_s = fault.seconds() if fault and name == "late" else 0.0
        bodies = [(lie, True)] * (name == "forged") + [(body, False)] * (2 if name == "duplicate" else 1)
        return [self.owe(about, url, said, forged=false, late_s=late_s) for said, false in bodies]

    def launch_all(self) -> None:
        """After a restart: everything still owed."""
        for (delivery_id,) in self._db.execute("SELECT id FROM deliveries WHERE state = 'owed' ORDER BY id").fetchall():
            self.launch([delivery_id])  # each alone: one that nobody takes holds up no other

    def launch(self, ids: list[int]) -> None:
        """Start to deliver, one after the other in this order."""
        if not ids:
            return
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

    def story(self, about: str) -> list[dict[str, Any]]:
        """What became of the deliveries that tell of this."""
        query = "SELECT url, forged, tries, state, answer FROM deliveries WHERE about = ? ORDER BY id"
        names = ("url", "forged", "tries", "state", "answer")
        return [dict(zip(names, row, strict=True)) for row in self._db.execute(query, (about,)).fetchall()]

    async def _deliver_all(self, ids: list[int]) -> None:
        for delivery_id in ids:
            while (pause_s := await self._deliver(delivery_id)) is not None:
                await asyncio.sleep(pause_s)

    async def _deliver(self, delivery_id: int) -> float | None:
        """One try. Returns the pause before the next one, None when there is none."""
        query = "SELECT about, url, body, forged, due_ms, tries FROM deliveries WHERE id = ? AND state = 'owed'"
        row = self._db.execute(query, (delivery_id,)).fetchone()
        if row is None:
            return None
        about, url, body, forged, due_ms, tried = row
        if (early_s := (due_ms - _now_ms()) / 1000) > 0:
            return early_s
        answered, answer = await self._post(url, Parcel(about, body.encode(), bool(forged)))
        state = "answered" if answered else "owed" if tried + 1 < self.most_tries() else "dropped"
        pause_s = self.pause_s(tried)
        self._db.execute(
            "UPDATE deliveries SET tries = ?, state = ?, answer = ?, due_ms = ? WHERE id = ?",
            (tried + 1, state, answer, _now_ms() + round(pause_s * 1000), delivery_id),
        )
        return pause_s if state == "owed" else None

    async def _post(self, url: str, parcel: Parcel) -> tuple[bool, str]:
        """(taken in time, what came back)."""
        headers = {"Content-Type": "application/json; charset=utf-8"} | self.headers(parcel)
        self._session = self._session or aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=max(0.05, self.patience_s()))
        try:
            async with self._session.post(
                url, data=parcel.body, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                return self.taken(answer.status), f"HTTP {answer.status}"
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return False, f"{type(error).__name__}: {error}"[:200]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
