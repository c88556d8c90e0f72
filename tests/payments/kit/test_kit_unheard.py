"""What every way to pay must stand: nobody tells us of a payment. Polling finds it, and after that the comparison of books."""

from datetime import timedelta

import pytest

from payments import ledger, reconcile, topups
from payments.providers import cryptopay, yookassa
from reliability import clock
from tests.payments.kit.cases import every_way
from tests.payments.kit.drivers.driver import HUNDRED, Driver, reloaded, work

pytestmark = pytest.mark.django_db
OVER = topups.OFFER_LASTS + timedelta(minutes=1)


@every_way("asked")
def test_everything_paid_is_credited_by_polling(way: Driver) -> None:
    offers = [way.offer(way.somebody()) for _ in range(4)]
    for topup in offers[:3]:
        way.pays(topup)
    with clock.moved(timedelta(seconds=20)):
        work()

    assert [reloaded(topup).state for topup in offers] == ["paid"] * 3 + ["pending"]
    assert [ledger.available(topup.customer) for topup in offers] == [HUNDRED] * 3 + [0]


@every_way("lists")
def test_what_polling_has_missed_is_credited_by_comparing_and_once(
    way: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (yookassa, cryptopay):
        monkeypatch.setattr(module, "PAGE", 2)
    offers = [way.offer(way.somebody()) for _ in range(5)]
    if way.bills:
        with clock.moved(OVER):
            work()
    for topup in offers:
        way.pays(topup)
    reconcile.all()
    assert reconcile.all() == 0

    assert [(reloaded(topup).state, ledger.available(topup.customer)) for topup in offers] == [("paid", HUNDRED)] * 5


@every_way("lists")
def test_comparing_finds_nothing_where_all_was_noticed(way: Driver) -> None:
    reconcile.all()
    topup = way.paid(way.somebody())

    assert reconcile.all() == 0
    assert ledger.available(topup.customer) == HUNDRED


@every_way("lists")
def test_a_list_that_cannot_be_read_is_read_the_next_time(way: Driver) -> None:
    topup = way.offer(way.somebody())
    way.pays(topup)
    way.fault("list", "500", times=0)
    assert reconcile.all() == 0
    mark = reconcile.Reconciliation.objects.get(pk=way.name)
    assert (mark.until, bool(mark.error)) == (None, True)

    way.well()
    reconcile.all()
    assert ledger.available(topup.customer) == HUNDRED
    assert reconcile.Reconciliation.objects.get(pk=way.name).error == ""
