"""A provider of the tests' own: it lives in memory, has invoices and partial returns, and fails as it is told to."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal

from payments.providers import Invoice, Notice, Price, Refused, Unavailable
from payments.refund import Refund
from payments.topup import TopUp
from reliability import clock


class Bank:
    """Kopecks. `listed` is its list, oldest first; `made` are its returns, by the reference that each was asked under."""

    name: ClassVar[str] = "bank"
    invoices: ClassVar[bool] = True
    partial: ClassVar[bool] = True

    def __init__(self) -> None:
        self.silent = self.loses_answers = False
        self.no = ""  # what it says instead of doing anything
        self.declined = ""  # why a payment that it cancels was refused
        self.listed: list[tuple[datetime, Notice]] = []
        self.made: dict[str, str] = {}
        self.asked: list[str] = []
        self.looked: list[datetime] = []

    def ready(self) -> bool:
        return True

    def price(self, rubles: Decimal) -> Price:
        return Price("RUB", int(rubles * 100), Decimal(100))

    def create(self, topup: TopUp) -> Invoice:
        self._speaks("create")
        return Invoice(f"invoice-{topup.pk}", "https://bank.example/pay")

    def parse(self, body: bytes, headers: Mapping[str, str]) -> str:
        return body.decode()

    def query(self, topup: TopUp) -> Notice:
        self._speaks("query")
        paid = [one for _at, one in self.listed if one.payload == topup.payload and one.news == "paid"]
        waiting: Literal["waiting", "cancelled"] = "cancelled" if self.no else "waiting"
        return (
            paid[0]
            if paid
            else Notice(self.name, "", topup.payload, "RUB", topup.minor_amount, news=waiting, declined=self.declined)
        )

    def refund(self, refund: Refund) -> str:
        self._speaks(refund.ref)
        if self.no:
            raise Refused(self.no)
        if refund.ref not in self.made:
            self.made[refund.ref] = f"return-{len(self.made) + 1}"
            self.returns(refund.topup.external_id or "", refund.minor_amount, self.made[refund.ref])
        if self.loses_answers:
            raise Unavailable("the line is cut")
        return self.made[refund.ref]

    def reconcile(self, since: datetime, place: int) -> Iterator[Notice]:
        self.looked.append(since)
        self._speaks("reconcile")
        yield from [notice for at, notice in self.listed if at >= since]

    def receives(self, payment: str, offer: TopUp | str, minor: int = 10_000, **odd: object) -> Notice:
        """Somebody has paid."""
        payload = offer.payload if isinstance(offer, TopUp) else offer
        notice = Notice(**{"provider": self.name, "external_id": payment, "payload": payload, "currency": "RUB", "minor_amount": minor} | odd)  # type: ignore[arg-type]  # fmt: skip
        self.listed.append((clock.now(), notice))
        return notice

    def returns(self, payment: str, minor: int = 10_000, number: str = "return-x") -> Notice:
        """It gives money back, by itself or because we have asked."""
        notice = Notice(self.name, payment, "", "RUB", minor, news="refunded", refund_id=number)
        self.listed.append((clock.now(), notice))
        return notice

    def _speaks(self, what: str) -> None:
        self.asked.append(what)
        if self.silent:
            raise Unavailable("no answer")
