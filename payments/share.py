"""What part of a payment a return of it is: rubles and the currency's smallest units, never more than came.

Rubles that an operator returns become whole units, rounded down, for nobody gives back what did not come. Units that a
provider has returned become kopecks, rounded. The part that is the rest takes exactly the rest of both.
"""

from decimal import Decimal
from typing import NamedTuple

from payments.amount import KOPECK, BadAmount, exact


class Sum(NamedTuple):
    """The same money twice: rubles, and smallest units of the currency that it was paid in."""

    rubles: Decimal
    minor: int


def of_rubles(rubles: Decimal, *, paid: Sum, left: Sum) -> Sum:
    """What returning `rubles` is in the currency of the payment. Raises BadAmount: more than is left, or less than one unit."""
    rubles = exact(rubles)
    if rubles > left.rubles:
        raise BadAmount(f"{rubles} is more than the {left.rubles} that are left of this payment")
    if rubles == left.rubles:
        return Sum(rubles, left.minor)
    minor = min(int(rubles * paid.minor / paid.rubles), left.minor - 1)  # the rest is worth a unit at least
    if minor <= 0:
        raise BadAmount(f"{rubles} is less than the smallest unit that was paid")
    return Sum(rubles, minor)


def of_minor(minor: int, *, paid: Sum, left: Sum) -> Sum:
    """What a return of `minor` units by the provider is in rubles: a kopeck at least, all that is left for the last of it.

    What exceeds the payment is cut off; nothing at all is (0, 0).
    """
    if left.rubles <= 0 or left.minor <= 0 or minor <= 0:
        return Sum(Decimal(0), 0)
    if minor >= left.minor:
        return left
    worth = (paid.rubles * minor / paid.minor).quantize(KOPECK)
    return Sum(min(max(worth, KOPECK), left.rubles), minor)


def without(taken: Decimal, *, paid: Sum, left: Sum) -> Sum:
    """What is left of a payment beside `taken`, rubles that were taken back by other ways."""
    if taken <= 0:
        return left
    if taken >= left.rubles:
        return Sum(Decimal(0), 0)
    minor = min(int(taken * paid.minor / paid.rubles), left.minor - 1)
    return Sum(left.rubles - taken, left.minor - minor)
