"""Where a look at a provider's list begins: never before our first person, and where an operator says, also while one is under way."""

from datetime import timedelta
from decimal import Decimal

import pytest

from payments import ledger, providers, reconcile
from payments.models import Customer, Difference, Reconciliation
from payments.reconcile import FIRST_LOOK, OVERLAP
from reliability import clock
from tests.payments.operators import do, pending

HUNDRED, STRANGER = Decimal("100.00"), 600_000_001
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def alone(bank, monkeypatch):
    """The bank is the only provider."""
    monkeypatch.delitem(providers._known, "stars")


@pytest.fixture
def anna(db, met):
    """Who came a month ago, the first."""
    anna = met()
    Customer.objects.update(created_at=clock.now() - 30 * DAY)
    return anna


def mark():
    return Reconciliation.objects.get(pk="bank")


def sold_before(bank, ago):
    """By whoever had the shop before us."""
    with clock.moved(-ago):
        bank.receives("old", "an offer of theirs", payer=STRANGER, currency="XTR", minor=160)


def test_what_was_sold_before_our_first_person_came_is_never_credited(bank, met):
    sold_before(bank, HOUR)
    assert reconcile.all() == 0  # nobody has come yet
    anna = met()
    with clock.moved(timedelta(minutes=1)):
        bank.receives("new", "whatever", payer=anna.telegram_id, currency="XTR", minor=160)
        assert reconcile.all() == 1
        assert reconcile.all() == 0

    assert ledger.available(anna) == HUNDRED
    assert list(Customer.objects.values_list("telegram_id", flat=True)) == [anna.telegram_id]


def test_what_is_credited_without_an_offer_of_ours_is_a_line_that_an_operator_ends(bank, anna, ann):
    bank.receives("odd", "no offer of ours", payer=anna.telegram_id, currency="XTR", minor=160)
    reconcile.all()
    line = Difference.objects.open().get()
    assert (line.key, line.customer, line.rubles) == ("unknown_offer:bank:odd", anna, HUNDRED)

    do("settle", line, ann)
    reconcile.all()
    assert not Difference.objects.open().exists()
    assert ledger.available(anna) == HUNDRED


def test_a_first_look_that_fails_for_days_does_not_begin_later_for_it(bank, anna):
    bank.silent, began = True, clock.now()
    reconcile.all()
    with clock.moved(5 * DAY):
        reconcile.all()
    assert bank.looked[-1] - began < HOUR - FIRST_LOOK - OVERLAP


def test_asked_again_while_the_list_is_read_it_is_read_again(bank, anna, monkeypatch):
    asked, hear = clock.now() - 20 * DAY, bank.reconcile
    reconcile.all()

    def interrupted(since, place):
        yield from hear(since, place)
        reconcile.ask_again("bank", asked)

    monkeypatch.setattr(bank, "reconcile", interrupted)
    reconcile.all()
    monkeypatch.setattr(bank, "reconcile", hear)
    assert (mark().until, mark().error) == (asked, "")

    reconcile.all()
    assert bank.looked[-1] == asked - OVERLAP
    assert mark().until > asked


@pytest.mark.parametrize(("ago", "begins"), [(10 * DAY, 10 * DAY), (HOUR, FIRST_LOOK)])
def test_asked_again_before_the_first_look_it_begins_no_later_than_that_would(bank, anna, ann, ago, begins):
    """With the top-up where it is older, and with all that the first look is for where it is not."""
    with clock.moved(-ago):
        topup = pending(anna)
        type(topup).objects.update(state="expired")
    topup.refresh_from_db()
    do("requery", topup, ann)

    reconcile.all()
    assert abs(clock.now() - bank.looked[-1] - begins - OVERLAP) < timedelta(minutes=1)


def test_asked_again_for_what_is_not_read_yet_changes_nothing(bank, anna):
    Reconciliation.objects.create(pk="bank", until=clock.now() - DAY, place=7)
    reconcile.ask_again("bank", clock.now())
    assert (mark().place, clock.now() - mark().until >= DAY) == (7, True)
