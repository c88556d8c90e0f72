"""A simulated payment provider: invoices that people pay or leave, returns, and notices that may come early, twice, late or never.

It stands where a provider's module stands, so what our code knows of it is the interface alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from unittest.mock import patch

from payments import providers
from payments.providers import Forged, Invoice, Notice, Price, Refused, Unavailable
from tests.simulation.actors import payment_notice
from tests.simulation.peers.post import Post

if TYPE_CHECKING:
    from payments.refund import Refund
    from payments.topup import TopUp
    from tests.simulation.world import World

SIGNED = "by-the-bank"


@dataclass
class Bill:
    """An invoice, and the money that has moved for it."""

    id: str
    payload: str
    minor: int
    decides_at: datetime
    state: str = "waiting"
    returned: dict[str, int] = field(default_factory=dict)  # by our ref

    @property
    def payment(self) -> str:
        return f"pay-{self.id}"


class Bank:
    """The provider, and behind it the people who pay."""

    name: ClassVar[str] = "bank"
    invoices: ClassVar[bool] = True
    partial: ClassVar[bool] = True

    def __init__(self, world: World) -> None:
        self.world = world
        self.bills: dict[str, Bill] = {}
        self.news = Post(world, self.name, "notice")

    @contextmanager
    def plugged(self) -> Iterator[None]:
        """Within the block it is a registered way to pay."""
        with patch.dict(providers._known, {self.name: self}):
            yield

    # The interface.

    def ready(self) -> bool:
        return True

    def price(self, rubles: Decimal) -> Price:
        return Price("RUB", int(rubles * 100), Decimal(100))

    def create(self, topup: TopUp) -> Invoice:
        return self._asked("create", partial(self._bill, topup.payload, topup.minor_amount))

    def parse(self, body: bytes, headers: Mapping[str, str]) -> str:
        if headers.get("signature") != SIGNED:
            raise Forged("a stranger's")
        return str(json.loads(body)["invoice"])

    def query(self, topup: TopUp) -> Notice:
        return self._asked("query", partial(self._said, topup.invoice_id or ""))

    def refund(self, refund: Refund) -> str:
        return self._asked(
            "refund", partial(self._give_back, refund.topup.external_id or "", refund.ref, refund.minor_amount)
        )

    def reconcile(self, since: datetime, place: int) -> Iterator[Notice]:
        yield from self._asked("reconcile", lambda: list(self._all()))

    def _asked(self, what: str, effect: Callable[[], Any]) -> Any:
        return self.world.request(self.name, what, partial(self._answer, what, effect))

    def _answer(self, what: str, effect: Callable[[], Any]) -> Any:
        fault = self.world.faults.one_of("bank_silent", "bank_answer_lost")
        if fault:
            self.world.tell(self.name, f"{fault.removeprefix('bank_')}: {what}")
        if fault == "bank_silent":
            raise Unavailable("no answer")
        done = effect()
        if fault == "bank_answer_lost":
            raise Unavailable("no answer")
        return done

    def _lies(self, bill: Bill) -> None:
        """A stranger tells us of money that never moved, perhaps with a signature that he has seen."""
        if self.world.faults.strikes("notice_forged"):
            self._tell(bill, self.world.luck.choice((SIGNED, "by-a-stranger")))

    def _bill(self, payload: str, minor: int) -> Invoice:
        if self.world.faults.strikes("bank_refuses"):
            raise Refused("the shop is closed")
        if payload not in self.bills:
            decides_at = self.world.now + timedelta(seconds=self.world.luck.choice((0, 3, 20, 90)))
            self.bills[payload] = Bill(f"bill-{len(self.bills) + 1}", payload, minor, decides_at)
            self.world.tell(self.name, f"{self.bills[payload].id} over {minor}")
            self._lies(self.bills[payload])
        bill = self.bills[payload]
        return Invoice(bill.id, f"https://bank.example/{bill.id}")

    def _said(self, invoice: str) -> Notice:
        bill = self._of(invoice)
        return self._notice(bill, {"paid": "paid", "cancelled": "cancelled"}.get(bill.state, "waiting"))

    def _give_back(self, payment: str, ref: str, minor: int) -> str:
        bill = next(one for one in self.bills.values() if one.payment == payment)
        if ref not in bill.returned:
            if self.world.faults.strikes("bank_refuses_returns") or sum(bill.returned.values()) + minor > bill.minor:
                raise Refused("not enough on the account")
            bill.returned[ref] = minor
            self.world.tell(self.name, f"returns {minor} of {bill.id}")
        return f"back-{ref}"

    def _all(self) -> Iterator[Notice]:
        for bill in self.bills.values():
            if bill.state == "paid":
                yield self._notice(bill, "paid")
                for ref, minor in bill.returned.items():
                    yield Notice(
                        self.name, bill.payment, bill.payload, "RUB", minor, "refunded", refund_id=f"back-{ref}"
                    )

    def _notice(self, bill: Bill, news: Any) -> Notice:
        return Notice(self.name, bill.payment, bill.payload, "RUB", bill.minor, news)

    def _of(self, invoice: str) -> Bill:
        return next(one for one in self.bills.values() if one.id == invoice)

    # People who pay, and what comes of it.

    def moves(self) -> list[Callable[[], None]]:
        now = self.world.now
        undecided = [one for one in self.bills.values() if one.state == "waiting" and one.decides_at <= now]
        return [partial(self._decides, one) for one in undecided] + self.news.moves()

    def next_due(self) -> list[datetime]:
        decisions = [one.decides_at for one in self.bills.values() if one.state == "waiting"]
        return decisions + self.news.next_due()

    def _decides(self, bill: Bill) -> None:
        bill.state = "cancelled" if self.world.faults.strikes("bill_left") else "paid"
        self.world.tell(self.name, f"{bill.id} is {bill.state}")
        faults = self.world.faults
        if not faults.strikes("notice_lost"):
            late = timedelta(seconds=40 if faults.strikes("notice_late") else 0)
            for _ in range(3 if faults.strikes("notice_repeated") else 1):
                self._tell(bill, SIGNED, late)

    def returns(self, bill: Bill, *, whole: bool = True) -> None:
        """By its own will, or the person's bank: nobody of ours has asked. All that is left of it, or half."""
        minor = bill.minor - sum(bill.returned.values())
        minor = minor if whole else minor // 2
        if bill.state == "paid" and minor > 0:
            bill.returned[f"by-itself-{bill.id}-{len(bill.returned)}"] = minor
            self.world.tell(self.name, f"returns {minor} of {bill.id} by itself")

    def _tell(self, bill: Bill, signature: str, after: timedelta = timedelta(0)) -> None:
        request = partial(payment_notice, self.name, signature, json.dumps({"invoice": bill.id}).encode())
        self.news.send(request, genuine=signature == SIGNED, after=after)
