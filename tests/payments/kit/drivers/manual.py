"""The bank transfer, as the kit drives it: the person sends a receipt, and the news is an operator's word."""

from __future__ import annotations

from typing import Any

from payments import topups
from payments.models import TopUp
from tests.payments.kit.drivers.driver import Driver
from tests.payments.kit.ear import Ear, Told
from tests.payments.papers import taken


class Manual(Driver):
    """There is no machine on the other side, so nothing can be asked, listed, forged or returned by itself (tests/payments/test_manual)."""

    name = "manual"
    bills = asked = listens = lists = returns = partial = False
    returns_itself = other_sums = other_currencies = says_no = False

    def __init__(self, origin: str, ear: Ear, settings: Any) -> None:
        super().__init__(origin, ear, settings)
        settings.PAYMENT_PHONE, settings.PAYMENT_BANK = "+79990001122", "Банк"
        self._told: list[Told] = []

    def pays(self, topup: TopUp, invoice_id: str = "") -> None:
        taken(topup)
        self._told.append(Told(str(topup.pk).encode()))

    def notice(self) -> Told:
        return self._told.pop(0)

    def tells(self, told: Told, path: str = "") -> int:
        """An operator says that the money has come; a second one says it again."""
        topups.approve(int(told.body), by="admin:1")
        return 200
