"""The peer's parts, put together; every change and what it tells of passes through here."""

from __future__ import annotations

import time
from pathlib import Path

from sandbox.faults import AFTER_WORK, DELIVERY, TRANSPORT, Faults
from sandbox.paypeer import PayPeer
from sandbox.settings import Settings
from sandbox.store import Journal, connect

from .invoices import Invoice, Invoices
from .methods import METHODS, shown
from .rates import Rates
from .settings import DEFAULTS
from .transfers import Transfers
from .updates import Updates, lie, update

CALL_FAULTS = {**TRANSPORT, AFTER_WORK: "an internal error, though the work is done", "code": "a refusal (code, name)"}
FORGED = {"forged": "an update at once, wrongly signed, that the unpaid invoice is paid"}
OTHER_AMOUNT = {"other_amount": "the answer says another amount (value, currency)"}
NOTICE = "notice"


class Peer(PayPeer):
    """One local Crypto Pay with one app."""

    def __init__(self, *, data: Path, public_url: str, token: str, notice_url: str) -> None:
        super().__init__()
        self.db = connect(data / "cryptopay.sqlite3")
        self.token, self.public_url = token, public_url.rstrip("/")
        self.settings = Settings(self.db, DEFAULTS)
        if notice_url:
            self.settings.keep("notice_url", notice_url)
        self.rates = Rates(self.settings)
        self.invoices = Invoices(self.db, self.now_ms)
        self.transfers = Transfers(self.db, self.settings, self.now_ms)
        self.journal = Journal(self.db)
        known = dict.fromkeys(METHODS, CALL_FAULTS) | {NOTICE: DELIVERY}
        known |= {"createInvoice": CALL_FAULTS | FORGED, "getInvoices": CALL_FAULTS | OTHER_AMOUNT}
        self.faults = Faults(known)
        self.notices = Updates(self.db, self.settings, token)

    def start(self) -> None:
        """Go on where a stopped or killed process was."""
        self.notices.launch_all()

    async def close(self) -> None:
        """Stop cleanly; nothing owed is lost."""
        await self.notices.close()
        self.db.close()

    def tell_of(self, invoice_id: int) -> None:
        """Owe invoice_paid, inside `change`."""
        invoice, url, now = self.invoices.get(invoice_id), self.settings["notice_url"], self.now_ms()
        if invoice is None or not url:
            return
        about = shown(self, invoice)
        fault = self.faults.take(NOTICE, DELIVERY)
        bodies = update(self._number(), about, now), lie(self._number(), about, now)
        self._owed += self.notices.owe_under(fault, str(invoice_id), url, *bodies)

    def lie_of_unpaid(self, invoice: Invoice) -> None:
        """Under the fault createInvoice/forged: a stranger says at once that it has been paid. Inside `change`."""
        url = self.settings["notice_url"]
        if url and self.faults.take("createInvoice", FORGED):
            body = lie(self._number(), shown(self, invoice), self.now_ms())
            self._owed.append(self.notices.owe(str(invoice.id), url, body, forged=True))

    def _number(self) -> int:
        """An update_id: not the same twice, and not in order, as the real ones."""
        return time.time_ns() // 1000
