"""What operators do with payments, refunds and lines of the work list."""

from datetime import timedelta
from decimal import Decimal

import pytest

from payments import difference, ledger, refunds, topups
from payments.cures import FIT
from payments.invariants import INVARIANTS
from payments.models import (
    AuditEntry,
    DifferenceKind,
    Proposal,
    Reconciliation,
    RefundState,
    TopUp,
    TopUpState,
)
from payments.order import CannotAct
from reliability import cid, clock
from reliability.models import Sweep
from tests.payments.operators import bank, do, named, paid, pending  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]


def test_a_top_up_is_approved_with_the_sum_that_came_once_and_its_line_ends(customer, ann, ben):
    topup = named(pending(customer))
    line = difference.found(DifferenceKind.RECEIPT_WAITS, str(topup.pk), provider="bank", topup=topup)

    do("approve", topup, ann, "90.00")
    with pytest.raises(CannotAct):
        do("approve", topup, ben, "100.00")

    topup.refresh_from_db()
    line.refresh_from_db()
    assert (topup.state, topup.rubles, topup.decided_by) == (TopUpState.PAID, Decimal("90.00"), f"admin:{ann.pk}")
    assert (ledger.available(customer), line.ended_by, line.note) == (Decimal("190.00"), ann.username, "так надо")
    assert [rule.name for rule in INVARIANTS if rule.check()] == []


def test_a_top_up_is_rejected_with_its_reason(customer, ann):
    topup = pending(customer)
    entry = do("reject", topup, ann).entry

    topup.refresh_from_db()
    assert (topup.state, topup.reason) == (TopUpState.REJECTED, "так надо")
    assert (entry.before["state"], entry.after["state"], entry.cid) == ("pending", "rejected", topup.cid)
    assert ledger.available(customer) == Decimal("100.00")


def test_a_payment_goes_back_in_part_and_then_not_more_than_is_left(customer, ann):
    topup = paid(customer)
    do("refund", topup, ann, "40.00")
    with pytest.raises(CannotAct):
        do("refund", topup, ann, "60.01")
    do("refund", topup, ann, "60.00")
    with pytest.raises(CannotAct):
        do("refund", topup, ann, "0.01")

    assert ledger.available(customer) == Decimal("100.00")
    assert list(topup.refunds.order_by("pk").values_list("rubles", flat=True)) == [Decimal("40.00"), Decimal("60.00")]


def test_stars_go_back_only_whole(customer, ann):
    topup = paid(customer, provider="stars")
    with pytest.raises(CannotAct):
        do("refund", topup, ann, "40.00")
    do("refund", topup, ann, "100.00")

    assert AuditEntry.objects.filter(act="refund").count() == 1


def test_an_open_invoice_is_asked_for_now(customer, ann):
    topup = pending(customer)
    TopUp.objects.filter(pk=topup.pk).update(due_at=clock.now() + timedelta(hours=1))
    do("requery", topup, ann)

    topup.refresh_from_db()
    assert topup.due_at <= clock.now()


def test_what_cannot_be_asked_for_is_looked_for_in_the_providers_list_and_not_ended(customer, ann):
    offer = topups.start(customer, Decimal("100.00"), cid=cid.new())  # in Stars: a nudge would expire it
    Reconciliation.objects.create(pk="stars", until=clock.now() + timedelta(hours=1), place=7)
    Sweep.objects.create(name="payments", ran_at=clock.now())
    due_at = offer.due_at
    do("requery", offer, ann)

    offer.refresh_from_db()
    mark = Reconciliation.objects.get()
    assert (offer.due_at, mark.until, mark.place) == (due_at, offer.created_at, 0)
    assert Sweep.objects.get().ran_at is None


@pytest.mark.parametrize(
    ("act", "state", "left"), [("went", RefundState.DONE, "100.00"), ("did_not", RefundState.REFUSED, "200.00")]
)
def test_an_unclear_refund_ends_as_the_operator_has_seen_it(customer, ann, act, state, left):
    refund = refunds.ask(paid(customer).pk, Decimal("100.00"), by="admin:1", reason="r")
    with pytest.raises(CannotAct):
        do(act, refund, ann, external_id="r1")  # the worker still asks
    refunds.bury(refund, "no answer")

    do(act, refund, ann, external_id="r1")
    with pytest.raises(CannotAct):
        do(act, refund, ann, external_id="r1")

    refund.refresh_from_db()
    assert (refund.state, ledger.available(customer)) == (state, Decimal(left))


def test_a_payment_of_nobody_is_credited_to_whom_the_operator_found_and_its_line_ends(customer, ann):
    line = difference.found(DifferenceKind.UNKNOWN_PAYMENT, "bank:1", provider="bank", paid=100)
    for nobody in (None, 5):
        with pytest.raises(CannotAct):
            do("settle_credit", line, ann, "50.00", telegram_id=nobody)
    do("settle_credit", line, ann, "50.00", telegram_id=customer.telegram_id)
    with pytest.raises(CannotAct):
        do("settle_debit", line, ann, "50.00", telegram_id=customer.telegram_id)

    line.refresh_from_db()
    assert (ledger.available(customer), line.ended_by) == (Decimal("150.00"), ann.username)


@pytest.mark.parametrize(
    ("kind", "act"),
    [
        (kind.value, act)
        for kind in DifferenceKind
        for act in ("settle_credit", "settle_debit")
        if act not in FIT.get(kind, ())
    ],
)
def test_by_whatever_address_only_what_fits_a_line_is_done(customer, ann, kind, act):
    topup = paid(customer)
    about, told = f"bank:{topup.external_id}", {"paid": 99_999, "currency": "RUB"}
    line = difference.found(kind, about, provider="bank", topup=topup, customer=customer, rubles=topup.rubles, **told)
    with pytest.raises(CannotAct, match="не исправить"):
        do(act, line, ann, "1.00")
    assert ledger.available(customer) == Decimal("200.00")


def test_for_a_bank_transfer_nobody_is_asked(customer, ann):
    with pytest.raises(CannotAct, match="спросить некого"):
        do("requery", topups.start(customer, Decimal("100.00"), provider="manual", cid=cid.new()), ann)


def test_a_line_is_settled_with_a_note_once(customer, ann):
    line = difference.found(DifferenceKind.KIE_CREDITS, "job:1", provider="kie")
    do("settle", line, ann)
    with pytest.raises(CannotAct):
        do("settle", line, ann)

    line.refresh_from_db()
    assert (line.note, ledger.available(customer)) == ("так надо", Decimal("100.00"))
    assert Proposal.objects.count() == 0
