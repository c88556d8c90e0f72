"""People: they write, order, tap twice, tap old buttons, pay, get impatient. What they do comes from what they see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from payments import topups
from payments.models import Customer
from reliability import cid
from tests.simulation.peers.telegram import Message
from tests.simulation.shop import CODE

if TYPE_CHECKING:
    from tests.simulation.world import World

PATIENCE = timedelta(seconds=100)
WORDS = ("Рыжий кот на окне", "A lighthouse in fog", "Кофейня в дождь")
COMMANDS = ("/start", "/balance", "/menu", "/history", "/cancel")


@dataclass(frozen=True, slots=True)
class Likes:
    """How often somebody thinks of what they could do."""

    pay: int = 0  # in stars
    order: int = 0
    bank: int = 0  # a bill on a page
    code: int = 0
    transfer: int = 0  # to the operator's card


PLAIN = (
    Likes(order=2),
    Likes(order=12),
    Likes(pay=12, order=1),
    Likes(order=6, bank=6),
    Likes(pay=2, order=1, bank=12),
)
RARER = (Likes(pay=1, order=2, code=8), Likes(order=1, transfer=12), Likes(pay=2, order=2, code=4, transfer=8))
TASTES = (*PLAIN, *PLAIN, *RARER)  # most histories are of orders: the bugs of those are many
FRIENDS = Likes(pay=8, order=6)  # of somebody who came by a link: they may earn it a reward


class Person:
    """Somebody with a chat and so many things left to do."""

    def __init__(self, world: World, telegram_id: int, deeds: int, *, by_link_of: int = 0) -> None:
        self.world, self.id, self.deeds, self.by_link_of = world, telegram_id, deeds, by_link_of
        self.next_at = world.now + timedelta(seconds=world.luck.randint(0, 3) + 20 * bool(by_link_of))
        self.telegram = world.telegram
        self.seen, self.waits_until = -1, world.now
        self.asked = False  # by the wizard: words are waited for
        self.asked_receipt = False
        self.wrote = 0
        self.likes = FRIENDS if by_link_of else world.luck.choice(TASTES)
        self.receipts: list[str] = []  # contents of those that were sent
        self.confirmed: set[str] = set()  # the confirm buttons that were ever tapped
        old = Message(1, "from last week", [f"start:{world.model}", "pay:50", f"again:{10**9}"])
        world.telegram.chats[self.id] = [old]

    @property
    def messages(self) -> list[Message]:
        return self.telegram.chats[self.id]

    def due(self) -> datetime:
        """When they act next: as they like, once an answer is there; without one when their patience ends."""
        return self.next_at if self.telegram.said[self.id] > self.seen else max(self.next_at, self.waits_until)

    def ready(self) -> bool:
        return self.deeds > 0 and self.world.now >= self.due()

    def acts(self) -> None:
        """One deed."""
        luck = self.world.luck
        self.deeds -= 1
        self.next_at = self.world.now + timedelta(seconds=luck.choice((0, 1, 2, 4, 10)))
        self.waits_until = self.world.now + (PATIENCE if luck.random() < 0.75 else timedelta(0))
        self.seen = self.telegram.said[self.id]
        luck.choice(self._ideas())()

    def _ideas(self) -> list[Any]:
        """What could be done now; what leads on stands in it more than once."""
        likes, start = self.likes, [partial(self.taps, f"start:{self.world.model}")]
        if not self.wrote:
            return self._first()
        ideas: list[Any] = [partial(self.writes, self.world.luck.choice(COMMANDS)), *start * likes.order]
        if self.asked_receipt:
            ideas += [self._shows_a_receipt] * 12
        if self.asked:
            ideas += [self._describes] * 12
        if run := self._newest("run:"):
            ideas += [partial(self._confirms, run)] * 12
        if old := [button for message in self.messages for button in message.buttons if button.startswith("run:")]:
            ideas.append(partial(self._confirms, self.world.luck.choice(old)))
        weights = {
            "pay:": likes.pay + likes.transfer, "by:stars:": likes.pay * 2, "by:manual:": likes.transfer * 2,
            "sent:": likes.transfer * 3, "drop:": 1, "again:": 1, "topup": 1,
        }  # fmt: skip
        for prefix, weight in weights.items():
            if button := self._newest(prefix):
                ideas += [partial(self.taps, button)] * weight
        if bill := next((one for one in reversed(self.messages) if one.invoice and not one.paid), None):
            ideas += [partial(self._asks_to_pay, bill)] * 12
        ideas += [self._orders_a_bill] * likes.bank + [self._redeems] * likes.code
        return ideas

    def _first(self) -> list[Any]:
        likes = self.likes
        if self.by_link_of:
            return [self._joins]
        if any(one.by_link_of == self.id for one in self.world.people.all):
            return [partial(self.writes, "/invite")]
        start = [partial(self.taps, f"start:{self.world.model}")] * (3 + likes.order)
        sums = [partial(self.taps, "pay:50")] * (likes.pay + likes.transfer)
        return [*start, partial(self.writes, "/start"), *sums, *[self._redeems] * likes.code]

    def _redeems(self) -> None:
        self.writes(f"/promo {CODE}")

    def _joins(self) -> None:
        """By the link of the one who was to send it, if they have."""
        word = self.world.shop.link_of(self.by_link_of)
        self.writes(f"/start ref_{word}" if word else "/start")

    def _shows_a_receipt(self) -> None:
        """Of a transfer: a new one, one that was shown before, or one that somebody else has shown."""
        luck, theirs = self.world.luck, [one for person in self.world.people.all for one in person.receipts]
        again = theirs and luck.random() < 0.3
        self._sends_receipt(luck.choice(theirs) if again else f"{self.id}-{len(self.receipts) + 1}")

    def _sends_receipt(self, content: str) -> None:
        self.receipts.append(content)
        self.world.tell(f"person {self.id}", f"sends receipt {content}")
        self.wrote += 1
        self.asked_receipt = False
        self.telegram.happens(self.id, "message", self._message() | {"document": self.telegram.keeps(content)})

    def _orders_a_bill(self) -> None:
        """What a tap on a sum and a way to pay does, without the tap."""
        self.world.tell(f"person {self.id}", "orders a bill")
        if web := self.world.a_web():
            web.takes("bill", partial(_offered, self.id), answered=lambda _: None, broken=lambda: None)

    def _newest(self, prefix: str) -> str | None:
        found = (button for one in reversed(self.messages) for button in one.buttons if button.startswith(prefix))
        return next(found, None)

    def _describes(self) -> None:
        self.asked = False
        self.writes(self.world.luck.choice(WORDS))

    def _confirms(self, button: str) -> None:
        """The tap that spends money, as often as a nervous thumb does it."""
        for _ in range(self.world.luck.choice((1, 1, 2, 3))):
            self.taps(button)

    def _asks_to_pay(self, bill: Message) -> None:
        bill.paid = True
        assert bill.invoice is not None
        query = {
            "id": f"query-{self.id}-{bill.id}",
            "from": self._as_json(),
            "currency": "XTR",
            "total_amount": bill.invoice["stars"],
            "invoice_payload": bill.invoice["payload"],
        }
        self.world.tell(f"person {self.id}", "asks to pay")
        self.telegram.happens(self.id, "pre_checkout_query", query)

    def charged(self, query: dict[str, Any]) -> None:
        """Our yes to the pre-checkout has come: the stars go."""
        invoice = {"payload": query["invoice_payload"], "stars": query["total_amount"]}
        self.telegram.pays(self.id, invoice, self._message())

    def taps(self, button: str) -> None:
        """A button, on the message that has it or an old one."""
        self.world.tell(f"person {self.id}", f"taps {button}")
        self.wrote += 1
        self.asked = button.startswith("start:") or (self.asked and not button.startswith(("run:", "again:")))
        if button.startswith("run:"):
            self.confirmed.add(button)
        if button.startswith("sent:"):
            self.asked_receipt = True
            self.world.operator.money_may_come(int(button.partition(":")[2]))
        on = next((one for one in reversed(self.messages) if button in one.buttons), self.messages[0])
        chat = {"id": self.id, "type": "private"}
        content = {
            "id": f"tap-{self.id}-{self.wrote}",
            "from": self._as_json(),
            "message": {"message_id": on.id, "date": 0, "chat": chat, "text": on.text},
            "data": button,
        }
        self.telegram.happens(self.id, "callback_query", content)

    def writes(self, text: str) -> None:
        self.world.tell(f"person {self.id}", f"writes {text!r}")
        self.wrote += 1
        self.telegram.happens(self.id, "message", self._message() | {"text": text})

    def _message(self) -> dict[str, Any]:
        chat = {"id": self.id, "type": "private"}
        return {"message_id": 100_000 + self.wrote, "date": 0, "chat": chat, "from": self._as_json()}

    def _as_json(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": False, "first_name": "Анна", "language_code": "ru"}


def _offered(telegram_id: int) -> None:
    if customer := Customer.objects.filter(telegram_id=telegram_id).first():
        topups.start(customer, Decimal("50.00"), provider="bank", cid=cid.new())


class People:
    """All of them."""

    def __init__(self, world: World) -> None:
        many = world.luck.choice((1, 1, 2))
        self.all = [Person(world, 501 + number, world.luck.randint(4, 6)) for number in range(many)]
        if many > 1 and world.luck.random() < 0.5:
            self.all[1] = Person(world, 502, world.luck.randint(7, 9), by_link_of=501)

    @property
    def are_busy(self) -> bool:
        return any(person.deeds > 0 for person in self.all)

    def moves(self) -> list[Any]:
        return [person.acts for person in self.all if person.ready()]

    def next_due(self) -> list[datetime]:
        return [person.due() for person in self.all if person.deeds > 0]

    def may_pay(self, query: dict[str, Any], reply: dict[str, Any]) -> None:
        """Telegram has our answer to a pre-checkout."""
        if reply.get("ok"):
            next(one for one in self.all if one.id == query["from"]["id"]).charged(query)
