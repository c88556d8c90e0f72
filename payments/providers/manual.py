"""A bank transfer to the operator's own card or phone (СБП). Nobody tells us of it but the person, by a receipt, and then
an operator who has seen the money: what is credited is their word (`topups.approve`), what goes back they send themselves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final

from django.conf import settings
from django.utils.translation import gettext_noop

from payments import providers
from payments.providers import ByHand, Forged, Invoice, Notice, Price, Refused, Unavailable
from payments.terms import MANUAL

if TYPE_CHECKING:
    from payments.refund import Refund
    from payments.topup import TopUp

# the operator reads it in their own language: saying.trouble
SEND_IT: Final = gettext_noop("Send it back to the person by a bank transfer, then say here that it is done.")
OFFER_LASTS: Final = timedelta(hours=24)  # people pay in their bank when they get to it


@dataclass(frozen=True, slots=True)
class Details:
    """Where to send the money; what is not known is empty."""

    phone: str
    card: str
    holder: str
    bank: str

    @property
    def enough(self) -> bool:
        """Whether a person can pay by them and be sure whom: a phone or a card, and a holder or a bank."""
        return bool((self.phone or self.card) and (self.holder or self.bank))


def details() -> Details:
    """As the environment has them: PAYMENT_PHONE, PAYMENT_CARD, PAYMENT_CARD_HOLDER, PAYMENT_BANK."""
    return Details(settings.PAYMENT_PHONE, settings.PAYMENT_CARD, settings.PAYMENT_CARD_HOLDER, settings.PAYMENT_BANK)


class Manual:
    """The provider without a machine on the other side."""

    name: ClassVar[str] = MANUAL
    invoices: ClassVar[bool] = False
    partial: ClassVar[bool] = True

    def ready(self) -> bool:
        """Where the details are enough to pay by."""
        return details().enough

    def price(self, rubles: Decimal) -> Price:
        """The sum itself, in kopecks."""
        return providers.in_kopecks(rubles)

    def create(self, topup: "TopUp") -> Invoice:
        """Never asked: the bot shows the details itself."""
        raise Refused("a bank transfer has no invoice")

    def parse(self, body: bytes, headers: Mapping[str, str]) -> str:
        """A bank tells us nothing: whoever does is a stranger."""
        raise Forged("a bank transfer has no notices")

    def query(self, topup: "TopUp") -> Notice:
        """Never asked: there is nobody to ask but the operator."""
        raise Unavailable("a bank transfer cannot be asked for")

    def refund(self, refund: "Refund") -> str:
        """An operator sends it back in their bank, and then says so."""
        raise ByHand(SEND_IT)

    def reconcile(self, since: datetime, place: int) -> Iterator[Notice]:
        """Nobody but the operator keeps a list of them."""
        return iter(())


providers.register(Manual(), offer_lasts=OFFER_LASTS)
