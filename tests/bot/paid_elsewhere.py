"""A provider that is paid on a page of its own, as the tests say: what bills and their messages are tried with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from payments.providers import Forged, Invoice, Notice, Price, Refused
from payments.refund import Refund
from payments.topup import TopUp


@dataclass
class Page:
    """`paid` and `refuses` are what the test makes of it."""

    name: str = "yookassa"
    invoices: bool = True
    partial: bool = True
    on: bool = True
    paid: bool = False
    refuses: bool = False
    made: list[str] = field(default_factory=list)

    def ready(self) -> bool:
        return self.on

    def price(self, rubles: Decimal) -> Price:
        return Price("RUB", int(rubles * 100), Decimal(100))

    def create(self, topup: TopUp) -> Invoice:
        if self.refuses:
            raise Refused("shop is closed: internal words")
        self.made.append(topup.payload)
        return Invoice(f"inv-{topup.pk}", f"https://pay.example/{topup.payload}")

    def parse(self, body: bytes, headers: Mapping[str, str]) -> str:
        raise Forged("it has no notices")

    def query(self, topup: TopUp) -> Notice:
        return Notice(
            self.name, f"pay-{topup.pk}", topup.payload, "RUB", topup.minor_amount, "paid" if self.paid else "waiting"
        )

    def refund(self, refund: Refund) -> str:
        if self.refuses:
            raise Refused("not today: internal words")
        return f"back-{refund.pk}"

    def reconcile(self, since: datetime, place: int) -> Iterator[Notice]:
        return iter(())
