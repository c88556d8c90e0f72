"""Providers of payments: one module each, all with this interface. Telegram Stars stands in the bot, which alone talks to Telegram."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from payments.topup import TopUp


class Forged(Exception):
    """A notice that did not come from the provider. Nothing in it is believed, nothing of it is stored."""


class Unavailable(Exception):
    """The provider does not answer, or is off. Nobody knows whether it did what was asked: look before asking again."""


@dataclass(frozen=True, slots=True)
class Invoice:
    """What the person pays by: a page to open, or, for Stars, a message that carries `payload`."""

    payload: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A payment as its provider tells of it."""

    provider: str
    external_id: str  # the provider's own id of the payment: credited once
    payload: str  # names the offer, TopUp.payload; may be unknown to us
    currency: str
    minor_amount: int  # in the currency's smallest units
    news: Literal["paid", "refunded", "waiting", "cancelled"] = "paid"
    payer: int | None = None  # Telegram id, where the provider knows it


class Provider(Protocol):
    """A way to pay. It credits nothing itself: its word goes to `topups.paid`."""

    name: ClassVar[str]  # in refs and URLs: never renamed; [a-z][a-z0-9_]*

    def create(self, topup: "TopUp") -> Invoice:
        """After the amount is chosen and the row is committed; asked twice it is one invoice. Raises Unavailable."""

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Alone sees strangers' bytes. Raises Forged."""

    def query(self, external_id: str) -> Notice:
        """The provider's own word, the truth after any doubt. Raises Unavailable."""

    def refund(self, topup: "TopUp", amount: Decimal, *, ref: str) -> None:
        """Give `amount` rubles back; a repeat with one `ref` is one refund. Raises Unavailable."""

    def reconcile(self, since: datetime) -> Iterator[Notice]:
        """All that was paid since then, noticed by us or not. Raises Unavailable."""
