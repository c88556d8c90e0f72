"""What every way to pay must stand: money goes back, wholly and in parts, once each, by our word or the provider's own."""

from decimal import Decimal

import pytest

from payments import ledger, reconcile, refunds
from payments.amount import BadAmount
from payments.models import Refund
from tests.payments.kit.cases import every_way
from tests.payments.kit.drivers.driver import HUNDRED, Driver, reloaded, work

pytestmark = pytest.mark.django_db
THIRTY = Decimal("30.00")


def ask(topup, rubles=HUNDRED):
    return refunds.ask(topup.pk, rubles, by="admin:1", reason="просьба человека")


@every_way("returns")
def test_a_payment_goes_back_whole(way: Driver) -> None:
    topup = way.paid(way.somebody())
    refund = ask(topup)
    assert ledger.available(topup.customer) == 0  # it leaves the wallet before anybody is asked
    work()

    assert (reloaded(refund).state, reloaded(topup).state) == ("done", "refunded")
    assert reloaded(refund).external_id
    assert len(way.went_back(topup)) == 1


@every_way("returns", "partial")
def test_a_payment_goes_back_in_parts_until_nothing_is_left(way: Driver) -> None:
    topup = way.paid(way.somebody())
    first = ask(topup, THIRTY)
    work()
    assert (reloaded(first).state, reloaded(topup).state) == ("done", "paid")
    with pytest.raises(BadAmount):
        ask(topup, Decimal("70.01"))
    second = ask(topup, Decimal("70.00"))
    work()

    assert (reloaded(second).state, reloaded(topup).state) == ("done", "refunded")
    assert len(way.went_back(topup)) == 2
    assert ledger.available(topup.customer) == 0


@every_way("returns")
def test_a_payment_does_not_go_back_twice(way: Driver) -> None:
    topup = way.paid(way.somebody())
    ask(topup)
    with pytest.raises((BadAmount, refunds.CannotReturn)):
        ask(topup)
    work()
    with pytest.raises(refunds.CannotReturn):
        ask(topup)
    assert len(way.went_back(topup)) == 1


@every_way("returns")
def test_one_reference_is_one_return_however_often_it_is_asked_for(way: Driver) -> None:
    topup = way.paid(way.somebody())
    refund = ask(topup)
    assert len({way.provider.refund(refund) for _ in range(4)}) == 1
    assert len(way.went_back(topup)) == 1


@every_way("returns", "says_no")
def test_a_return_that_is_refused_puts_the_money_back_into_the_wallet(way: Driver) -> None:
    topup = way.paid(way.somebody())
    way.refuses_returns()
    refund = ask(topup)
    work()

    refund = reloaded(refund)
    assert (refund.state, reloaded(topup).state) == ("refused", "paid")
    assert refund.error  # says why
    assert ledger.available(topup.customer) == HUNDRED


@every_way("returns_itself", "lists")
def test_a_return_that_the_provider_made_itself_is_taken_from_the_wallet_once(way: Driver) -> None:
    topup = way.paid(way.somebody())
    way.gives_back(topup, topup.minor_amount)
    if way.listens:
        assert way.tells(way.notice()) == 200
        work()
    reconcile.all()
    reconcile.all()

    assert (reloaded(topup).state, ledger.available(topup.customer)) == ("refunded", 0)
    assert [(one.state, one.by) for one in Refund.objects.filter(topup=topup)] == [("done", way.name)]


@every_way("returns_itself", "lists", "partial")
def test_a_part_that_the_provider_returned_itself_is_taken_from_the_wallet_once(way: Driver) -> None:
    topup = way.paid(way.somebody())
    way.gives_back(topup, 30_00)
    reconcile.all()
    reconcile.all()

    assert (reloaded(topup).state, ledger.available(topup.customer)) == ("paid", HUNDRED - THIRTY)


@every_way("returns", "lists")
def test_our_own_return_in_the_providers_list_is_no_second_one(way: Driver) -> None:
    topup = way.paid(way.somebody())
    ask(topup)
    work()
    reconcile.all()

    assert ledger.available(topup.customer) == 0
    assert Refund.objects.filter(topup=topup).count() == 1
