"""What an act of an operator is, and an order for one: a row, an operator, a reason, a key that makes it happen once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext

from payments.act_names import label
from payments.customer import Customer
from payments.refund import Refund
from reliability import cid as cids

LARGEST: Final = Decimal("1000000.00")  # rubles in one act


class CannotAct(Exception):
    """Nothing was done. The sentence, in the operator's language, says why."""


@dataclass(frozen=True, slots=True)
class Order:
    """One act as it was asked for. `key` is born with its form: an order posted twice is done once."""

    act: "Act"
    target: Any  # Customer, TopUp, Refund, Difference
    by: Any  # the operator who answers for it
    key: UUID
    reason: str
    rubles: Decimal | None = None
    telegram_id: int | None = None  # whom a difference concerns, where the books do not know
    external_id: str = ""  # of a return, at the provider
    cid: str = field(default_factory=cids.new)

    @property
    def actor(self) -> str:
        """As transfers name who moved them."""
        return f"admin:{self.by.pk}"

    def amount(self) -> Decimal:
        """The rubles of an act that moves some. Raises CannotAct where the form gave none."""
        if self.rubles is None:
            raise CannotAct(gettext("Say how many rubles."))
        return self.rubles

    def customer(self) -> Customer | None:
        """Whose money it is. Raises CannotAct for a Telegram id that nobody has."""
        target = self.target.topup if isinstance(self.target, Refund) else self.target
        if isinstance(target, Customer):
            return target
        if target.customer_id is not None:
            return Customer.objects.get(pk=target.customer_id)
        if self.telegram_id is None:
            return None
        known = Customer.objects.filter(telegram_id=self.telegram_id).first()
        if known is None:
            raise CannotAct(gettext("Nobody here has this Telegram id."))
        return known

    def facts(self) -> dict[str, Any]:
        """What a proposal keeps beside its columns."""
        return {"telegram_id": self.telegram_id, "external_id": self.external_id}


def _always(_target: Any) -> str:
    return ""


def _whatever(_order: Order, _person: Customer | None) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Act:
    """`do` is the deed, called in a transaction with the person's wallet locked; `said` tells what it will do, a sentence a
    line; `why_not` says why it cannot be done to this row now, `too_much` why not with this sum for this person; "" if it can."""

    name: str
    right: str
    do: Callable[[Order, Customer | None], Any]
    said: Callable[[Order], list[str]]
    why_not: Callable[[Any], str] = _always
    too_much: Callable[[Order, Customer | None], str] = _whatever
    asks: tuple[str, ...] = ()  # what its form asks for beside the reason: rubles, telegram_id, external_id
    moves: bool = False  # rubles that count towards the second person's limit
    takes: bool = False  # from the balance
    told: bool = False  # the person reads the reason
    told_if_other: bool = False  # only where another sum moves than was asked for
    asked: bool = False  # the deed only asks for it: how it ends is seen later
    danger: bool = False

    @property
    def label(self) -> str:
        """On its button and above its page."""
        return label(self.name)
