"""Payments that go back because somebody asks: the worker asks the provider, whose answer ends it, in as many parts as one likes."""

from datetime import timedelta
from decimal import Decimal

import pytest

from payments import ledger, refunds, topups
from payments.amount import BadAmount
from payments.difference import DifferenceKind
from payments.models import Difference, Refund
from payments.refunds import CannotReturn, ask, done, refused
from payments.signals import refund_ended
from reliability import cid
from tests.payments.returning import HOUR, HUNDRED, returned, states, told
from tests.payments.worklist import lines

__all__ = ["told"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_agree")]


def test_money_leaves_the_wallet_when_it_is_asked_for_and_comes_back_to_the_person(payment, bank, work, told):
    topup = payment()
    refund = returned(topup)

    assert (ledger.available(topup.customer), states(topup), told) == (0, ("paid", "asked"), [])
    assert (refund.transfer.kind, refund.transfer.actor, refund.transfer.note) == ("refund", "admin:1", "as promised")
    assert work(refunds.QUEUE) == 1
    assert states(topup) == ("refunded", "done")
    assert bank.made == {refund.ref: Refund.objects.get().external_id}
    assert told == [(refund.pk, "done")]
    assert work(refunds.QUEUE, later=HOUR) == 0


def test_part_by_part_all_of_it_goes_back_and_not_a_kopeck_more(payment, bank, work):
    topup = payment()
    for rubles in ("33.33", "33.33"):
        returned(topup, rubles)
    with pytest.raises(BadAmount, match=r"more than the 33\.34"):
        returned(topup, "33.35")
    work(refunds.QUEUE)
    assert states(topup) == ("paid", "done", "done")

    returned(topup, "33.34")
    work(refunds.QUEUE)
    assert states(topup) == ("refunded", "done", "done", "done")
    assert list(topup.refunds.order_by("pk").values_list("minor_amount", flat=True)) == [
        3333,
        3333,
        3334,
    ]
    with pytest.raises(CannotReturn):
        returned(topup, "0.01")


def test_what_the_provider_does_not_return_is_in_the_wallet_again_and_may_be_asked_anew(payment, bank, work, told):
    topup, bank.no = payment(), "the card is gone"
    first = returned(topup)
    work(refunds.QUEUE)

    assert (ledger.available(topup.customer), states(topup)) == (HUNDRED, ("paid", "refused"))
    assert told == [(first.pk, "refused")]
    back = Refund.objects.get().returned
    assert (back.debit, back.credit, back.settles) == ("provider:bank", "wallet", first.transfer)
    assert (back.kind, back.actor, "the card is gone" in back.note) == ("refund_failure", "bank", True)

    bank.no = ""
    second = returned(topup)
    work(refunds.QUEUE)
    assert second.ref != first.ref
    assert (ledger.available(topup.customer), states(topup)) == (0, ("refunded", "refused", "done"))


def test_a_silent_provider_is_asked_for_a_day_under_one_reference_then_an_operator_is(payment, bank, work, told):
    topup, bank.silent = payment(), True
    refund = returned(topup)
    for minutes in (0, 1, 10, 60, 60 * 23):
        assert work(refunds.QUEUE, later=timedelta(minutes=minutes)) == 1
        assert (states(topup), lines(), told) == (("paid", "asked"), [], [])
    assert "no answer" in Refund.objects.get().error

    assert work(refunds.QUEUE, later=timedelta(hours=25)) == 1
    assert (states(topup), set(bank.asked[1:])) == (("paid", "unclear"), {refund.ref})
    assert lines() == [f"refund_unclear:{refund.ref}"]
    assert work(refunds.QUEUE, later=timedelta(days=3)) == 0


@pytest.mark.parametrize("was_done", [True, False])
def test_what_nobody_knows_an_operator_ends_once(payment, bank, work, told, was_done):
    topup, bank.silent = payment(), True
    refund = returned(topup)
    work(refunds.QUEUE, later=timedelta(hours=25))

    ends = [lambda: done(refund.pk, "", by="admin:1"), lambda: refused(refund.pk, "looked there", by="admin:1")]
    assert [end() for end in (ends if was_done else reversed(ends))] == [True, False]
    assert ledger.available(topup.customer) == (0 if was_done else HUNDRED)
    assert (lines(), len(told)) == ([], 1)


def test_a_step_that_is_wrong_is_tried_eight_times_and_then_unclear(payment, bank, work, monkeypatch):
    topup = payment()
    returned(topup)
    monkeypatch.setattr(bank, "refund", lambda _refund: 1 / 0)
    for hour in range(9):
        work(refunds.QUEUE, later=hour * HOUR)
    assert states(topup) == ("paid", "unclear")
    assert len(lines(DifferenceKind.REFUND_UNCLEAR)) == 1


def test_a_lost_answer_is_asked_for_again_and_the_return_is_one(payment, bank, work):
    topup, bank.loses_answers = payment(), True
    returned(topup)
    work(refunds.QUEUE)
    assert states(topup) == ("paid", "asked")

    bank.loses_answers = False
    work(refunds.QUEUE, later=HOUR)
    assert (states(topup), len(bank.made)) == (("refunded", "done"), 1)


def test_a_return_that_its_provider_refused_is_a_line_for_who_had_asked_for_it(payment, bank, work):
    topup, bank.no = payment(), "not enough on the account"
    first = returned(topup, "10.00")
    work(refunds.QUEUE)

    line = Difference.objects.get(kind=DifferenceKind.REFUND_REFUSED)
    assert (line.customer, line.topup, line.rubles) == (topup.customer, topup, Decimal("10.00"))
    assert (line.facts["by"], line.facts["why"]) == ("admin:1", "not enough on the account")
    assert line.key == f"refund_refused:{first.ref}"

    bank.no = ""
    returned(topup)
    work(refunds.QUEUE)
    assert lines() == []  # all of it is back: nothing is promised any more


def test_a_return_that_an_operator_himself_calls_refused_needs_no_line(payment, work):
    refund = returned(payment(), "10.00")
    refused(refund.pk, "it never left", by="admin:1")
    assert lines() == []


def test_what_is_not_there_is_not_returned(payment, bank, met):
    topup = payment()
    offer = topups.start(met(), HUNDRED, provider="bank", cid=cid.new())
    for pk in (offer.pk, 0):
        with pytest.raises(CannotReturn):
            ask(pk, HUNDRED, by="admin:1", reason="x")
    ledger.hold(topup.customer, Decimal("0.01"), ref="hold:job:1", cid=cid.new())
    with pytest.raises(ledger.NotEnoughMoney):
        returned(topup)
    assert not Refund.objects.exists()


def test_stars_go_back_only_whole(met):
    offer = topups.start(met(), HUNDRED, cid=cid.new())
    topups.paid(offer, external_id="c1", currency="XTR", minor_amount=160, cid=cid.new())
    with pytest.raises(CannotReturn, match="целиком"):
        returned(offer, "50.00")
    assert returned(offer).minor_amount == 160


def test_a_receiver_that_fails_leaves_nothing_half_done(payment, bank, work):
    topup = payment()
    refund = returned(topup)

    def fail(**_):
        raise RuntimeError("receiver")

    refund_ended.connect(fail)
    with pytest.raises(RuntimeError):
        done(refund.pk, "return-1")
    refund_ended.disconnect(fail)
    assert states(topup) == ("paid", "asked")
    assert done(refund.pk, "return-1")
