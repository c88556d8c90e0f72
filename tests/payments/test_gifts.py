"""What TRT gives by itself: something to begin with, and one gift by chance."""

import random
from decimal import Decimal

import pytest

from payments import gifts, ledger
from payments.models import Customer, Terms, Transfer
from reliability import clock

pytestmark = pytest.mark.django_db


def terms(**facts):
    return Terms.objects.create(pk=1, **facts)


def test_nothing_is_given_to_begin_with_unless_the_operator_says_so(met):
    anna = met()

    assert (ledger.available(anna), gifts.welcomed(anna)) == (0, 0)


def test_the_welcome_is_given_at_the_meeting_and_to_nobody_who_was_met_before(met, settings):
    before = met()
    terms(welcome_rub=Decimal("15.00"))
    settings.DEMO_BONUS_RUB = Decimal("150.00")

    anna = met()

    assert ledger.available(anna) == gifts.welcomed(anna) == Decimal("165.00")
    assert Transfer.objects.filter(ref=f"welcome:{anna.pk}").exists()
    assert ledger.available(before) == gifts.welcomed(before) == 0


def test_in_a_test_mode_nobody_is_given_anything(met, settings):
    settings.MOVES_MONEY = False
    terms(welcome_rub=15, gift_on=True)
    anna = met()

    assert (ledger.available(anna), gifts.take(anna)) == (0, None)


def test_a_gift_that_is_off_is_not_given(customer):
    assert gifts.take(customer) is None
    assert not gifts.open_to(customer, Terms.now())


def test_the_gift_is_given_once_for_ever_whatever_becomes_of_its_terms(customer):
    terms(gift_on=True)
    assert gifts.open_to(customer, Terms.now())
    (first, new), (second, new_again) = gifts.take(customer), gifts.take(customer)
    Terms.objects.update(gift_on=False, gift_least_rub=500, gift_most_rub=500)

    assert gifts.take(customer) == (first, False)
    assert (first.pk, new, new_again) == (second.pk, True, False)
    assert ledger.available(customer) == Decimal("100.00") + first.amount
    assert not gifts.open_to(customer, Terms.now())


def test_any_sum_between_the_limits_may_come_and_no_other(met):
    terms(gift_on=True, gift_least_rub=Decimal("10.50"), gift_most_rub=Decimal("13.00"))
    now = clock.now()
    with clock.owned(lambda: now, chance=random.Random(1)):
        sums = {gifts.take(met())[0].amount for _ in range(60)}

    assert sums == {Decimal("10.50"), Decimal("11.50"), Decimal("12.50")}


@pytest.mark.django_db(transaction=True)
def test_sixteen_taps_at_once_are_one_gift(met, together):
    terms(gift_on=True)
    anna = met()

    outcomes = together(16, lambda _: gifts.take(Customer.objects.get(pk=anna.pk)))

    assert sorted(new for _, new in outcomes) == [False] * 15 + [True]
    assert Transfer.objects.get().amount == ledger.available(anna)
