"""Promo codes: what may be typed, who gets rubles and how often, what is said to the rest."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest

from payments import ledger, promos
from payments.models import Customer, Guess, PromoCode, Redemption, Transfer
from payments.promos import Refusal, Why
from reliability import clock

TEN = Decimal("10.00")


def code(word="WELCOME", **facts):
    return PromoCode.objects.create(**{"code": word, "rubles": TEN, **facts})


def redeem(customer, typed="WELCOME"):
    return promos.redeem(Customer.objects.get(pk=customer.pk), typed)


def refused(customer, typed="WELCOME"):
    outcome = redeem(customer, typed)
    assert isinstance(outcome, Refusal), outcome
    return outcome.why


def test_a_code_gives_its_rubles_once_for_ever(customer):
    code()

    first, again = redeem(customer), redeem(customer)

    assert first.transfer.amount == TEN
    assert again == Refusal(Why.USED_BY_YOU, first.created_at)
    assert ledger.available(customer) == Decimal("110.00")
    assert Transfer.objects.get(redemption=first).ref == f"promo:{first.code_id}:{customer.pk}"
    assert PromoCode.objects.get().uses == 1


@pytest.mark.parametrize(
    "typed",
    ["welcome", " WelCome ", "WEL-COME", "wel come", "WЕLСОМЕ", "wеlсоме", "ＷＥＬＣＯＭＥ", "WEL\u200bCOME\u00a0", "wel–come", "WEL_COME"],
)  # fmt: skip
def test_it_may_be_typed_as_people_type(customer, typed):
    code()

    assert isinstance(redeem(customer, typed), Redemption)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"active": False}, Why.OVER),
        ({"starts_at": clock.now() + timedelta(days=1)}, Why.NOT_YET),
        ({"ends_at": clock.now() - timedelta(days=1)}, Why.OVER),
        ({"most_uses": 0}, Why.USED_UP),
    ],
)
def test_a_code_that_is_not_open_gives_nothing_and_is_no_guess(customer, facts, why):
    code(**facts)

    assert refused(customer) == why
    assert not Guess.objects.exists()
    assert ledger.available(customer) == Decimal("100.00")


def test_its_days_begin_and_end_to_the_moment(db, met):
    now = clock.now()
    code(starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2))
    outcomes = []
    for minutes in (59, 60, 119, 120):
        with clock.owned(lambda at=now + timedelta(minutes=minutes): at):
            outcomes.append(getattr(redeem(met()), "why", "given"))

    assert outcomes == [Why.NOT_YET, "given", "given", Why.OVER]


def test_the_tenth_guess_closes_the_door_for_an_hour_even_to_a_right_code(customer, met):
    code()
    for number in range(promos.GUESSES):
        assert refused(customer, f"GUESS{number}") == Why.UNKNOWN

    closed = redeem(customer)
    assert closed.why == Why.TOO_MANY
    assert timedelta(0) < closed.when - clock.now() <= promos.AN_HOUR
    assert isinstance(redeem(met()), Redemption)  # it is that person's door alone

    with clock.moved(promos.AN_HOUR):
        assert isinstance(redeem(customer), Redemption)
        assert refused(customer, "GUESS") == Why.UNKNOWN
        assert Guess.objects.filter(customer=customer).count() == 1  # the old ones are forgotten


def test_in_a_test_mode_no_money_moves(customer, settings):
    code()
    settings.MOVES_MONEY = False

    assert refused(customer) == Why.CLOSED


def test_a_batch_is_as_many_different_codes_as_were_asked_for(db):
    now = clock.now()
    with clock.owned(lambda: now, chance=random.Random(7)):
        made = promos.generate(50, rubles=TEN, prefix="NY", most_uses=1, note="new year")
    with clock.owned(lambda: now, chance=random.Random(7)):  # the same luck again
        more = promos.generate(50, rubles=TEN, prefix="NY", most_uses=1)

    words = [one.code for one in [*made, *more]]
    assert len(set(words)) == PromoCode.objects.count() == 100
    assert all(word.startswith("NY") and set(word[2:]) <= set(promos.ALPHABET) for word in words)


@pytest.mark.django_db(transaction=True)
def test_a_hundred_people_at_a_code_for_ten_are_ten(met, together):
    code(most_uses=10)
    people = [met() for _ in range(100)]

    outcomes = [
        redeemed for at in range(0, 100, 20) for redeemed in together(20, lambda n, at=at: redeem(people[at + n]))
    ]

    assert sum(isinstance(outcome, Redemption) for outcome in outcomes) == 10
    assert outcomes.count(Refusal(Why.USED_UP)) == 90
    assert PromoCode.objects.get().uses == Redemption.objects.count() == Transfer.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_one_person_sixteen_times_at_once_gets_it_once(met, together):
    code()
    anna = met()

    outcomes = together(16, lambda _: redeem(anna))

    assert sum(isinstance(outcome, Redemption) for outcome in outcomes) == 1
    assert [outcome.why for outcome in outcomes if isinstance(outcome, Refusal)] == [Why.USED_BY_YOU] * 15
    assert ledger.available(anna) == TEN


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_counted_one_by_one(met, together):
    anna = met()

    outcomes = together(16, lambda number: redeem(anna, f"GUESS{number}"))

    assert sorted(outcome.why for outcome in outcomes) == [Why.TOO_MANY] * 6 + [Why.UNKNOWN] * 10
