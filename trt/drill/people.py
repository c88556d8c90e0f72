"""Synthetic people: /start, taps through the menus, orders with a confirm, payments in Stars; as many and as quick as you say.

Each update can be told from all others by its answer: a name or a prompt that carries its number, a message of its own
under each tap, a sum that its payer never paid before.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from trt.drill.load import Load, Sent
from trt.drill.telegram import Call, Telegram

FIRST_PERSON = 7_200_000_001
LEAST_RUBLES, MOST_RUBLES = 51, 900
ROOM_S = 2.2  # seconds between the updates of one person: Telegram lets a bot say one thing a second in a chat
MOST_UNANSWERED = 5
LOOKS = ("menu", "balance", "topup", "history:0", "shelf:image:0", "languages", "help")


@dataclass
class Order:
    """A confirm, tapped perhaps twice: at most one job may come of it."""

    key: str  # dialog:revision, the job's idempotency key
    taps: list[Sent]


@dataclass
class Payment:
    """Stars paid under a charge id: one credit."""

    charge: str
    rubles: int
    update: Sent


@dataclass
class Crowd:
    """All of them, and what they did that must have one effect."""

    telegram: Telegram
    load: Load
    rate: float  # updates a second, all together
    chance: random.Random
    orders: list[Order] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    model: int = 0  # AIModel.pk of what they order
    refusals: list[str] = field(default_factory=list)  # pre-checkouts that were not answered with yes
    _people: list[asyncio.Task[None]] = field(default_factory=list)

    def come(self, model: int) -> None:
        """Begin, and order `model`, which asks for a text alone; each goes on until `leave`."""
        self.model = model
        count = max(2, round(self.rate * ROOM_S))
        for number in range(count):
            person = _Person(self, FIRST_PERSON + number)
            self._people.append(asyncio.create_task(person.live(first_pause_s=ROOM_S * number / count)))

    def check(self) -> None:
        """Raise what stopped a person: none of them ever ends by itself."""
        for person in self._people:
            if person.done() and not person.cancelled():
                person.result()

    async def leave(self) -> None:
        """No more updates; what was posted is still delivered. Raises what stopped a person."""
        self.check()
        await self.dismiss()

    async def dismiss(self) -> None:
        """The same, whatever happened to them."""
        for person in self._people:
            person.cancel()
        await asyncio.gather(*self._people, return_exceptions=True)
        self._people.clear()


class _Person:
    def __init__(self, crowd: Crowd, chat: int) -> None:
        self.crowd, self.chat, self.load = crowd, chat, crowd.load
        self.rubles = LEAST_RUBLES
        self.messages = 0

    async def live(self, first_pause_s: float) -> None:
        await asyncio.sleep(first_pause_s)
        walks: list[Callable[[], Awaitable[None]]] = [self.look, self.look, self.order, self.pay]
        await self.start()
        while True:
            await self.crowd.chance.choice(walks)()

    async def start(self) -> None:
        """/start under a name that is in the answer."""
        number = self.load.next_id()
        name = f"u{number}u"
        await self._does(
            number, "message", {"text": "/start"}, lambda call: _new(call) and name in call.text, name=name
        )

    async def look(self) -> None:
        """A few screens, tapped all at once as impatient people do: the next is there before the first is answered."""
        await self.start()
        first, *others = self.crowd.chance.sample(LOOKS, 3)
        await self.tap(first)
        for action in others:
            await self.tap(action, at_once=True)
        await asyncio.sleep(ROOM_S * len(others))

    async def order(self) -> None:
        """A model, a prompt, the confirm: tapped twice by every third."""
        await self.tap(f"start:{self.crowd.model}")
        number = self.load.next_id()
        prompt = f"Рыжий кот u{number}u на окне"

        def shown(call: Call) -> bool:
            """The confirmation; an order stands under the news of a payment, too, where that is told twice."""
            runs = any(key.startswith("run:") for key in call.keys)
            return _new(call) and f"u{number}u" in call.text and runs and "✅" not in call.text.split("\n", 1)[0]

        await self._does(number, "message", {"text": prompt}, shown)
        confirmation = await self.crowd.telegram.said(self.chat, shown)
        run = next(key for key in confirmation.keys if key.startswith("run:"))
        order = Order(run.removeprefix("run:"), [await self.tap(run)])
        self.crowd.orders.append(order)
        if self.crowd.chance.random() < 1 / 3:
            order.taps.append(await self.tap(run, at_once=True))

    async def pay(self) -> None:
        """A bill, Telegram's question before the payment, the payment; a sum that this person never paid before."""
        await self.start()
        rubles, self.rubles = self.rubles, self.rubles + 1
        await self.tap(f"pay:{rubles}")
        bill = await self.crowd.telegram.said(self.chat, lambda call: _bill_of(call) == rubles)
        stars = _stars(bill)
        facts = {"currency": "XTR", "total_amount": stars, "invoice_payload": bill.params["payload"]}
        number = self.load.next_id()
        asked = self.load.post(
            number, self.chat, "pre_checkout_query", {"id": str(number), "from": self._me(), **facts}
        )
        await asked.taken.wait()
        if (asked.reply or {}).get("ok") is not True:
            self.crowd.refusals.append(f"{rubles} ₽: {asked.reply}")
            return
        number = self.load.next_id()
        charge = f"charge-{number}"
        paid = {**facts, "telegram_payment_charge_id": charge, "provider_payment_charge_id": charge}

        def credited(call: Call) -> bool:
            first = call.text.split("\n", 1)[0]
            return _new(call) and f"{rubles},00" in first and "✅" in first

        sent = await self._does(number, "message", {"successful_payment": paid}, credited)
        self.crowd.payments.append(Payment(charge, rubles, sent))
        await self.crowd.telegram.said(self.chat, credited)  # an order begun now would be shown under the credit

    async def tap(self, data: str, *, at_once: bool = False) -> Sent:
        """A button under a message of its own, which the answer replaces."""
        number = self.load.next_id()
        self.messages += 1
        message_id = self.messages
        under = {"message_id": message_id, "date": int(time.time()), "chat": self._chat(), "text": "…"}
        content = {"id": str(number), "message": under, "chat_instance": "1", "data": data}
        return await self._does(
            number,
            "callback_query",
            content,
            lambda call: call.method == "editMessageText" and call.message_id == message_id,
            at_once=at_once,
        )

    async def _does(
        self,
        number: int,
        kind: str,
        content: dict[str, Any],
        fits: Callable[[Call], bool],
        *,
        name: str = "Анна",
        at_once: bool = False,
    ) -> Sent:
        """After a moment's pause. No await stands between the post and the return: what was posted is accounted for."""
        if not at_once:
            await asyncio.sleep(ROOM_S * self.crowd.chance.uniform(0.5, 1.5))
        while self.load.waiting(self.chat) >= MOST_UNANSWERED:
            await asyncio.sleep(0.1)
        if kind == "message":
            self.messages += 1
            content = {"message_id": self.messages, "date": int(time.time()), "chat": self._chat(), **content}
        return self.load.post(number, self.chat, kind, {"from": self._me(name), **content}, fits)

    def _me(self, name: str = "Анна") -> dict[str, Any]:
        return {"id": self.chat, "is_bot": False, "first_name": name, "language_code": "ru"}

    def _chat(self) -> dict[str, Any]:
        return {"id": self.chat, "type": "private", "first_name": "Анна"}


def _new(call: Call) -> bool:
    return call.method == "sendMessage"


def _bill_of(call: Call) -> int:
    """The rubles of a bill, 0 if it is none."""
    title = call.params["title"] if call.method == "sendInvoice" else ""
    return int("".join(filter(str.isdigit, title)) or 0)


def _stars(bill: Call) -> int:
    return int(json.loads(bill.params["prices"])[0]["amount"])
