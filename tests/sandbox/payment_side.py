"""The local payment providers as their clients meet them: addresses, HTTP and YooKassa's own SDK. Nothing of them is imported here."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import requests
from yookassa import Configuration, Payment, Refund
from yookassa.domain.response import PaymentResponse, RefundResponse

from tests.sandbox.kie_side import DEADLINE_S, Receiver, until

SHOP_ID, SECRET_KEY, CRYPTO_TOKEN = "100500", "test_key-of-the-tests", "70003:test-crypto-token"
QUICK = {"notice_pause_s": 0.02, "notice_tries": 4, "notice_timeout_s": 15, "clock_ahead_s": 0}
_KEYS = itertools.count(1)


class Side:
    """What all peers have: faults, config, journal."""

    def __init__(self, origin: str, receiver: Receiver | None = None) -> None:
        self.origin, self.receiver = origin, receiver
        self.session = requests.Session()

    def sandbox(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.session.request(method, f"{self.origin}/sandbox/{path}", json=body, timeout=DEADLINE_S)

    def config(self, **settings: Any) -> dict[str, Any]:
        answer = self.sandbox("POST", "config", settings).json()
        assert "error" not in answer, answer
        return answer

    def fault(self, method: str, fault: str, **more: Any) -> None:
        answer = self.sandbox("POST", "faults", {"method": method, "fault": fault, **more}).json()
        assert answer["ok"], answer

    def reset(self, **settings: Any) -> None:
        self.sandbox("DELETE", "faults")
        self.config(**QUICK, notice_url=self.receiver.url if self.receiver else "", **settings)

    def told(self) -> tuple[str, dict[str, Any]]:
        """The next notice's event and its object."""
        assert self.receiver is not None
        _, body = self.receiver.next()
        return body.get("event") or body["update_type"], body.get("object") or body["payload"]

    def settled(self, kind: str, key: str, about: Any) -> list[dict[str, Any]]:
        """What became of the notices of one object, once none is owed any more."""

        def look() -> Any:
            rows = self.sandbox("GET", kind).json()[kind]
            notices = next(row["notices"] for row in rows if row[key] == about)
            return all(notice["state"] != "owed" for notice in notices) and (notices or [{}])

        return [notice for notice in until(look) if notice]


class YooKassa(Side):
    """One shop at the local YooKassa."""

    def point_the_sdk_here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The SDK keeps its configuration in its class."""
        mine = {"account_id": SHOP_ID, "secret_key": SECRET_KEY, "api_url": f"{self.origin}/v3", "auth_token": None}
        for name, value in mine.items():
            monkeypatch.setattr(Configuration, name, value)

    def reset(self, **settings: Any) -> None:
        super().reset(receipt_required=False, **settings)

    def body(self, value: str = "500.00", **more: Any) -> dict[str, Any]:
        confirmation = {"type": "redirect", "return_url": "https://t.me/trt_bot"}
        amount = {"value": value, "currency": "RUB"}
        return {"amount": amount, "capture": True, "confirmation": confirmation, **more}

    def create(self, value: str = "500.00", key: str = "", **more: Any) -> PaymentResponse:
        return Payment.create(self.body(value, **more), key or new_key())

    def paid(self, value: str = "500.00", **more: Any) -> PaymentResponse:
        """A payment that the person has paid, its notice taken."""
        made = self.create(value, **more)
        self.press(made.id, "pay")
        self.told()
        return Payment.find_one(made.id)

    def refund(self, payment: PaymentResponse, value: str, key: str = "") -> RefundResponse:
        amount = {"value": value, "currency": "RUB"}
        return Refund.create({"payment_id": payment.id, "amount": amount}, key or new_key())

    def press(self, payment_id: str, button: str) -> requests.Response:
        return self.sandbox("POST", f"payments/{payment_id}/{button}")

    def post(self, path: str, body: Any, key: str | None = "", auth: Any = (SHOP_ID, SECRET_KEY)) -> requests.Response:
        """Without the SDK, which refuses to send some wrong things."""
        headers = {} if key is None else {"Idempotence-Key": key or new_key()}
        url = f"{self.origin}/v3/{path}"
        return requests.post(url, json=body, headers=headers, auth=auth, timeout=DEADLINE_S)


class CryptoPay(Side):
    """One app at the local Crypto Pay."""

    def reset(self, **settings: Any) -> None:
        rich = dict.fromkeys(("USDT", "TON"), 100)
        rates = {"USDT": 95, "TON": 285}
        more = {"fee_percent": 3, "transfers_enabled": True, "balances": rich, "rates_rub": rates, "rub_per_usd": 95}
        super().reset(**more | settings)

    def call(self, method: str, token: str = CRYPTO_TOKEN, **params: Any) -> dict[str, Any]:
        headers = {"Crypto-Pay-API-Token": token}
        return self.session.post(f"{self.origin}/api/{method}", json=params, headers=headers, timeout=DEADLINE_S).json()

    def ok(self, method: str, **params: Any) -> Any:
        answer = self.call(method, **params)
        assert answer["ok"], answer
        return answer["result"]

    def no(self, method: str, **params: Any) -> tuple[int, str]:
        """A refusal's code and name."""
        answer = self.call(method, **params)
        assert not answer["ok"], answer
        return answer["error"]["code"], answer["error"]["name"]

    def invoice(self, rubles: str = "500", **more: Any) -> dict[str, Any]:
        return self.ok("createInvoice", **{"currency_type": "fiat", "fiat": "RUB", "amount": rubles, **more})

    def pay(self, invoice: dict[str, Any], asset: str = "") -> requests.Response:
        path = f"invoices/{invoice['invoice_id']}/pay" + (f"/{asset}" if asset else "")
        return self.sandbox("POST", path)

    def now(self, invoice: dict[str, Any]) -> dict[str, Any]:
        (found,) = self.ok("getInvoices", invoice_ids=str(invoice["invoice_id"]))["items"]
        return found

    def balance(self, asset: str) -> str:
        return next(one["available"] for one in self.ok("getBalance") if one["currency_code"] == asset)


def new_key() -> str:
    """An idempotence key that no other call has had."""
    return f"key-{next(_KEYS)}"
