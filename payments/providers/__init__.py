"""Ways to pay: one module each, all with this interface. Telegram Stars stand in the bot, which alone talks to Telegram.

A provider credits nothing itself. What it says goes to `topups` and `refunds`, which know each payment by the provider's
own id of it. Whoever writes another one gives it a driver in `tests/payments/kit`, and adds it to IN_KIT once all cases
of the kit pass: nothing else may be offered.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Protocol

if TYPE_CHECKING:
    from payments.refund import Refund
    from payments.topup import TopUp

IN_KIT: Final = frozenset({"stars", "manual", "yookassa", "cryptopay"})  # have passed tests/payments/kit
RUB: Final = "RUB"
XTR: Final = "XTR"  # Telegram's currency code of stars; one star is its smallest unit


# why a payment was refused, in classes that a person can do something about
DECLINED: Final = ("funds", "card", "bank", "check", "limit", "forbidden", "withdrawn", "service")


class Forged(Exception):
    """A notice that did not come from the provider. Nothing in it is believed, nothing of it is stored."""


class Unavailable(Exception):
    """The provider does not answer, or is off. Nobody knows whether it did what was asked."""


class Refused(Exception):
    """The provider has answered, and said no: nothing was done. Its words are for the operator."""


class ByHand(Exception):
    """No machine is on the other side: a person has to do it. The words say what."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a sum of rubles costs here: whole smallest units of the currency, and how many of them make a ruble."""

    currency: str
    minor_amount: int
    rate: Decimal


def in_kopecks(rubles: Decimal) -> Price:
    """The price of `rubles` where rubles are paid."""
    return Price(RUB, int(rubles * 100), Decimal(100))


@dataclass(frozen=True, slots=True)
class Invoice:
    """What the provider has made of an offer: its id there, and the page to pay on."""

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What a provider says of one payment, or, as `refunded`, of one return of a payment."""

    provider: str
    external_id: str  # the provider's own id of the payment: credited once
    payload: str  # names the offer, TopUp.payload; may be unknown to us
    currency: str
    minor_amount: int  # in the currency's smallest units: paid, or returned
    news: Literal["paid", "refunded", "waiting", "cancelled"] = "paid"
    payer: int | None = None  # Telegram id, where the provider knows it
    refund_id: str = ""  # of a return; may be the payment's own
    declined: str = ""  # of `cancelled`: one of DECLINED where it was refused; "" where its time was over

    @property
    def payment(self) -> str:
        """The payment as the work list names it."""
        return f"{self.provider}:{self.external_id}"


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a reading of the list has come: what stands before was told, so that the next may begin here.

    `place` is the provider's own count, 0 where its readings begin: a bare Reached() says that the next begins anew. `until`: all
    that was paid before is told.
    """

    place: int = 0
    until: datetime | None = None


class Provider(Protocol):
    """A way to pay. Every call but `price`, `ready` and `parse` may take seconds and runs outside transactions."""

    name: ClassVar[str]  # in refs and URLs: never renamed; [a-z][a-z0-9_]*
    invoices: ClassVar[bool]  # whether the worker has it make an invoice; else the bot shows how to pay
    partial: ClassVar[bool]  # whether a payment can be returned in part

    def ready(self) -> bool:
        """Whether it has its credentials here; if not it is not offered."""

    def price(self, rubles: Decimal) -> Price:
        """What `rubles` cost, frozen with the offer."""

    def create(self, topup: "TopUp") -> Invoice:
        """After the row is committed; asked twice it is one invoice. Raises Unavailable, Refused."""

    def parse(self, body: bytes, headers: Mapping[str, str]) -> str:
        """The invoice or payment that a notice speaks of, its id there. Alone sees strangers' bytes. Raises Forged."""

    def query(self, topup: "TopUp") -> Notice:
        """The provider's own word on an invoice, the truth after any doubt. Raises Unavailable."""

    def refund(self, refund: "Refund") -> str:
        """Give money back; the id of the return there. A repeat with one `refund.ref` is one return.

        Raises Unavailable when nobody knows, Refused when it was not done, ByHand when an operator has to do it.
        """

    def reconcile(self, since: datetime, place: int) -> Iterator[Notice | Reached]:
        """All that was paid or returned since then, noticed by us or not. Raises Unavailable.

        A list that may be too long for one turn says now and then how far it was Reached; `place` is the last that was kept.
        """


OFFER_LASTS: Final = timedelta(hours=1)  # prices move: an older invoice is refused at pre-checkout
_known: Final[dict[str, Provider]] = {}
_lasts: Final[dict[str, timedelta]] = {}


def register(provider: Provider, *, offer_lasts: timedelta = OFFER_LASTS) -> None:
    """At start, by the app that owns the module; its offers end unpaid after `offer_lasts`."""
    _known[provider.name] = provider
    _lasts[provider.name] = offer_lasts


def get(name: str) -> Provider:
    """Raises KeyError for what nobody has registered."""
    return _known[name]


def offer_lasts(name: str) -> timedelta:
    """How long an offer of this provider stands unpaid. Raises KeyError as `get`."""
    return _lasts.get(get(name).name, OFFER_LASTS)


def known() -> frozenset[str]:
    """The names of all that are registered, usable here or not."""
    return frozenset(_known)


def ready() -> list[Provider]:
    """Those that can be used here, by name."""
    return [one for _, one in sorted(_known.items()) if one.ready()]


_comes_back_to: Callable[[], str] = lambda: "https://t.me/"  # noqa: E731


def comes_back_to() -> str:
    """Where a person goes from a provider's page: our bot's chat, once the bot has said its address."""
    return _comes_back_to()


def come_back_to(address: Callable[[], str]) -> None:
    """At start, by the bot: `address` gives its own, quickly, and raises nothing."""
    global _comes_back_to
    _comes_back_to = address
