"""The ledger under threads, each with a connection of its own."""

from decimal import Decimal

import pytest

from payments import ledger
from payments.invariants import INVARIANTS
from payments.models import Customer, Transfer
from reliability import cid

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def customer(transactional_db, met) -> Customer:
    return met("100.00")


@pytest.fixture(autouse=True)
def books(transactional_db):
    """After each of these the books must agree."""
    yield
    assert {rule.name: rule.check() for rule in INVARIANTS if rule.name != "payment_credited_once"} == {
        rule.name: [] for rule in INVARIANTS if rule.name != "payment_credited_once"
    }
    assert list(ledger.verify_digests()) == []


def hold(customer, rubles, ref):
    return ledger.hold(Customer.objects.get(pk=customer.pk), Decimal(rubles), ref=ref, cid=cid.new())


def test_two_holds_of_more_than_there_is_are_one_hold(customer, together):
    outcomes = together(2, lambda number: hold(customer, "60.00", f"hold:job:{number}"))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NotEnoughMoney", "Transfer"]
    assert (ledger.available(customer), ledger.held(customer)) == (Decimal("40.00"), Decimal("60.00"))


def test_one_ref_from_sixteen_threads_moves_once(customer, together):
    outcomes = together(16, lambda _: hold(customer, "10.00", "hold:job:1"))

    assert len({outcome.pk for outcome in outcomes}) == 1
    assert ledger.held(customer) == Decimal("10.00")


def test_a_hold_is_captured_or_released_and_never_both(customer, together):
    for job in range(5):
        held = hold(customer, "10.00", f"hold:job:{job}")

        outcomes = together(
            6,
            lambda number, held=held, job=job: (
                ledger.capture(held, ref=f"capture:job:{job}", cid=cid.new())
                if number % 2
                else ledger.release(held, ref=f"release:job:{job}", cid=cid.new())
            ),
        )

        settled = Transfer.objects.get(settles=held)
        assert [outcome for outcome in outcomes if isinstance(outcome, Transfer)] == [settled] * 3
        assert [type(o) for o in outcomes if not isinstance(o, Transfer)] == [ledger.AlreadySettled] * 3
    assert ledger.held(customer) == 0


def test_one_ref_taken_by_many_people_at_once_moves_for_one(transactional_db, met, together):
    people = [met("100.00") for _ in range(8)]

    outcomes = together(8, lambda number: hold(people[number], "10.00", "hold:job:1"))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["RefConflict"] * 7 + ["Transfer"]
    assert sum(ledger.held(customer) for customer in people) == Decimal("10.00")


def test_many_movements_of_one_person_keep_their_numbers(customer, together):
    def one(number):
        for step in range(5):
            held = hold(customer, "1.00", f"hold:{number}:{step}")
            settle = ledger.capture if step % 2 else ledger.release
            settle(held, ref=f"{settle.__name__}:{number}:{step}", cid=cid.new())

    outcomes = together(8, one)

    assert outcomes == [None] * 8
    assert list(Transfer.objects.filter(customer=customer).order_by("n").values_list("n", flat=True)) == list(
        range(1, 82)
    )
    assert (ledger.available(customer), ledger.held(customer)) == (Decimal("84.00"), Decimal("0.00"))
