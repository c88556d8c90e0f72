"""Updates: invoice_paid, signed over the raw body, repeated with growing pauses until a 2xx.

Source: help.crypt.bot/crypto-pay-api#webhooks: crypto-pay-api-signature is the hex HMAC-SHA256 of the unparsed body, its key the
SHA256 of the app's token; since 1.5.2 17 attempts within three days.
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from typing import Any

from sandbox.deliveries import Parcel
from sandbox.paypeer import Notified
from sandbox.settings import Settings

from .invoices import PAID, stamp

SIGNATURE = "crypto-pay-api-signature"


def signature(token: str, body: bytes) -> str:
    """The header's value."""
    return hmac.new(hashlib.sha256(token.encode()).digest(), body, hashlib.sha256).hexdigest()


class Updates(Notified):
    """How Crypto Pay delivers."""

    def __init__(self, db: sqlite3.Connection, settings: Settings, token: str) -> None:
        super().__init__(db, settings)
        self._token = token

    def headers(self, parcel: Parcel) -> dict[str, str]:
        return {SIGNATURE: signature("a stranger's token" if parcel.forged else self._token, parcel.body)}


def update(number: int, invoice: dict[str, Any], at_ms: int) -> dict[str, Any]:
    """The body."""
    return {"update_id": number, "update_type": "invoice_paid", "request_date": stamp(at_ms), "payload": invoice}


def lie(number: int, invoice: dict[str, Any], at_ms: int) -> dict[str, Any]:
    """A stranger's: this invoice has been paid, whatever is true."""
    return update(number, {**invoice, "status": PAID, "paid_at": stamp(at_ms)}, at_ms)
