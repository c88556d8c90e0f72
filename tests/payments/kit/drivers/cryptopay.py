"""Crypto Pay, as the kit drives it."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from payments.topup import TopUp
from tests.payments.kit.drivers.driver import Driver
from tests.payments.kit.ear import Ear, Told
from tests.sandbox import payment_side

SIGNATURE = "crypto-pay-api-signature"


class CryptoPay(Driver):
    """It returns nothing by itself: coins go back only by a transfer that the app asks for."""

    name = "cryptopay"
    returns_itself = False
    CALLS = {"create": "createInvoice", "query": "getInvoices", "refund": "transfer", "list": "getInvoices"}

    def __init__(self, origin: str, ear: Ear, settings: Any) -> None:
        super().__init__(origin, ear, settings)
        settings.CRYPTO_PAY_API_URL, settings.CRYPTO_PAY_TOKEN = origin, payment_side.CRYPTO_TOKEN
        self.side: payment_side.CryptoPay = payment_side.CryptoPay(origin)
        self.side.reset()
        self.side.config(notice_url=ear.url)

    def pays(self, topup: TopUp, invoice_id: str = "") -> None:
        assert self.side.pay({"invoice_id": invoice_id or topup.invoice_id}, "USDT").status_code == 200

    def unknown(self) -> Told:
        return signed({"update_type": "invoice_paid", "payload": {"invoice_id": 10**12, "status": "paid"}})

    def forged(self) -> list[Told]:
        true = self.unknown()
        signature = true.headers[SIGNATURE]
        odd = [
            Told(true.body),  # «signature missing, processed for debugging»
            Told(true.body, {SIGNATURE: ""}),
            Told(true.body, {SIGNATURE: signature.upper()}),
            Told(true.body, {SIGNATURE: "й" * 64}),
            Told(true.body + b" ", {SIGNATURE: signature}),  # the same JSON, other bytes
            signed({"update_type": "invoice_paid", "payload": {"invoice_id": 1}}, token="1:another app's"),
            signed({"update_type": "invoice_paid", "payload": {}}),
            signed(["invoice_paid"]),
        ]
        return super().forged() + odd

    def says(self, minor_amount: int, currency: str = "RUB") -> None:
        value = f"{minor_amount // 100}.{minor_amount % 100:02d}"
        self.side.fault("getInvoices", "other_amount", times=0, value=value, currency=currency)

    def invoices(self, topup: TopUp) -> list[str]:
        made = self.side.sandbox("GET", "invoices").json()["invoices"]
        return [str(one["invoice_id"]) for one in made if one.get("payload") == topup.payload]

    def stranger_pays(self) -> str:
        made = self.side.invoice("77")
        self.side.pay(made, "USDT")
        self.ear.next()
        return str(made["invoice_id"])

    def claims(self, topup: TopUp, what: str) -> Told:
        status = {"paid": "paid", "waiting": "active"}[what]
        return signed(
            {"update_type": "invoice_paid", "payload": {"invoice_id": int(topup.invoice_id or 0), "status": status}}
        )

    def refuses_returns(self) -> None:
        self.side.config(transfers_enabled=False)

    def went_back(self, topup: TopUp) -> list[Any]:
        """A dollar costs 95 rubles there."""
        sent = self.side.ok("getTransfers", count=1000)["items"]
        mine = [one for one in sent if one["user_id"] == topup.customer.telegram_id]
        return sorted(one["amount"] for one in mine)


def signed(update: Any, token: str = payment_side.CRYPTO_TOKEN) -> Told:
    """An update with its signature."""
    body = json.dumps(update).encode()
    key = hashlib.sha256(token.encode()).digest()
    return Told(body, {SIGNATURE: hmac.new(key, body, hashlib.sha256).hexdigest()})
