"""Money that mends lines of the work list: once for a payment, no more than is wrong with it, whichever of its lines it is done by."""

from datetime import timedelta
from decimal import Decimal

import pytest

from payments import acting, audit, difference, ledger, refunds, topups
from payments.acts import ACTS
from payments.amount import BadAmount
from payments.models import Difference, DifferenceKind, TopUp
from payments.order import CannotAct
from reliability import cid, clock
from tests.payments.operators import do, order
from tests.payments.worklist import compared, line, lines

HUNDRED, LATER = Decimal("100.00"), timedelta(minutes=11)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank", "books_agree")]


@pytest.fixture
def strange(customer, bank):
    """100 ₽ for an offer that nobody knows, credited to who paid; the bank does not list it."""
    facts = {"external_id": "p1", "currency": "XTR", "minor_amount": 160, "telegram_id": customer.telegram_id}
    topups.paid("no offer of ours", provider="bank", cid=cid.new(), **facts)
    return customer


@pytest.fixture
def dollars(customer, bank):
    """An offer of 500 ₽ of which the bank says 500 dollars when it is asked, and rubles in its list."""
    offer = topups.start(customer, Decimal("500.00"), provider="bank", cid=cid.new())
    bank.receives("p1", offer, 50_000)
    topups.paid(offer, external_id="p1", currency="USD", minor_amount=50_000, provider="bank", cid=cid.new())
    return TopUp.objects.get(external_id="p1")


def both_lines_of(strange):
    compared(LATER)
    assert lines() == ["not_there:bank:p1", "unknown_offer:bank:p1"]
    return line("unknown_offer"), line("not_there")


@pytest.mark.parametrize("first", [0, 1])
def test_a_payment_with_two_lines_is_taken_back_once_and_both_end(strange, ann, first):
    lines_of_it = both_lines_of(strange)
    do("settle_debit", lines_of_it[first], ann, "100.00")
    with pytest.raises(CannotAct):
        do("settle_debit", lines_of_it[1 - first], ann, "100.00")

    assert (ledger.available(strange), lines()) == (HUNDRED, [])
    assert {(one.ended_by, one.note) for one in Difference.objects.all()} == {(ann.username, "так надо")}


@pytest.mark.django_db(transaction=True)
def test_by_both_lines_at_once_it_is_taken_back_once(strange, operator, together):
    both, operators = both_lines_of(strange), [operator() for _ in range(6)]
    outcomes = together(6, lambda n: do("settle_debit", both[n % 2], operators[n], "100.00"))

    assert sorted(type(one).__name__ for one in outcomes) == ["CannotAct"] * 5 + ["Outcome"]
    assert (ledger.available(strange), lines()) == (HUNDRED, [])


def test_what_was_taken_back_is_not_missed_at_the_provider_later(strange, ann):
    do("settle_debit", line("unknown_offer"), ann, "100.00")
    compared(LATER)
    assert lines() == []


def test_a_line_ended_without_money_leaves_the_other_to_be_mended(strange, ann):
    kept, missing = both_lines_of(strange)
    do("settle", kept, ann)
    assert lines() == ["not_there:bank:p1"]
    do("settle_debit", missing, ann, "100.00")
    assert ledger.available(strange) == HUNDRED


def test_what_waits_for_its_approval_is_no_line_of_another_sum_and_is_credited_once(dollars, ann):
    compared()
    assert lines() == ["not_credited:bank:p1"]
    do("approve", dollars, ann, "500.00")
    compared(LATER)

    assert lines() == ["sum:bank:p1"]  # dollars in our books, rubles in theirs
    for act in ("settle_credit", "settle_debit"):
        with pytest.raises(CannotAct):
            do(act, line("sum"), ann, "600.00")
    with pytest.raises(CannotAct, match="зачислено"):
        do("settle_credit", line("sum"), ann, "0.01")
    assert ledger.available(dollars.customer) == Decimal("600.00")


def test_a_line_of_before_does_not_credit_what_waits_for_its_approval(dollars, ann):
    told = {"paid": 50_000, "currency": "RUB"}
    old = difference.found(
        DifferenceKind.SUM, "bank:p1", provider="bank", topup=dollars, customer=dollars.customer, **told
    )
    with pytest.raises(CannotAct, match="пополнения"):
        do("settle_credit", old, ann, "500.00")
    with pytest.raises(CannotAct):
        do("settle_debit", old, ann, "0.01")
    assert ledger.available(dollars.customer) == HUNDRED


# How much


def test_no_more_is_taken_back_than_was_credited_and_not_returned(payment, ann):
    topup = payment()
    refund = refunds.ask(topup.pk, Decimal("30.00"), by="admin:1", reason="as promised")
    ledger.bonus(topup.customer, HUNDRED, ref="bonus:x", cid=cid.new())
    missing = difference.found(
        DifferenceKind.NOT_THERE, "bank:p1", provider="bank", topup=topup, customer=topup.customer
    )
    with pytest.raises(CannotAct, match=r"70[.,]00"):
        do("settle_debit", missing, ann, "70.01")
    do("settle_debit", missing, ann, "70.00")

    assert ledger.available(topup.customer) == HUNDRED
    assert refunds.left(topup) == (0, 0)
    with pytest.raises(BadAmount):
        refunds.ask(topup.pk, Decimal("1.00"), by="admin:1", reason="as promised")
    assert refunds.refused(refund.pk, "no")
    assert refunds.left(topup) == (30, 3000)


@pytest.mark.parametrize(
    ("listed", "act", "most"), [(11_000, "settle_credit", "10.00"), (9_000, "settle_debit", "100.00")]
)
def test_of_another_sum_what_is_missing_is_credited_and_what_is_too_much_is_taken(
    payment, bank, ann, listed, act, most
):
    topup = payment()
    bank.listed.clear()
    bank.receives("p1", topup, listed)
    compared()
    over = Decimal(most) + Decimal("0.01")
    ledger.bonus(topup.customer, HUNDRED, ref="bonus:x", cid=cid.new())
    with pytest.raises(CannotAct, match=most.replace(".", "[.,]")):
        do(act, line("sum"), ann, str(over))
    do(act, line("sum"), ann, "10.00")
    assert ledger.available(topup.customer) == 2 * HUNDRED + (10 if act == "settle_credit" else -10)
    compared()
    assert lines() == []


def test_what_went_back_is_not_missing(payment, bank, ann):
    topup = payment()
    refunds.ask(topup.pk, Decimal("40.00"), by="admin:1", reason="as promised")
    bank.listed.clear()
    bank.receives("p1", topup, 11_000)
    compared()
    with pytest.raises(CannotAct, match=r"10[.,]00"):
        do("settle_credit", line("sum"), ann, "10.01")


def test_what_was_lent_for_a_return_is_taken_back_to_the_kopeck(payment, bank, ann):
    topup = payment()
    ledger.hold(topup.customer, Decimal("70.00"), ref="hold:x", cid=cid.new())
    bank.returns("p1")
    compared()
    ledger.bonus(topup.customer, HUNDRED, ref="bonus:x", cid=cid.new())
    with pytest.raises(CannotAct, match=r"70[.,]00"):
        do("settle_debit", line("refund_short"), ann, "70.01")
    do("settle_debit", line("refund_short"), ann, "70.00")
    assert ledger.available(topup.customer) == Decimal("30.00")


def test_a_loan_that_is_paid_back_was_no_part_of_its_payment(payment, bank, ann):
    topup = payment()
    ledger.hold(topup.customer, Decimal("90.00"), ref="hold:x", cid=cid.new())
    bank.returns("p1", 3_000)
    compared()
    ledger.bonus(topup.customer, HUNDRED, ref="bonus:x", cid=cid.new())
    do("settle_debit", line("refund_short"), ann, "20.00")
    assert refunds.left(topup) == (70, 7000)


def test_what_an_operator_took_back_the_provider_returns_without_our_wallet(strange, bank, ann):
    do("settle_debit", line("unknown_offer"), ann, "100.00")
    bank.returns("p1", 160)
    compared()
    assert (ledger.available(strange), lines()) == (HUNDRED, ["sum:refund:bank:p1:return-x"])
    with pytest.raises(CannotAct):
        do("settle_debit", line("sum"), ann, "0.01")


def test_of_what_was_taken_in_part_the_rest_may_go_back(payment, ann):
    topup = payment()
    missing = difference.found(DifferenceKind.SUM, "bank:p1", provider="bank", topup=topup, customer=topup.customer)
    do("settle_debit", missing, ann, "40.00")
    with pytest.raises(CannotAct):
        do("refund", topup, ann, "60.01")
    do("refund", topup, ann, "60.00")
    assert (topup.refunds.get().minor_amount, ledger.available(topup.customer)) == (6000, 0)


def test_a_second_person_is_refused_what_was_mended_meanwhile(strange, met, ann, ben):
    both = both_lines_of(strange)
    do("credit", met(), ann, "5000.00")  # as much as one may move alone
    proposed = do("settle_debit", both[0], ann, "100.00").proposal
    do("settle_debit", both[1], ben, "60.00")
    with pytest.raises(CannotAct):
        acting.carry_out(proposed.pk, by=ben)
    assert ledger.available(strange) == Decimal("140.00")


# What an operator is told before


def test_before_it_is_done_it_is_said_what_was_done_and_what_else_ends(strange, ann):
    kept, missing = both_lines_of(strange)
    said = ACTS["settle_debit"].said(order("settle_debit", kept, ann, "40.00"))
    assert said[-1] == f"Вместе с ней закроется: {missing}."

    do("settle_debit", kept, ann, "40.00")
    said = ACTS["settle_debit"].said(order("settle_debit", missing, ann, "60.00"))
    assert said[-1].startswith(f"⚠️ По этому платежу уже было: Списать с баланса, 40,00 ₽, {ann.username}, ")


def test_what_was_mended_by_a_version_before_counts(payment, ann, ben):
    topup, key = payment(), clock.uuid7()
    missing = difference.found(
        DifferenceKind.NOT_THERE, "bank:p1", provider="bank", topup=topup, customer=topup.customer
    )
    ledger.adjust(
        topup.customer,
        Decimal("60.00"),
        ref=f"adjust:{key}",
        cid=cid.new(),
        actor=f"admin:{ben.pk}",
        note="x",
        debit=True,
    )
    audit.record("settle_debit", missing, by=ben, rubles=Decimal("60.00"), customer=topup.customer, key=key)
    other = difference.found(DifferenceKind.SUM, "bank:p1", provider="bank", topup=topup, customer=topup.customer)
    for one in (missing, other):
        with pytest.raises(CannotAct, match="уже сделали"):
            do("settle_debit", one, ann, "1.00")
    assert refunds.left(topup) == (40, 4000)
