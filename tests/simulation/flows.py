"""Flows of money as scripts: what a person does, one deed after the other, and the weather that belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.simulation.people import Person

if TYPE_CHECKING:
    from tests.simulation.world import World

GIVES_UP: Final = timedelta(minutes=8)  # a deed that never becomes possible: what it builds on died
ANNA: Final = 501
BORIS: Final = 502


@dataclass(frozen=True, slots=True)
class Flow:
    """`weather` are the faults that always strike in it; nothing else goes wrong. `friend` is what Boris does meanwhile."""

    name: str
    deeds: tuple[str, ...]
    weather: tuple[str, ...] = ()
    friend: tuple[str, ...] = ()

    def people(self, world: World) -> list[Scripted]:
        scripts = {ANNA: self.deeds, BORIS: self.friend}
        return [Scripted(world, who, script) for who, script in scripts.items() if script]

    @property
    def transfers(self) -> bool:
        return "transfer" in self.deeds


class Scripted(Person):
    """Does its deeds in order, each as soon as what it needs is there."""

    def __init__(self, world: World, telegram_id: int, script: tuple[str, ...]) -> None:
        super().__init__(world, telegram_id, len(script))
        self.script = list(script)
        self.since = self.next_at = world.now

    def ready(self) -> bool:
        if self.script and self.world.now > self.since + GIVES_UP:
            self.script, self.deeds = [], 0
        return bool(self.script) and self.world.now >= self.next_at and self._can(self.script[0])

    def due(self) -> datetime:
        return self.next_at if self.next_at > self.world.now else self.world.now + timedelta(seconds=2)

    def acts(self) -> None:
        deed = self.script.pop(0)
        self.deeds = len(self.script)
        self.since = self.world.now
        self.next_at = self.world.now + timedelta(seconds=1)
        self._do(deed)
        self.seen = self.telegram.said[self.id]

    def _can(self, deed: str) -> bool:
        needs: dict[str, Callable[[], object]] = {
            "describe": lambda: self.telegram.said[self.id] > self.seen,
            "confirm": lambda: self._newest("run:"),
            "sum": lambda: self.telegram.said[self.id],
            "transfer": lambda: self._newest("by:manual:"),
            "sent": lambda: self._newest("sent:"),
            "receipt": lambda: self.telegram.said[self.id] > self.seen,
            "receipt_again": lambda: self.receipts and self.world.operator.waiting(),
            "code": lambda: self.telegram.said[self.id],
            "join": lambda: self.world.shop.link_of(ANNA),
            **dict.fromkeys(JUDGEMENTS, lambda: self.world.operator.waiting()),
            "pay": lambda: [one for one in self.messages if one.invoice],
            "bill": lambda: self.telegram.said[self.id],
            "return_some": lambda: self.world.operator.paid(),
            "return_all": lambda: self.world.operator.paid(),
            "others_return": lambda: self.world.operator.paid(),
            "others_return_half": lambda: self.world.operator.paid(),
        }
        return deed not in needs or bool(needs[deed]())

    def _do(self, deed: str) -> None:
        operator = self.world.operator
        does: dict[str, Callable[[], None]] = {
            "hello": lambda: self.writes("/start"),
            "start": lambda: self.taps(f"start:{self.world.model}"),
            "describe": self._describes,
            "confirm": lambda: self.taps(self._newest("run:") or ""),
            "sum": lambda: self.taps("pay:50"),
            "pay": lambda: self._asks_to_pay(next(one for one in reversed(self.messages) if one.invoice)),
            "bill": self._orders_a_bill,
            "transfer": lambda: self.taps(self._newest("by:manual:") or ""),
            "sent": lambda: self.taps(self._newest("sent:") or ""),
            "receipt": lambda: self._sends_receipt(f"{self.id}-{len(self.receipts)}"),
            "receipt_again": lambda: self._sends_receipt(self.receipts[-1]),
            "code": self._redeems,
            "link": lambda: self.writes("/invite"),
            "join": lambda: self.writes(f"/start ref_{self.world.shop.link_of(ANNA)}"),
            **{name: partial(self._judged, *how) for name, how in JUDGEMENTS.items()},
            "return_some": lambda: operator.returns(operator.paid()[0], Decimal("10.00")),
            "return_all": lambda: operator.returns(operator.paid()[0], operator.left(operator.paid()[0])),
            "others_return": lambda: operator.others_return(operator.paid()[0]),
            "others_return_half": lambda: operator.others_return(operator.paid()[0], whole=False),
        }
        does[deed]()

    def _judged(self, *judgements: str) -> None:
        self.world.operator.decide(self.world.operator.waiting()[0], *judgements)


JUDGEMENTS: Final = {
    "approve": ("approve",),
    "reject": ("reject",),
    "approve_twice": ("approve", "same form"),
    "both_approve": ("approve", "approve"),
    "one_rejects": ("reject", "approve"),
}
ORDER: Final = ("start", "describe", "confirm")
STARS: Final = ("hello", "sum", "pay")
BILL: Final = ("hello", "bill")
RECEIPT: Final = ("hello", "sum", "transfer", "sent", "receipt")
FLOWS: Final = (
    Flow("an order that succeeds", ORDER),
    Flow("an order that fails", ORDER, ("task_fails",)),
    Flow("an order whose picture is lost", ORDER, ("result_lost",)),
    Flow("an order whose picture comes late", ORDER, ("task_late",)),
    Flow("an order on an empty account", ORDER, ("account_dry",)),
    Flow("stars", STARS),
    Flow("stars told of twice", STARS, ("payment_told_twice",)),
    Flow("stars that an operator returns", (*STARS, "return_all")),
    Flow("stars that Telegram returns", (*STARS, "others_return")),
    Flow("a bill", BILL),
    Flow("a bill whose notice is lost", BILL, ("notice_lost",)),
    Flow("a bill that nobody pays", BILL, ("bill_left",)),
    Flow("a bill returned in part", (*BILL, "return_some")),
    Flow("a bill returned in two parts", (*BILL, "return_some", "return_all")),
    Flow("a bill whose return is refused", (*BILL, "return_some"), ("bank_refuses_returns",)),
    Flow("a bill that was spent and that the bank returns", (*BILL, *ORDER, "others_return")),
    Flow("a bill of which the bank returns half", (*BILL, "others_return_half")),
    Flow("a promo code, twice", ("hello", "code", "code")),
    Flow("the last use of a promo code, by two people", ("hello", "code"), friend=("hello", "code")),
    Flow("an invited friend who pays", ("hello", "link"), friend=("join", *STARS[1:], *ORDER)),
    Flow("an invited friend who spends what was given", ("hello", "link"), friend=("join", *ORDER)),
    Flow("a receipt, approved", (*RECEIPT, "approve")),
    Flow("a receipt sent twice, rejected", (*RECEIPT, "sent", "receipt_again", "reject")),
    Flow("a receipt approved by a form sent twice", (*RECEIPT, "approve_twice")),
    Flow("a receipt that two operators approve at once", (*RECEIPT, "both_approve")),
    Flow("a receipt that one operator rejects and one approves", (*RECEIPT, "one_rejects")),
)
