"""What a coin costs, by the peer's settings, and how much of it an amount of money is."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal
from typing import Any

from sandbox.settings import Settings

from .settings import ASSETS

FIATS = ("RUB", "USD", "EUR")
_COIN = Decimal("0.00000001")  # the smallest part of any coin that is shown


class Rates:
    """The rates of this moment: they change when the settings do."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def fiat_of(self, asset: str, fiat: str) -> Decimal:
        """What one coin costs."""
        return Decimal(str(self._settings["rates_rub"][asset])) / self._rubles_for(fiat)

    def coins(self, asset: str, fiat: str, amount: Decimal) -> Decimal:
        """How many coins an amount of money is, rounded up to what can be paid."""
        return (amount / self.fiat_of(asset, fiat)).quantize(_COIN, ROUND_UP)

    def dollars(self, fiat: str, amount: Decimal) -> Decimal:
        """What an amount of money is in dollars."""
        return amount * self._rubles_for(fiat) / self._rubles_for("USD")

    def shown(self) -> list[dict[str, Any]]:
        """getExchangeRates."""
        return [
            {
                "is_valid": True,
                "is_crypto": True,
                "is_fiat": False,
                "source": asset,
                "target": fiat,
                "rate": plain(self.fiat_of(asset, fiat)),
            }
            for asset in ASSETS
            for fiat in FIATS
        ]

    def _rubles_for(self, fiat: str) -> Decimal:
        return Decimal(1) if fiat == "RUB" else Decimal(str(self._settings[f"rub_per_{fiat.lower()}"]))


def plain(number: Decimal) -> str:
    """Digits and a point, at most eight after it, no zeros at the end and no exponent."""
    shown = f"{number.quantize(_COIN):f}"
    return shown.rstrip("0").rstrip(".")
