"""What can be set while the local KIE runs, and the balance of its account."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import Any

from sandbox import settings

DEFAULTS: dict[str, Any] = {
    "durations_s": {"image": 1.5, "video": 4.0, "audio": 2.0, "text": 1.0},  # from createTask to the end
    "hd_s": {"1080p": 6.0, "4k": 10.0},  # how long a version of a Veo video takes
    "credits": 10_000.0,  # the balance
    "time_scale": 1.0,  # times every wait of the peer: 0.1 is ten times as quick
    "creates_per_10s": 20.0,  # over it 429; 0 = no limit
    "catalogue_per_s": 1.0,  # questions to the catalogue API; 0 = no limit
    "callback_pause_s": 2.0,  # before the first repeat of an unanswered callback; doubles each time
    "callback_timeout_s": 15.0,  # how long an answer to a callback may take
    "files_age_s": 0.0,  # files behave as if so many seconds older: 90000 lets uploads expire, 1300000 results
}


class Settings(settings.Settings):
    """`credits` is a Decimal behind `balance` and `pay`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        super().__init__(db, DEFAULTS)

    @property
    def balance(self) -> Decimal:
        """Credits left."""
        return Decimal(str(self["credits"]))

    def pay(self, credits: Decimal) -> None:
        """Take credits away; give them back when negative. In the caller's transaction."""
        self.keep("credits", float(self.balance - credits))

    def wait_s(self, seconds: float) -> float:
        """A wait as the time scale has it."""
        return float(seconds) * float(self["time_scale"])
