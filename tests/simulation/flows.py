"""Flows of money as scripts: what a person does, one deed after the other, and the weather that belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from tests.simulation.people import Person

if TYPE_CHECKING:
    from tests.simulation.world import World

GIVES_UP: Final = timedelta(minutes=8)  # a deed that never becomes possible: what it builds on died
ANNA: Final = 501


@dataclass(frozen=True, slots=True)
class Flow:
    """`weather` are the faults that always strike in it; nothing else goes wrong."""

    name: str
    deeds: tuple[str, ...]
    weather: tuple[str, ...] = ()

    def person(self, world: World) -> Scripted:
        return Scripted(world, ANNA, self.deeds)


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
            "pay": lambda: [one for one in self.messages if one.invoice],
            "bill": lambda: self.telegram.said[self.id],
            "return_some": lambda: self.world.operator.paid(),
            "return_all": lambda: self.world.operator.paid(),
            "others_return": lambda: self.world.operator.paid(),
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
            "return_some": lambda: operator.returns(operator.paid()[0], Decimal("10.00")),
            "return_all": lambda: operator.returns(operator.paid()[0], operator.left(operator.paid()[0])),
            "others_return": lambda: operator.others_return(operator.paid()[0]),
        }
        does[deed]()


ORDER: Final = ("start", "describe", "confirm")
STARS: Final = ("hello", "sum", "pay")
BILL: Final = ("hello", "bill")
FLOWS: Final = (
    Flow("an order that succeeds", ORDER),
    Flow("an order that fails", ORDER, ("task_fails",)),
    Flow("an order whose picture is lost", ORDER, ("result_lost",)),
    Flow("stars", STARS),
    Flow("stars told of twice", STARS, ("payment_told_twice",)),
    Flow("stars that an operator returns", (*STARS, "return_all")),
    Flow("stars that Telegram returns", (*STARS, "others_return")),
    Flow("a bill", BILL),
    Flow("a bill whose notice is lost", BILL, ("notice_lost",)),
    Flow("a bill that nobody pays", BILL, ("bill_left",)),
    Flow("a bill returned in two parts", (*BILL, "return_some", "return_all")),
    Flow("a bill whose return is refused", (*BILL, "return_some"), ("bank_refuses_returns",)),
    Flow("a bill that was spent and that the bank returns", (*BILL, *ORDER, "others_return")),
)
