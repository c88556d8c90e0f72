"""Payments that went back by the provider's own word: taken from the wallet once, whoever else had asked and in whatever order."""

from decimal import Decimal
from itertools import permutations

import pytest

from payments import ledger, refunds, topups
from payments.difference import DifferenceKind
from payments.models import Difference, Kind, Refund, TopUp, Transfer
from payments.refunds import done, heard
from payments.signals import topup_moved
from reliability import cid
from tests.payments.returning import HOUR, HUNDRED, returned, states, told
from tests.payments.worklist import lines

__all__ = ["told"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_agree")]


@pytest.mark.parametrize("order", sorted(set(permutations(["message", "message", "list", "worker"]))))
def test_by_whatever_way_and_however_often_it_is_told_the_sum_leaves_once(payment, bank, work, told, order):
    topup, bank.loses_answers = payment(), True
    returned(topup)
    work(refunds.QUEUE)
    bank.loses_answers = False
    said = bank.listed[-1][1]
    for way in order:
        if way == "worker":
            work(refunds.QUEUE, later=HOUR)
        else:
            heard(said, cid=cid.new())

    assert (states(topup), ledger.available(topup.customer)) == (("refunded", "done"), 0)
    assert Transfer.objects.filter(kind=Kind.REFUND).count() == len(told) == 1
    assert lines() == []


def test_what_the_provider_returns_by_itself_leaves_the_wallet_once(payment, bank, told):
    topup = payment()
    said = bank.returns("p1", 2_550)

    assert heard(said, cid=cid.new()).rubles == Decimal("25.50")
    assert [heard(said, cid=cid.new()) for _ in range(3)] == [None] * 3
    assert (ledger.available(topup.customer), states(topup), len(told)) == (Decimal("74.50"), ("paid", "done"), 1)

    heard(bank.returns("p1", 7_450, "return-y"), cid=cid.new())
    assert (ledger.available(topup.customer), states(topup)) == (0, ("refunded", "done", "done"))


@pytest.mark.parametrize(("spent", "lent"), [("0.01", "0.01"), ("60.00", "60.00"), ("100.00", "100.00")])
def test_what_was_spent_before_is_lent_and_listed(payment, bank, spent, lent):
    topup = payment()
    ledger.hold(topup.customer, Decimal(spent), ref="hold:job:1", cid=cid.new())
    said = bank.returns("p1")
    for _ in range(2):
        heard(said, cid=cid.new())

    assert (ledger.available(topup.customer), ledger.held(topup.customer)) == (0, Decimal(spent))
    line = Difference.objects.open().get()
    assert (line.kind, line.rubles, line.customer) == ("refund_short", Decimal(lent), topup.customer)
    assert Transfer.objects.get(ref__startswith="short:").amount == Decimal(lent)
    assert states(topup) == ("refunded", "done")


def test_a_return_of_a_payment_that_nobody_knows_is_listed_until_it_is_known(bank, met):
    offer = topups.start(met(), HUNDRED, provider="bank", cid=cid.new())
    said = bank.returns("p1")
    assert [heard(said, cid=cid.new()) for _ in range(2)] == [None, None]
    assert lines() == ["refund_unknown:bank:p1"]

    topups.paid(offer, external_id="p1", currency="RUB", minor_amount=10_000, cid=cid.new(), provider="bank")
    assert heard(said, cid=cid.new())
    assert (lines(), ledger.available(offer.customer), states(offer)) == ([], 0, ("refunded", "done"))


def test_what_was_never_credited_is_rejected_when_it_goes_back(bank, met):
    offer, moved = topups.start(met(), HUNDRED, provider="bank", cid=cid.new()), []
    topups.paid(offer, external_id="p1", currency="USD", minor_amount=99, cid=cid.new(), provider="bank")
    assert lines() == ["not_credited:bank:p1"]

    def hear(topup, **_):
        moved.append(topup.state)

    topup_moved.connect(hear)
    assert [heard(bank.returns("p1", 99), cid=cid.new()) for _ in range(2)] == [None, None]
    topup_moved.disconnect(hear)

    topup = TopUp.objects.get(external_id="p1")
    assert (topup.state, topup.reason, moved) == ("rejected", refunds.NOT_OURS, ["rejected"])
    assert (lines(), Transfer.objects.count()) == ([], 0)


def test_more_than_came_takes_the_payment_and_is_listed(payment, bank):
    topup = payment()
    heard(bank.returns("p1", 10_001), cid=cid.new())
    assert (states(topup), ledger.available(topup.customer)) == (("refunded", "done"), 0)
    assert lines() == ["sum:refund:bank:p1:return-x"]

    assert heard(bank.returns("p1", 1, "return-y"), cid=cid.new()) is None
    assert len(lines()) == 2


def test_two_returns_of_one_sum_are_told_apart_by_the_workers_question_alone(payment, bank, work):
    """Were the first one done by the news of the second, nobody would ask for it any more: the person would have one of two."""
    topup = payment()
    first, second = returned(topup, "40.00"), returned(topup, "40.00")
    bank.made[second.ref] = "return-9"
    said = bank.returns("p1", 4_000, "return-9")

    assert heard(said, cid=cid.new()) is None
    work(refunds.QUEUE)
    assert states(topup) == ("paid", "done", "done")
    assert set(bank.made) == {first.ref, second.ref}
    for _at, notice in bank.listed[1:]:
        assert heard(notice, cid=cid.new()) is None
    assert ledger.available(topup.customer) == Decimal("20.00")


def test_a_return_that_an_operator_has_ended_learns_its_number_from_the_list(payment, bank):
    topup = payment()
    refund = returned(topup, "40.00")
    done(refund.pk, "", by="admin:1")

    assert [heard(bank.returns("p1", 4_000), cid=cid.new()) for _ in range(2)] == [None, None]
    assert (Refund.objects.get().external_id, ledger.available(topup.customer)) == ("return-x", Decimal("60.00"))


def test_a_provider_that_refused_and_returned_it_all_the_same_is_believed_the_second_time(payment, bank, work):
    topup, bank.no = payment(), "no"
    returned(topup)
    work(refunds.QUEUE)
    heard(bank.returns("p1"), cid=cid.new())
    assert (states(topup), ledger.available(topup.customer)) == (("refunded", "refused", "done"), 0)


def test_what_had_no_room_beside_a_return_of_ours_is_taken_once_that_is_refused(payment, bank, work):
    """Found by the simulator: the bank returned all of it while ten rubles of it were asked for, and then refused those."""
    topup = payment()
    returned(topup, "10.00")
    all_of_it = bank.returns("p1")
    heard(all_of_it, cid=cid.new())
    assert len(lines(DifferenceKind.SUM)) == 1
    bank.no = "nothing is left of it"
    work(refunds.QUEUE)
    assert ledger.available(topup.customer) == Decimal("10.00")

    heard(all_of_it, cid=cid.new())
    assert (states(topup), ledger.available(topup.customer)) == (("refunded", "refused", "done", "done"), 0)
    assert lines() == []
    assert heard(all_of_it, cid=cid.new()) is None
