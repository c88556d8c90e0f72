"""Ways to pay as people know them: their names, and prices in their own currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from bot.screen import Button, Keys
from bot.screens.words import BUTTON, label, number, whole_rubles
from payments.providers import XTR


@dataclass(frozen=True, slots=True)
class Way:
    """A way to pay a sum that is known: its provider's name and its price there, in the smallest units."""

    provider: str
    currency: str
    minor_amount: int


def name(provider: str) -> str:
    """A way to pay within a sentence."""
    return {
        "stars": _("Telegram Stars"),
        "yookassa": _("bank card or SBP, by YooKassa"),
        "cryptopay": _("cryptocurrency, by Crypto Bot"),
        "manual": _("bank transfer"),
    }.get(provider, provider)


def price(currency: str, minor_amount: int) -> str:
    """A price in the currency of a way to pay, from its smallest units: 160 ⭐, 100 ₽, 1.25 EUR."""
    if currency == XTR:
        return f"{number(minor_amount)} ⭐"
    amount = Decimal(minor_amount).scaleb(-2)
    return whole_rubles(amount) if currency == "RUB" else f"{number(amount, 2)} {currency}"


def keys(ways: Sequence[Way], rubles: int) -> Keys:
    """A button for each way, with what `rubles` cost there."""
    return [[Button(_label(one), "by", one.provider, rubles)] for one in ways]


def _label(way: Way) -> str:
    titles = {
        "stars": _("⭐ Telegram Stars"),
        "yookassa": _("💳 Card or SBP"),
        "cryptopay": _("💎 Cryptocurrency"),
        "manual": _("🏦 Bank transfer"),
    }
    return label(titles.get(way.provider, way.provider), price(way.currency, way.minor_amount), most=BUTTON)
