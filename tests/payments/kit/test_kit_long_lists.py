"""What every way to pay must stand whose list is too long for one turn: it is read on where it was left, and comes to its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from payments import ledger, reconcile
from payments.models import Reconciliation, TopUp
from payments.providers import cryptopay, yookassa
from reliability import clock
from tests.payments.kit.drivers.driver import HUNDRED, Driver, reloaded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hurried")]
DAY = timedelta(days=1)
TURNS = 30


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page has two rows, and of a list a turn takes four of what it is told."""
    for module in (yookassa, cryptopay):
        monkeypatch.setattr(module, "PAGE", 2)
    now_s = iter(range(0, 1_000_000, 3))
    monkeypatch.setattr(clock, "monotonic", lambda: float(next(now_s)))


def mark(way: Driver) -> Reconciliation:
    return Reconciliation.objects.get(pk=way.name)


@contextmanager
def at(way: Driver, days: int) -> Iterator[None]:
    """So many days later, by our clock and by theirs."""
    way.side.config(clock_ahead_s=days * DAY.total_seconds())
    with clock.moved(days * DAY):
        yield


def read_to_the_end(way: Driver) -> int:
    """How many turns it took."""
    for turn in range(1, TURNS):
        reconcile.all()
        if not mark(way).error:
            return turn
    raise AssertionError(f"no end after {TURNS} turns: {mark(way).error}")


@pytest.mark.parametrize("way", ["cryptopay"], indirect=True)
def test_a_long_list_of_invoices_is_read_in_turns_and_what_comes_meanwhile_is_read_too(way: Driver) -> None:
    offers = [way.offer(way.somebody()) for _ in range(9)]
    for topup in offers[:8]:
        way.pays(topup)
    reconcile.all()
    began = mark(way).began_at
    way.pays(offers[8])  # stands before what is read next
    assert read_to_the_end(way) > 1
    assert (mark(way).until, mark(way).place, mark(way).began_at) == (began, 0, None)
    assert [ledger.available(topup.customer) for topup in offers[:8]] == [HUNDRED] * 8

    read_to_the_end(way)
    assert ledger.available(offers[8].customer) == HUNDRED


@pytest.mark.parametrize("way", ["yookassa"], indirect=True)
def test_a_month_of_payments_and_returns_is_read_in_turns_the_oldest_first(way: Driver) -> None:
    begins, offers = clock.now(), []
    for days in range(0, 29, 4):
        with at(way, days):
            offers.append(way.offer(way.somebody()))
            way.pays(offers[-1])
            TopUp.objects.update(due_at=clock.now() + 90 * DAY)  # nobody asks for it
    for days, topup in zip((10, 20, 30), offers, strict=False):
        with at(way, days):
            way.gives_back(topup, topup.minor_amount)

    with at(way, 30):
        reconcile.ask_again(way.name, begins)
        reconcile.all()
        assert ledger.available(offers[0].customer) == HUNDRED
        assert begins < mark(way).until < begins + 20 * DAY
        read_to_the_end(way)
        assert [reloaded(topup).state for topup in offers] == ["refunded"] * 3 + ["paid"] * 5
        assert (clock.now() - mark(way).until < DAY, mark(way).place) == (True, 0)
