"""Stars: bills, payments, refunds. People have as many as they like; what the bot earned is the sum of its transactions."""

from __future__ import annotations

import secrets
import sqlite3
import time
from dataclasses import dataclass
from typing import Any

from .errors import bad

SCHEMA = """
CREATE TABLE IF NOT EXISTS invoices (
    id TEXT PRIMARY KEY,            -- a link's slug
    message_id INTEGER UNIQUE,      -- or the message that shows it
    title TEXT NOT NULL,
    payload TEXT NOT NULL,
    amount INTEGER NOT NULL,
    paid INTEGER NOT NULL DEFAULT 0 -- how many times
);
CREATE TABLE IF NOT EXISTS payments (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    charge TEXT NOT NULL,
    incoming INTEGER NOT NULL,      -- a refund goes out under the id of its payment
    user INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    payload TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (charge, incoming)
);
"""
_PAYMENT = "charge, incoming, user, amount, payload, at"


@dataclass(frozen=True, slots=True)
class Invoice:
    """A bill that a person can pay."""

    id: str
    title: str
    payload: str
    amount: int  # whole stars
    paid: int


@dataclass(frozen=True, slots=True)
class Payment:
    """Stars that moved between a person and the bot."""

    charge: str
    incoming: bool
    user: int
    amount: int
    payload: str
    at: int


class Stars:
    """The bot's account. Writing happens in the caller's transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(SCHEMA)

    def bill(self, title: str, payload: str, amount: int, message_id: int | None = None) -> str:
        """Remember a bill; its slug."""
        slug = secrets.token_urlsafe(12)
        values = (slug, message_id, title, payload, amount)
        self._db.execute("INSERT INTO invoices (id, message_id, title, payload, amount) VALUES (?, ?, ?, ?, ?)", values)
        return slug

    def invoice(self, *, message_id: int | None = None, slug: str | None = None) -> Invoice | None:
        """By the message, or by the link."""
        query = "SELECT id, title, payload, amount, paid FROM invoices WHERE message_id = ? OR id = ?"
        row = self._db.execute(query, (message_id, slug)).fetchone()
        return Invoice(*row) if row else None

    def pay(self, invoice: Invoice, user_id: int) -> str:
        """The person has paid; the charge id."""
        charge = "stx" + secrets.token_urlsafe(48)
        self._db.execute("UPDATE invoices SET paid = paid + 1 WHERE id = ?", (invoice.id,))
        self._move(Payment(charge, True, user_id, invoice.amount, invoice.payload, int(time.time())))
        return charge

    def refund(self, user_id: int, charge: str) -> Payment:
        """Give a payment back, once. Raises ApiError."""
        if not charge:
            raise bad("CHARGE_ID_EMPTY")
        found = {payment.incoming: payment for payment in self._of(charge)}
        paid = found.get(True)
        if paid is None or paid.user != user_id:
            raise bad("CHARGE_ID_INVALID")
        if False in found:
            raise bad("CHARGE_ALREADY_REFUNDED")
        if self.balance() < paid.amount:
            raise bad("BALANCE_TOO_LOW")
        refund = Payment(charge, False, user_id, paid.amount, paid.payload, int(time.time()))
        self._move(refund)
        return refund

    def transactions(self, offset: int, limit: int) -> list[Payment]:
        """In the order they were made."""
        query = f"SELECT {_PAYMENT} FROM payments ORDER BY n LIMIT ? OFFSET ?"  # noqa: S608  our own columns
        return [_payment(row) for row in self._db.execute(query, (limit, offset)).fetchall()]

    def balance(self) -> int:
        """Stars that the bot has."""
        query = "SELECT coalesce(sum(CASE incoming WHEN 1 THEN amount ELSE -amount END), 0) FROM payments"
        return int(self._db.execute(query).fetchone()[0])

    def _of(self, charge: str) -> list[Payment]:
        query = f"SELECT {_PAYMENT} FROM payments WHERE charge = ?"  # noqa: S608  our own columns
        return [_payment(row) for row in self._db.execute(query, (charge,)).fetchall()]

    def _move(self, payment: Payment) -> None:
        values = (payment.charge, payment.incoming, payment.user, payment.amount, payment.payload, payment.at)
        self._db.execute(f"INSERT INTO payments ({_PAYMENT}) VALUES (?, ?, ?, ?, ?, ?)", values)  # noqa: S608  our own columns


def _payment(row: tuple[Any, ...]) -> Payment:
    return Payment(row[0], bool(row[1]), *row[2:])
