"""YooKassa, as the kit drives it."""

from __future__ import annotations

import uuid
from typing import Any

from payments.topup import TopUp
from tests.payments.kit.drivers.driver import Driver, as_json
from tests.payments.kit.ear import Ear, Told
from tests.sandbox import payment_side


class YooKassa(Driver):
    """Its notices bear no signature, so a forged one is just a nudge: what is let in is believed in nothing but its id."""

    name = "yookassa"
    CALLS = {"create": "createPayment", "query": "getPayment", "refund": "createRefund", "list": "listPayments"}

    def __init__(self, origin: str, ear: Ear, settings: Any) -> None:
        super().__init__(origin, ear, settings)
        settings.YOOKASSA_API_URL = origin
        settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_SECRET_KEY = payment_side.SHOP_ID, payment_side.SECRET_KEY
        self.side: payment_side.YooKassa = payment_side.YooKassa(origin)
        self.side.reset()
        self.side.config(notice_url=ear.url)

    def pays(self, topup: TopUp, invoice_id: str = "") -> None:
        assert self.side.press(invoice_id or topup.invoice_id or "", "pay").status_code == 200

    def unknown(self) -> Told:
        return as_json(
            {"type": "notification", "event": "payment.succeeded", "object": {"id": str(uuid.uuid4()), "paid": True}}
        )

    def forged(self) -> list[Told]:
        odd: list[Any] = [
            {"event": "payment.succeeded", "object": {"id": "../refunds"}},
            {"event": "payment.succeeded", "object": {"id": ["x"]}},
            {"event": ["payment.succeeded"], "object": {"id": str(uuid.uuid4())}},
            {"event": "payout.succeeded", "object": {"id": str(uuid.uuid4())}},
            {"event": "refund.succeeded", "object": {"id": str(uuid.uuid4())}},
        ]
        return super().forged() + [as_json(one) for one in odd]

    def says(self, minor_amount: int, currency: str = "RUB") -> None:
        value = f"{minor_amount // 100}.{minor_amount % 100:02d}"
        self.side.fault("getPayment", "other_amount", times=0, value=value, currency=currency)

    def invoices(self, topup: TopUp) -> list[str]:
        return [one["id"] for one in self._all("payments") if one["metadata"].get("offer") == topup.payload]

    def stranger_pays(self) -> str:
        made = self.side.post("payments", self.side.body("77.00")).json()
        self.side.press(made["id"], "pay")
        self.ear.next()
        return made["id"]

    def claims(self, topup: TopUp, what: str) -> Told:
        status = {"paid": "succeeded", "waiting": "canceled"}[what]
        about = {"id": topup.invoice_id, "status": status, "amount": {"value": "100.00", "currency": "RUB"}}
        return as_json({"type": "notification", "event": f"payment.{status}", "object": about})

    def refuses_returns(self) -> None:
        self.side.fault("createRefund", "refund_canceled", times=0, reason="insufficient_funds")

    def went_back(self, topup: TopUp) -> list[Any]:
        mine = [one for one in self._all("refunds") if one["payment_id"] == topup.external_id]
        return sorted(one["amount"]["value"] for one in mine)

    def gives_back(self, topup: TopUp, minor_amount: int) -> None:
        amount = {"value": f"{minor_amount // 100}.{minor_amount % 100:02d}", "currency": "RUB"}
        answer = self.side.post("refunds", {"payment_id": topup.external_id or topup.invoice_id, "amount": amount})
        assert answer.status_code == 200, answer.text

    def _all(self, kind: str) -> list[dict[str, Any]]:
        return self.side.sandbox("GET", "payments").json()[kind]
