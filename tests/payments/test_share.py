"""Parts of a payment: none is nothing, all of them together are the whole, to the last kopeck and the last unit."""

from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given

from payments import share
from payments.amount import KOPECK, BadAmount
from payments.share import Sum

PAID = st.builds(
    Sum,
    st.decimals("0.01", "50000.00", places=2),
    st.one_of(st.integers(1, 20), st.integers(1, 100_000), st.integers(1, 10**12)),
)


@given(PAID, st.decimals("0.00", "50000.00", places=2))
def test_beside_what_was_taken_the_rest_is_left_and_may_go_back(paid, taken):
    left = share.without(taken, paid=paid, left=paid)
    assert left.rubles == max(0, paid.rubles - taken)
    assert bool(left.minor) == bool(left.rubles)
    assert left.minor <= paid.minor
    assert (left == paid) == (taken == 0)
    if left.rubles:
        assert share.of_rubles(left.rubles, paid=paid, left=left) == left


@given(PAID, st.lists(st.tuples(st.booleans(), st.integers(1, 1000)), max_size=8))
def test_returned_part_by_part_a_payment_is_gone_exactly(paid, steps):
    """Some parts are asked for in rubles, some are made by the provider in units, each as so many thousandths of the payment."""
    left = paid
    for by_provider, thousandths in steps:
        try:
            if by_provider:
                part = share.of_minor(max(1, paid.minor * thousandths // 1000), paid=paid, left=left)
            else:
                rubles = max(KOPECK, (paid.rubles * thousandths / 1000).quantize(KOPECK))
                part = share.of_rubles(rubles, paid=paid, left=left)
        except BadAmount:
            continue
        left = Sum(left.rubles - part.rubles, left.minor - part.minor)
        assert left.rubles >= 0
        assert left.minor >= 0
        assert part == (0, 0) or (part.rubles >= KOPECK and part.minor >= 1)
        assert left.minor or not left.rubles  # or it could never be returned
    if left.rubles and left.minor:
        assert share.of_rubles(left.rubles, paid=paid, left=left) == left
        assert share.of_minor(left.minor, paid=paid, left=left) == left


@given(PAID, st.lists(st.decimals("0.01", "50000.00", places=2), min_size=1, max_size=8))
def test_what_is_asked_for_in_rubles_never_leaves_a_rest_that_cannot_be_returned(paid, asked):
    left = paid
    for rubles in asked:
        try:
            part = share.of_rubles(rubles, paid=paid, left=left)
        except BadAmount:
            continue
        assert part.rubles == rubles
        assert part.minor * paid.rubles <= rubles * paid.minor or part == left  # rounded down, but for the rest
        left = Sum(left.rubles - part.rubles, left.minor - part.minor)
        assert bool(left.rubles) == bool(left.minor)


def test_a_part_leaves_a_unit_for_the_rest_where_roundings_have_eaten_it_up():
    paid, left = Sum(Decimal("14.00"), 1000), Sum(Decimal("13.90"), 990)  # ten units went as a kopeck each, worth 1.4
    part = share.of_rubles(Decimal("13.88"), paid=paid, left=left)
    assert part == (Decimal("13.88"), 989)


@pytest.mark.parametrize(
    ("rubles", "minor"), [("0.62", 0), ("0.63", 1), ("99.99", 159), ("100.00", 160), ("50.00", 80)]
)
def test_rubles_become_whole_stars_rounded_down(rubles, minor):
    paid = Sum(Decimal("100.00"), 160)
    if not minor:
        with pytest.raises(BadAmount, match="smallest unit"):
            share.of_rubles(Decimal(rubles), paid=paid, left=paid)
    else:
        assert share.of_rubles(Decimal(rubles), paid=paid, left=paid).minor == minor


@pytest.mark.parametrize("rubles", ["100.01", "0", "-1.00", "NaN", "0.001"])
def test_what_is_no_part_is_refused(rubles):
    paid = Sum(Decimal("100.00"), 160)
    with pytest.raises(BadAmount):
        share.of_rubles(Decimal(rubles), paid=paid, left=paid)


@pytest.mark.parametrize(
    ("minor", "rubles"), [(1, "0.62"), (80, "50.00"), (159, "99.38"), (160, "100.00"), (161, "100.00")]
)
def test_stars_become_kopecks_and_what_exceeds_the_payment_is_cut_off(minor, rubles):
    paid = Sum(Decimal("100.00"), 160)
    assert share.of_minor(minor, paid=paid, left=paid) == (Decimal(rubles), min(minor, 160))


@pytest.mark.parametrize(("left", "minor"), [(Sum(Decimal(0), 5), 1), (Sum(Decimal(1), 0), 1), (Sum(Decimal(1), 5), 0)])
def test_where_nothing_is_left_nothing_goes(left, minor):
    assert share.of_minor(minor, paid=Sum(Decimal("100.00"), 160), left=left) == (0, 0)
