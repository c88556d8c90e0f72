"""Invoices: rows. active → paid; an active one whose time is up is shown as expired and can no longer be paid."""

from __future__ import annotations

import json
import secrets
import sqlite3
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

ACTIVE, PAID, EXPIRED = "active", "paid", "expired"
SCHEMA = """
CREATE TABLE IF NOT EXISTS invoices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,  -- active, paid
    currency TEXT NOT NULL,  -- of the price: a coin or money
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER,
    asked TEXT NOT NULL,  -- fields of the Invoice object that the app has given
    paid TEXT NOT NULL DEFAULT '{}'  -- and those that the payment has added
);
"""
_LETTERS = string.ascii_letters + string.digits
_COLUMNS = "id, hash, status, currency, created_ms, expires_ms, asked, paid"


@dataclass(frozen=True, slots=True)
class Invoice:
    """One row, as it is at this moment."""

    id: int
    hash: str
    status: str
    currency: str
    created_ms: int
    expires_ms: int | None
    asked: dict[str, Any]
    paid: dict[str, Any]


class Invoices:
    """The app's invoices."""

    def __init__(self, db: sqlite3.Connection, now_ms: Callable[[], int]) -> None:
        self._db, self._now_ms = db, now_ms
        db.executescript(SCHEMA)

    def make(self, currency: str, expires_in_s: int | None, asked: dict[str, Any]) -> Invoice:
        """An active one."""
        now = self._now_ms()
        hash_ = "IV" + "".join(secrets.choice(_LETTERS) for _ in range(10))
        expires = None if expires_in_s is None else now + expires_in_s * 1000
        row = (hash_, ACTIVE, currency, now, expires, json.dumps(asked, ensure_ascii=False))
        insert = (
            "INSERT INTO invoices (hash, status, currency, created_ms, expires_ms, asked) VALUES (?, ?, ?, ?, ?, ?)"
        )
        self._db.execute(insert, row)
        return self._select("hash = ?", (hash_,))[0]

    def get(self, invoice_id: int) -> Invoice | None:
        """By id."""
        return next(iter(self._select("id = ?", (invoice_id,))), None)

    def by_hash(self, hash_: str) -> Invoice | None:
        """By the hash in its address."""
        return next(iter(self._select("hash = ?", (hash_,))), None)

    def all(
        self, currency: str | None = None, ids: list[int] | None = None, status: str | None = None
    ) -> list[Invoice]:
        """Newest first, of a currency, with these ids, in a state."""
        wanted = None if ids is None else set(ids)
        return [
            invoice
            for invoice in self._select("? IS NULL OR currency = ?", (currency, currency))
            if (wanted is None or invoice.id in wanted) and (status is None or invoice.status == status)
        ]

    def pay(self, invoice: Invoice, paid: dict[str, Any]) -> None:
        """active → paid; the caller has looked, and nothing comes in between."""
        update = "UPDATE invoices SET status = ?, paid = ? WHERE id = ? AND status = ?"
        self._db.execute(update, (PAID, json.dumps(paid, ensure_ascii=False), invoice.id, ACTIVE))

    def delete(self, invoice: Invoice) -> None:
        """It is gone."""
        self._db.execute("DELETE FROM invoices WHERE id = ?", (invoice.id,))

    def _select(self, where: str, values: tuple[Any, ...]) -> list[Invoice]:
        query = f"SELECT {_COLUMNS} FROM invoices WHERE {where} ORDER BY id DESC"  # noqa: S608  our own words
        now, found = self._now_ms(), []
        for id_, hash_, status, currency, created, expires, asked, paid in self._db.execute(query, values).fetchall():
            late = status == ACTIVE and expires is not None and expires <= now
            state = EXPIRED if late else status
            found.append(Invoice(id_, hash_, state, currency, created, expires, json.loads(asked), json.loads(paid)))
        return found


def stamp(ms: int) -> str:
    """2024-06-21T10:00:00.000Z."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
