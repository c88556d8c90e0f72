"""What the two local payment services have in common: a clock that can be set ahead, and notices that go out after the
transaction in which they were owed."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .deliveries import Deliveries
from .settings import Settings
from .store import transaction


class Notified(Deliveries):
    """Patience by the settings notice_tries, notice_timeout_s and notice_pause_s; the pauses double."""

    def __init__(self, db: sqlite3.Connection, settings: Settings) -> None:
        super().__init__(db)
        self._settings = settings

    def most_tries(self) -> int:
        return int(self._settings["notice_tries"])

    def patience_s(self) -> float:
        return float(self._settings["notice_timeout_s"])

    def pause_s(self, tried: int) -> float:
        return float(self._settings["notice_pause_s"]) * 2**tried


class PayPeer:
    """A peer of payments. It sets `db`, `settings` and `notices`, and adds to `_owed` inside `change`."""

    db: sqlite3.Connection
    settings: Settings
    notices: Deliveries

    def __init__(self) -> None:
        self._owed: list[int] = []

    def now_ms(self) -> int:
        """Unix milliseconds by the peer's clock."""
        return time.time_ns() // 1_000_000 + round(self.settings["clock_ahead_s"] * 1000)

    @contextmanager
    def change(self) -> Iterator[None]:
        """One transaction; the notices that were owed in it go out after it. Never await inside."""
        try:
            with transaction(self.db):
                yield
        except BaseException:
            self._owed = []
            raise
        owed, self._owed = self._owed, []
        self.notices.launch(owed)
