"""The operators, who judge receipts and give payments back, and the will of others to do so."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth.models import User

from bot import outbox
from bot.models import Delivery, DeliveryState
from payments import acting, refunds
from payments.acts import ACTS
from payments.amount import BadAmount
from payments.ledger import NotEnoughMoney
from payments.models import TopUp, TopUpState
from payments.order import CannotAct, Order
from payments.refunds import CannotReturn
from payments.terms import MANUAL
from reliability import clock
from tests.simulation.ground import OPERATORS

if TYPE_CHECKING:
    from tests.simulation.world import World


class Operator:
    """Somebody at the admin, with so many payments to give back; and, `at_receipts`, with every receipt to judge."""

    def __init__(self, world: World, deeds: int, *, at_receipts: bool) -> None:
        self.world, self.deeds, self.at_receipts = world, deeds, at_receipts
        self.next_at = self.judges_at = world.now + timedelta(seconds=20)
        self.came: dict[int, bool] = {}  # by top-up: whether the money that its person tells of is at the bank
        self.sent_anew: set[str] = set()  # deliveries
        self.approved: set[int] = set()  # top-ups that anybody was about to approve

    def moves(self) -> list[Any]:
        moves = [self.acts] if self.deeds > 0 and self.world.now >= self.next_at else []
        return moves + ([self.judges] if self._has_receipts() and self.world.now >= self.judges_at else [])

    def next_due(self) -> list[datetime]:
        return [self.next_at] * (self.deeds > 0) + [self.judges_at] * self._has_receipts()

    @property
    def is_busy(self) -> bool:
        return self.deeds > 0 or (self._has_receipts() and bool(self.waiting()))

    def _has_receipts(self) -> bool:
        return self.at_receipts and bool(self.came)

    # Receipts.

    def money_may_come(self, topup: int) -> None:
        """A person says that they have sent it. Most have."""
        self.came.setdefault(topup, self.world.luck.random() < 0.8)

    def judges(self) -> None:
        """One receipt that waits: by what the bank says, as one operator, as two at once, or by a form sent twice."""
        self.judges_at = self.world.now + timedelta(seconds=self.world.luck.choice((5, 15, 40)))
        if waiting := self.waiting():
            topup = self.world.luck.choice(waiting)
            judgement = "approve" if self.came.get(topup.pk) else "reject"
            others = self.world.luck.choice(((), (), ("approve",), ("reject",), ("same form",)))
            self.decide(topup, judgement, *others)

    def waiting(self) -> list[TopUp]:
        """Requests with a receipt."""
        on_review = TopUp.objects.unpaid().filter(provider=MANUAL, state=TopUpState.PENDING).order_by("pk")
        return list(self.world.seen(lambda: list(on_review)))

    def decide(self, topup: TopUp, *judgements: str) -> None:
        """Each by an operator of their own, at the same time."""
        key = clock.uuid7()
        for number, judgement in enumerate(judgements):
            name, act = OPERATORS[number % 2], judgements[0] if judgement == "same form" else judgement
            if judgement != "same form":
                key = clock.uuid7()
            self.world.tell(name, f"is about to {act} top-up {topup.pk}")
            if web := self.world.a_web():
                if act == "approve":
                    self.approved.add(topup.pk)
                form = partial(_decided, topup.pk, act, name, key)
                web.takes("admin", form, answered=lambda _: None, broken=lambda: None)

    # Deliveries.

    def sends_anew(self) -> None:
        """What was given up because Telegram never answered it."""
        often = {f"payload__{outbox.UNANSWERED}__gt": len(outbox.LOST)}
        for told in Delivery.objects.filter(state=DeliveryState.DEAD, **often).order_by("pk"):
            self.world.tell("operator", f"sends {told.dedup_key} anew")
            self.sent_anew.add(told.dedup_key)
            outbox.resend(told.pk)

    # Returns.

    def acts(self) -> None:
        """Give a payment back, wholly or in part; or somebody else does."""
        self.next_at = self.world.now + timedelta(seconds=self.world.luck.choice((5, 15, 40)))
        paid = self.paid()
        if not paid:  # waits for somebody who pays, as long as there are people
            self.deeds *= self.world.people.are_busy
            return
        self.deeds -= 1
        topup = self.world.luck.choice(paid)
        whole = topup.provider != "bank" or self.world.luck.random() < 0.5
        if self.world.luck.random() < 0.3:
            self.others_return(topup, whole=self.world.luck.random() < 0.5)
        else:
            self.returns(topup, topup.rubles if whole else Decimal("10.00"))

    def paid(self) -> list[TopUp]:
        """What could be given back."""
        paid = TopUp.objects.filter(state=TopUpState.PAID).exclude(provider=MANUAL).order_by("pk")
        return list(self.world.seen(lambda: list(paid)))

    def left(self, topup: TopUp) -> Decimal:
        """What of a payment is not on its way back."""
        return self.world.seen(lambda: refunds.left(topup)[0])  # type: ignore[no-any-return]

    def returns(self, topup: TopUp, rubles: Decimal) -> None:
        """At the admin: it may die under the operator's hands."""
        self.world.tell("operator", f"returns {rubles} of top-up {topup.pk}")
        if web := self.world.a_web():
            web.takes("admin", partial(_ask, topup.pk, rubles), answered=lambda _: None, broken=lambda: None)

    def others_return(self, topup: TopUp, *, whole: bool = True) -> None:
        """The bank, or Telegram, unasked. Stars go back whole, always."""
        if topup.provider == "bank":
            self.world.bank.returns(self.world.bank.bills[topup.payload], whole=whole)
        elif topup.external_id in self.world.telegram.charges:
            self.world.telegram.returns(topup.external_id)


def _ask(topup: int, rubles: Decimal) -> None:
    try:
        refunds.ask(topup, rubles, by="admin:1", reason="the person has asked for it")
    except (CannotReturn, NotEnoughMoney, BadAmount):
        return


def _decided(topup: int, act: str, by: str, key: UUID) -> None:
    row = TopUp.objects.get(pk=topup)
    rubles = row.rubles if act == "approve" else None
    try:
        acting.perform(Order(ACTS[act], row, User.objects.get(username=by), key, "looked at the bank", rubles))
    except CannotAct:
        return
