"""The peer's parts, put together; every change and what it tells of passes through here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.alarm import Alarm
from sandbox.faults import AFTER_WORK, DELIVERY, TRANSPORT, Faults
from sandbox.paypeer import PayPeer
from sandbox.settings import Settings
from sandbox.store import Journal, connect

from . import course, shown
from .notices import Notices, lie, notice
from .once import Once
from .payments import Payment, Payments
from .refunds import Refunds
from .settings import DEFAULTS

CALL_FAULTS = {
    **TRANSPORT,
    AFTER_WORK: "an internal error, though the work is done",
    "202": "accepted, not finished: nothing is done, ask again with the same key",
}
FORGED = {"forged": "a notice at once that the unpaid payment has succeeded"}
REFUND_FAULTS = {
    "refund_canceled": "the refund is made and canceled (reason)",
    "refund_pending": "the refund is under way for a while (seconds), then succeeds",
}
OTHER_AMOUNT = {"other_amount": "the answer says another amount (value, currency)"}
METHODS = {
    "createPayment": CALL_FAULTS | FORGED,
    "getPayment": CALL_FAULTS | OTHER_AMOUNT,
    "listPayments": CALL_FAULTS,
    "capturePayment": CALL_FAULTS,
    "cancelPayment": CALL_FAULTS,
    "createRefund": CALL_FAULTS | REFUND_FAULTS,
    "getRefund": CALL_FAULTS,
    "listRefunds": CALL_FAULTS,
    "me": CALL_FAULTS,
    "notice": DELIVERY,
}


class Peer(PayPeer):
    """One local YooKassa with one shop."""

    def __init__(self, *, data: Path, public_url: str, shop_id: str, secret_key: str, notice_url: str) -> None:
        super().__init__()
        self.db = connect(data / "yookassa.sqlite3")
        self.shop_id, self.secret_key, self.public_url = shop_id, secret_key, public_url.rstrip("/")
        self.settings = Settings(self.db, DEFAULTS)
        if notice_url:
            self.settings.keep("notice_url", notice_url)
        self.payments, self.refunds = Payments(self.db, self.now_ms), Refunds(self.db, self.now_ms)
        self.once = Once(self.db, self.now_ms)
        self.journal = Journal(self.db)
        self.faults = Faults(METHODS)
        self.notices = Notices(self.db, self.settings)
        self.alarm = Alarm(self._due_in_s, lambda: course.expire(self))

    def start(self) -> None:
        """Go on where a stopped or killed process was."""
        self.notices.launch_all()
        self.alarm.start()

    async def close(self) -> None:
        """Stop cleanly; nothing owed is lost."""
        await self.alarm.close()
        await self.notices.close()
        self.db.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """As ever; what it made due is looked at."""
        with super().change():
            yield
        self.alarm.look()

    def left(self, payment: Payment) -> int:
        """Kopecks of a payment that can still be given back."""
        return payment.minor - self.refunds.sum_of(payment.id, "pending", "succeeded")

    def tell_of(self, payment_id: str, event: str) -> None:
        """Owe a notice, inside `change`."""
        about = shown.payment(self, self.payments[payment_id])
        self._tell(payment_id, notice(event, about), lie(about))

    def tell_of_refund(self, refund_id: str) -> None:
        """Owe refund.succeeded, inside `change`."""
        refund = self.refunds.get(refund_id)
        assert refund is not None
        payment = shown.payment(self, self.payments[refund.payment_id])
        self._tell(refund.id, notice("refund.succeeded", shown.refund(self, refund)), lie(payment))

    def lie_of_unpaid(self, payment: Payment) -> None:
        """Under the fault createPayment/forged: a stranger says at once that it has been paid. Inside `change`."""
        url = self.settings["notice_url"]
        if url and self.faults.take("createPayment", FORGED):
            self._owed.append(self.notices.owe(payment.id, url, lie(shown.payment(self, payment)), forged=True))

    def fate_of_refund(self) -> dict[str, Any]:
        """The state that a new refund is in."""
        fault = self.faults.take("createRefund", REFUND_FAULTS)
        if fault is None:
            return {"status": "succeeded"}
        if fault.name == "refund_canceled":
            return {"status": "canceled", "reason": str(fault.params.get("reason", "general_decline"))}
        return {"status": "pending", "due_ms": self.now_ms() + round(fault.seconds() * 1000)}

    def _tell(self, about: str, body: dict[str, Any], forged: dict[str, Any]) -> None:
        url = self.settings["notice_url"]
        if url:
            self._owed += self.notices.owe_under(self.faults.take("notice", DELIVERY), about, url, body, forged)

    def _due_in_s(self) -> float | None:
        due = [ms for ms in (self.payments.next_due_ms(), self.refunds.next_due_ms()) if ms is not None]
        return max(0.0, (min(due) - self.now_ms()) / 1000) if due else None
