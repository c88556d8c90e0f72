"""Our books beside a provider's list: what was never noticed is credited, what does not agree is listed, nobody waits for a silent one."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from payments import ledger, providers, reconcile, refunds, topups
from payments.models import Customer, Difference, Reconciliation, Refund, TopUp, Transfer
from reliability import cid, clock
from tests.payments.worklist import compared, lines

HUNDRED = Decimal("100.00")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_agree")]


@pytest.fixture(autouse=True)
def alone(bank):
    """The bank is the only provider."""
    stars = providers._known.pop("stars")
    yield
    providers._known["stars"] = stars


@pytest.fixture
def anna(db, met):
    return met()


@pytest.fixture
def offer(anna, alone):
    return topups.start(anna, HUNDRED, provider="bank", cid=cid.new())


def mark():
    return Reconciliation.objects.get(pk="bank")


def test_what_was_paid_and_never_noticed_is_credited_once(offer, bank, anna):
    bank.receives("p1", offer)
    assert [compared(), compared(), compared(HOUR)] == [1, 0, 0]
    assert ledger.available(anna) == HUNDRED
    assert TopUp.objects.get().agreed_at


def test_what_we_know_is_agreed_and_moves_nothing(payment, bank):
    topup = payment()
    assert compared() == 0
    topup.refresh_from_db()
    assert topup.agreed_at
    assert Transfer.objects.count() == 1


def test_an_expired_offer_paid_all_the_same_is_credited(offer, bank, anna):
    topups.expire(offer.pk)
    bank.receives("p1", offer)
    compared(2 * HOUR)
    offer.refresh_from_db()
    assert (offer.state, ledger.available(anna)) == ("paid", HUNDRED)


def test_a_payer_whom_the_provider_names_is_credited_without_an_offer(bank, anna):
    bank.receives("p1", "no offer of ours", payer=anna.telegram_id, currency="XTR", minor=160)
    compared()
    assert ledger.available(anna) == HUNDRED


def test_paid_by_nobody_knows_whom_is_a_line_until_the_payer_is_known(bank, anna, offer):
    bank.receives("p1", "no offer of ours")
    assert [compared(), compared()] == [0, 0]
    assert lines() == ["unknown_payment:bank:p1"]

    bank.listed.clear()
    bank.receives("p1", offer)
    assert compared() == 1
    assert (lines(), ledger.available(anna)) == ([], HUNDRED)


def test_another_sum_than_ours_is_a_line_and_moves_nothing(payment, bank):
    topup = payment()
    bank.listed.clear()
    bank.receives("p1", topup, 9_999)
    assert [compared(), compared()] == [0, 0]
    line = Difference.objects.open().get()
    assert (line.key, line.topup, line.facts["paid"]) == ("sum:bank:p1", topup, 9_999)
    assert ledger.available(topup.customer) == HUNDRED


def test_another_sum_is_listed_all_the_same_and_no_line_once_the_sums_agree(payment, bank):
    """As where a list lies for a moment: about every payment in it, also those that nothing was wrong with."""
    topups_, true = [payment(), payment()], list(bank.listed)
    bank.listed[:] = [(at, replace(said, minor_amount=said.minor_amount - 1)) for at, said in true]
    compared()
    compared(11 * MINUTE)
    assert lines() == ["sum:bank:p1", "sum:bank:p2"]
    assert all(TopUp.objects.get(pk=one.pk).agreed_at for one in topups_)

    bank.listed[:] = true
    compared(12 * MINUTE)
    assert lines() == []
    assert {one.ended_by for one in Difference.objects.all()} == {""}


def test_what_is_not_credited_agrees_with_the_list_or_waits_in_its_own_line(offer, bank, anna):
    bank.receives("p1", offer)
    topups.paid(offer, external_id="p1", currency="USD", minor_amount=10_000, provider="bank", cid=cid.new())
    compared()
    compared(11 * MINUTE)
    assert lines() == ["not_credited:bank:p1"]
    topups.reject(TopUp.objects.get(external_id="p1").pk, by="admin:1", reason="returned")
    compared(12 * MINUTE)
    assert lines() == ["not_credited:bank:p1"]


def test_what_the_provider_does_not_list_is_a_line_once_it_had_time_and_until_it_does(payment, bank):
    topup = payment()
    said = bank.listed.pop()
    for minutes in range(0, 10, 3):  # passes come each minute, so none may look only at what is new since the last
        compared(minutes * MINUTE)
        assert lines() == []
    compared(11 * MINUTE)
    assert lines() == ["not_there:bank:p1"]

    bank.listed.append(said)
    compared(12 * MINUTE)
    topup.refresh_from_db()
    assert (lines(), bool(topup.agreed_at)) == ([], True)


def test_what_was_listed_once_need_not_be_listed_for_ever(payment, bank):
    payment()
    compared()
    bank.listed.clear()
    compared(HOUR)
    assert lines() == []


def test_a_return_that_nobody_noticed_leaves_the_wallet_once(payment, bank):
    topup = payment()
    bank.returns("p1")
    assert [compared(), compared()] == [1, 0]
    assert (ledger.available(topup.customer), Refund.objects.get().state) == (0, "done")


def test_paid_and_returned_both_unnoticed_are_both_booked(offer, bank, anna):
    bank.receives("p1", offer)
    bank.returns("p1")
    assert compared() == 2
    assert (ledger.available(anna), Transfer.objects.count()) == (0, 2)


def test_a_return_of_ours_is_done_by_the_list_where_the_answer_was_lost(payment, bank, work):
    topup, bank.loses_answers = payment(), True
    refunds.ask(topup.pk, HUNDRED, by="admin:1", reason="as promised")
    work(refunds.QUEUE)
    assert compared() == 1
    assert Refund.objects.get().state == "done"
    assert work(refunds.QUEUE, later=HOUR) == 0


def test_each_look_begins_two_hours_before_the_last_that_came_to_the_end(bank, anna):
    Customer.objects.update(created_at=clock.now() - 30 * DAY)
    compared()
    first = mark().until
    bank.silent = True
    compared(HOUR)
    assert (mark().until, mark().error, mark().failing_since is not None) == (first, "no answer", True)
    bank.silent = False
    compared(2 * HOUR)
    assert [bank.looked[1], bank.looked[2]] == [first - reconcile.OVERLAP] * 2
    assert first - bank.looked[0] > reconcile.FIRST_LOOK
    assert (mark().error, mark().failing_since) == ("", None)
    assert mark().until > first + HOUR


def test_the_first_failure_is_the_one_that_is_remembered(bank):
    bank.silent = True
    compared()
    since = mark().failing_since
    compared(HOUR)
    assert mark().failing_since == since


class Other:
    """Another provider: it says what it has when it is asked, and when it was."""

    def __init__(self, name, bank, order):
        self.name, self.bank, self.order = name, bank, order
        self.ready = lambda: True

    def reconcile(self, since, place):
        self.order.append(self.name)
        return iter([])


@pytest.mark.parametrize("trouble", ["silent", "wrong"])
def test_one_that_fails_keeps_no_other_waiting_and_comes_last_the_next_time(bank, trouble, monkeypatch):
    order = []
    monkeypatch.setitem(providers._known, "aaa", Other("aaa", bank, order))
    monkeypatch.setitem(providers._known, "zzz", Other("zzz", bank, order))
    if trouble == "silent":
        bank.silent = True
    hear = bank.reconcile

    def reconciles(since, place):
        order.append("bank")
        return hear(since, place) if trouble == "silent" else iter([1 / 0])

    monkeypatch.setattr(bank, "reconcile", reconciles)
    compared()
    compared()
    assert order == ["aaa", "bank", "zzz", "aaa", "zzz", "bank"]
    assert ("no answer" if trouble == "silent" else "ZeroDivisionError") in mark().error
    assert Reconciliation.objects.get(pk="zzz").until


def test_a_payment_that_cannot_be_booked_keeps_no_other_waiting_and_is_come_to_again(bank, anna, met, monkeypatch):
    bank.receives("", topups.start(met(), HUNDRED, provider="bank", cid=cid.new()))  # no id: topups refuses it
    bank.receives("p2", topups.start(anna, HUNDRED, provider="bank", cid=cid.new()))
    assert compared() == 1
    assert (ledger.available(anna), mark().until) == (HUNDRED, None)
    assert "is no payment" in mark().error

    bank.listed.pop(0)
    assert compared() == 0
    assert mark().until


def test_a_list_too_long_for_one_turn_is_left_in_time_and_what_was_come_to_is_credited(bank, anna, monkeypatch):
    for number in range(5):
        bank.receives(f"p{number}", topups.start(anna, HUNDRED, provider="bank", cid=cid.new()))
    ticks = iter(range(100))
    monkeypatch.setattr(clock, "monotonic", lambda: next(ticks) * 4.0)

    assert compared() == 3
    assert (mark().until, mark().seen) == (None, 3)
    assert "more than can be read in 10 s" in mark().error


@pytest.mark.django_db(transaction=True)
def test_told_by_notice_and_list_at_once_it_is_credited_once(met, bank, together):
    for number in range(4):
        anna = met()
        offer = topups.start(anna, HUNDRED, provider="bank", cid=cid.new())
        said = bank.receives(f"p{number}", offer)

        def notices(offer=offer, said=said):
            facts = {"external_id": said.external_id, "currency": "RUB", "minor_amount": 10_000, "provider": "bank"}
            return topups.paid(offer.payload, cid=cid.new(), **facts)

        outcomes = together(6, lambda n, notices=notices: compared() if n % 2 else notices())

        assert not [one for one in outcomes if isinstance(one, Exception)]
        assert ledger.available(anna) == HUNDRED
    assert lines() == []
