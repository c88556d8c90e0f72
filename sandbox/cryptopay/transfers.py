"""Transfers of the app to people, each spend_id once, and the balances that they come from."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.settings import Settings

from .errors import ApiError
from .invoices import stamp
from .rates import plain
from .settings import ASSETS

SCHEMA = """
CREATE TABLE IF NOT EXISTS transfers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    spend_id TEXT NOT NULL UNIQUE,
    user_id INTEGER NOT NULL,
    asset TEXT NOT NULL,
    amount TEXT NOT NULL,
    comment TEXT,
    at_ms INTEGER NOT NULL
);
"""
_COLUMNS = "id, spend_id, user_id, asset, amount, comment, at_ms"


class Transfers:
    """What the app has sent."""

    def __init__(self, db: sqlite3.Connection, settings: Settings, now_ms: Callable[[], int]) -> None:
        self._db, self._settings, self._now_ms = db, settings, now_ms
        db.executescript(SCHEMA)

    def make(self, user_id: int, asset: str, amount: Decimal, spend_id: str, comment: str | None) -> dict[str, Any]:
        """The Transfer object, and the balance is less. In the caller's transaction. Raises ApiError."""
        if self._db.execute("SELECT 1 FROM transfers WHERE spend_id = ?", (spend_id,)).fetchone():
            raise ApiError("SPEND_ID_ALREADY_USED")
        if amount > self.balance(asset):
            raise ApiError("INSUFFICIENT_FUNDS")
        self.add(asset, -amount)
        insert = "INSERT INTO transfers (spend_id, user_id, asset, amount, comment, at_ms) VALUES (?, ?, ?, ?, ?, ?)"
        self._db.execute(insert, (spend_id, user_id, asset, plain(amount), comment, self._now_ms()))
        return self.all(spend_id=spend_id)[0]

    def all(self, asset: str | None = None, spend_id: str | None = None) -> list[dict[str, Any]]:
        """Transfer objects, newest first."""
        where = "(? IS NULL OR asset = ?) AND (? IS NULL OR spend_id = ?)"
        query = f"SELECT {_COLUMNS} FROM transfers WHERE {where} ORDER BY id DESC"  # noqa: S608  our own words
        return [_shown(*row) for row in self._db.execute(query, (asset, asset, spend_id, spend_id)).fetchall()]

    def balance(self, asset: str) -> Decimal:
        """What the app has of a coin."""
        return Decimal(str(self._settings["balances"][asset]))

    def add(self, asset: str, amount: Decimal) -> None:
        """More of a coin, or less."""
        self._settings.keep("balances", {**self._settings["balances"], asset: float(self.balance(asset) + amount)})

    def balances(self) -> list[dict[str, str]]:
        """getBalance."""
        return [{"currency_code": asset, "available": plain(self.balance(asset)), "onhold": "0"} for asset in ASSETS]


def _shown(
    id_: int, spend_id: str, user_id: int, asset: str, amount: str, comment: str | None, at_ms: int
) -> dict[str, Any]:
    shown = {
        "transfer_id": id_,
        "spend_id": spend_id,
        "user_id": user_id,
        "asset": asset,
        "amount": amount,
        "status": "completed",
        "completed_at": stamp(at_ms),
    }
    return shown if comment is None else shown | {"comment": comment}
