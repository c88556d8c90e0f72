"""A payment that nobody knows the payer of: whoever an operator finds is credited once, whatever is known of it later."""

from decimal import Decimal

import pytest

from payments import ledger, topups
from payments.models import Difference
from payments.order import CannotAct
from reliability import cid, counts
from tests.payments.operators import do, named, order
from tests.payments.worklist import compared, line, lines

HUNDRED = Decimal("100.00")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank", "books_agree")]


def found_by(bank, payment="p1", payload="nobody's", minor=10_000):
    bank.receives(payment, payload, minor)
    compared()
    return Difference.objects.get(key=f"unknown_payment:bank:{payment}")


def test_nobodys_payment_is_credited_once_also_when_its_offer_is_known_later(customer, bank, ann):
    lost = found_by(bank)
    with pytest.raises(CannotAct, match=r"100[.,]00"):
        do("settle_credit", lost, ann, "100.01", telegram_id=customer.telegram_id)
    do("settle_credit", lost, ann, "100.00", telegram_id=customer.telegram_id)
    offer = topups.start(customer, HUNDRED, provider="bank", cid=cid.new())
    with pytest.raises(ledger.RefConflict):
        topups.paid(offer, external_id="p1", currency="RUB", minor_amount=10_000, provider="bank", cid=cid.new())

    assert (ledger.available(customer), lines()) == (2 * HUNDRED, ["ref_conflict:bank:p1"])
    with pytest.raises(CannotAct):
        do("settle_credit", line("ref_conflict"), ann, "100.00", telegram_id=customer.telegram_id)


def test_whose_it_is_may_be_told_again_and_again_after_an_operator_has_said_so_and_is_a_conflict_once(
    customer, bank, ann
):
    do("settle_credit", found_by(bank), ann, "100.00", telegram_id=customer.telegram_id)
    bank.listed.clear()
    bank.receives("p1", topups.start(customer, HUNDRED, provider="bank", cid=cid.new()))
    before = counts.mine[ledger.CONFLICTS]
    for _ in range(3):
        compared()

    assert counts.mine[ledger.CONFLICTS] == before + 1
    assert (ledger.available(customer), lines()) == (2 * HUNDRED, ["ref_conflict:bank:p1"])


def test_nor_is_it_approved_then(customer, bank, ann):
    do("settle_credit", found_by(bank), ann, "100.00", telegram_id=customer.telegram_id)
    topup = named(topups.start(customer, HUNDRED, provider="bank", cid=cid.new()), "p1")
    with pytest.raises(CannotAct, match="вручную"):
        do("approve", topup, ann, "100.00")
    do("reject", topup, ann)
    assert ledger.available(customer) == 2 * HUNDRED


@pytest.mark.django_db(transaction=True)
def test_two_operators_who_find_two_payers_at_once_credit_one(met, bank, operator, together):
    people, operators = [met() for _ in range(4)], [operator() for _ in range(4)]
    lost = found_by(bank)
    outcomes = together(
        4, lambda n: do("settle_credit", lost, operators[n], "100.00", telegram_id=people[n].telegram_id)
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["CannotAct"] * 3 + ["Outcome"]
    assert sum(ledger.available(person) for person in people) == HUNDRED


@pytest.mark.django_db(transaction=True)
def test_an_operator_and_the_provider_who_name_the_payer_at_once_credit_one(met, bank, operator, together):
    for number in range(4):
        mine, theirs, by = met(), met(), operator()
        lost = found_by(bank, f"p{number}")
        offer = topups.start(theirs, HUNDRED, provider="bank", cid=cid.new())
        facts = {"external_id": f"p{number}", "currency": "RUB", "minor_amount": 10_000, "provider": "bank"}
        bank.listed.clear()
        outcomes = together(
            2,
            lambda n, lost=lost, mine=mine, by=by, offer=offer, facts=facts: (
                topups.paid(offer, cid=cid.new(), **facts)
                if n
                else do("settle_credit", lost, by, "100.00", telegram_id=mine.telegram_id)
            ),
        )
        assert [isinstance(one, Exception) for one in outcomes].count(True) == 1
        assert ledger.available(mine) + ledger.available(theirs) == HUNDRED


def test_what_a_line_credited_and_the_provider_returned_is_taken_from_whom_it_was_given_to(met, bank, ann):
    anna, other = met(), met("500.00")
    do("settle_credit", found_by(bank), ann, "100.00", telegram_id=anna.telegram_id)
    bank.returns("p1")
    compared()
    with pytest.raises(CannotAct):
        do("settle_debit", line("refund_unknown"), ann, "100.00", telegram_id=other.telegram_id)
    do("settle_debit", line("refund_unknown"), ann, "100.00", telegram_id=anna.telegram_id)
    assert (ledger.available(anna), ledger.available(other), lines()) == (0, Decimal("500.00"), [])


def test_what_was_returned_and_credited_to_nobody_is_taken_from_nobody(customer, bank, ann):
    bank.returns("p1")
    lost = found_by(bank)
    with pytest.raises(CannotAct):
        do("settle_debit", line("refund_unknown"), ann, "1.00", telegram_id=customer.telegram_id)
    wanted = order("settle_credit", lost, ann, "1.00", telegram_id=customer.telegram_id)
    assert wanted.act.said(wanted)[-1] == f"⚠️ Останется открытой: {line('refund_unknown')}."
