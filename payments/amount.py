"""What an amount of money is: exact rubles with two places, positive and finite. Anything else stops at this border."""

from decimal import Decimal
from typing import Final

KOPECK: Final = Decimal("0.01")
LARGEST: Final = Decimal("999999999999.99")  # numeric(14,2)


class BadAmount(ValueError):
    """Not an amount of money that can move: not a Decimal, NaN, infinite, zero, negative, too long or too large."""


def exact(value: Decimal, *, least: Decimal = KOPECK, most: Decimal = LARGEST) -> Decimal:
    """`value` as rubles with exactly two places. Never rounds: raises BadAmount where that would be needed.

    Floats are refused for they are not what they print, and so are ints, lest kopecks be taken for rubles.
    """
    if not isinstance(value, Decimal) or not value.is_finite():
        raise BadAmount(f"{value!r} is not an amount of rubles")
    if not least <= value <= most:
        raise BadAmount(f"{value} is not between {least} and {most}")
    in_kopecks = value.quantize(KOPECK)
    if in_kopecks != value:
        raise BadAmount(f"{value} has more than two places")
    return in_kopecks
