"""What may be an amount of money, and what may not."""

from decimal import Decimal

import pytest

from payments.amount import BadAmount, exact


@pytest.mark.parametrize("value", ["0.01", "1", "50000", "12.30", "1E+2", "999999999999.99"])
def test_an_exact_amount_has_two_places(value):
    assert str(exact(Decimal(value))) == f"{Decimal(value):.2f}"


@pytest.mark.parametrize(
    "value", ["0", "-0.01", "0.001", "1.005", "1E-9", "1000000000000", "1E+30", "NaN", "sNaN", "Infinity", "-Infinity"]
)
def test_what_is_no_amount_is_refused(value):
    with pytest.raises(BadAmount):
        exact(Decimal(value))


@pytest.mark.parametrize("value", [5, 5.0, "5", True, None])
def test_only_a_decimal_is_an_amount(value):
    with pytest.raises(BadAmount):
        exact(value)


def test_limits_are_kept():
    assert exact(Decimal("50"), least=Decimal(50), most=Decimal(60)) == Decimal("50.00")
    for value in ("49.99", "60.01"):
        with pytest.raises(BadAmount):
            exact(Decimal(value), least=Decimal(50), most=Decimal(60))
