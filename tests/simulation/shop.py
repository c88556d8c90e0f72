"""What an operator has set up before a history begins: a promo code for few, and the way to pay by bank transfer."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.core.cache import cache

from bot import telegram
from payments.models import Customer, Method, PromoCode

if TYPE_CHECKING:
    from tests.simulation.world import World

CODE: Final = "AUTUMN"
WORTH: Final = Decimal("10.00")
SETTINGS: Final[dict[str, Any]] = {"PAYMENT_PHONE": "+7 900 000-00-00", "PAYMENT_BANK": "Банк"}


class Shop:
    """`transfers`: whether people may pay by bank transfer; else Stars are the only way that they are shown. `uses` of the
    code there are for everybody together."""

    def __init__(self, world: World, *, transfers: bool, uses: int) -> None:
        self.world, self.transfers, self.uses = world, transfers, uses
        world.seen(self._open)

    def _open(self) -> None:
        cache.set(
            telegram._me(), "trt_bot", timeout=None
        )  # as the first holder of a lease has learned it: links lead there
        PromoCode.objects.create(code=CODE, rubles=WORTH, most_uses=self.uses)
        if self.transfers:
            Method.objects.create(provider="manual", on=True, warning_read_by="operator")

    def link_of(self, telegram_id: int) -> str:
        """The word of a person's link; "" until they have asked for it."""
        words = Customer.objects.filter(telegram_id=telegram_id).values_list("invite_code", flat=True)
        return self.world.seen(words.first) or ""
