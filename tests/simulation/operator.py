"""The operator, who gives payments back, and the will of others to do so."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from payments import refunds
from payments.amount import BadAmount
from payments.ledger import NotEnoughMoney
from payments.models import TopUp, TopUpState
from payments.refunds import CannotReturn

if TYPE_CHECKING:
    from tests.simulation.world import World


class Operator:
    """Somebody at the admin, with so many deeds to do."""

    def __init__(self, world: World, deeds: int) -> None:
        self.world, self.deeds = world, deeds
        self.next_at = world.now + timedelta(seconds=20)

    def moves(self) -> list[Any]:
        return [self.acts] if self.deeds > 0 and self.world.now >= self.next_at else []

    def next_due(self) -> list[datetime]:
        return [self.next_at] if self.deeds > 0 else []

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
            self.others_return(topup)
        else:
            self.returns(topup, topup.rubles if whole else Decimal("10.00"))

    def paid(self) -> list[TopUp]:
        """What could be given back."""
        return list(self.world.seen(lambda: list(TopUp.objects.filter(state=TopUpState.PAID).order_by("pk"))))

    def left(self, topup: TopUp) -> Decimal:
        """What of a payment is not on its way back."""
        return self.world.seen(lambda: refunds.left(topup)[0])  # type: ignore[no-any-return]

    def returns(self, topup: TopUp, rubles: Decimal) -> None:
        """At the admin: it may die under the operator's hands."""
        self.world.tell("operator", f"returns {rubles} of top-up {topup.pk}")
        if web := self.world.a_web():
            web.takes("admin", partial(_ask, topup.pk, rubles), answered=lambda _: None, broken=lambda: None)

    def others_return(self, topup: TopUp) -> None:
        """The bank, or Telegram, unasked."""
        if topup.provider == "bank":
            self.world.bank.returns(self.world.bank.bills[topup.payload])
        elif topup.external_id in self.world.telegram.charges:
            self.world.telegram.returns(topup.external_id)


def _ask(topup: int, rubles: Decimal) -> None:
    try:
        refunds.ask(topup, rubles, by="admin:1", reason="the person has asked for it")
    except (CannotReturn, NotEnoughMoney, BadAmount):
        return
