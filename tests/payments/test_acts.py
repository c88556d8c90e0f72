"""What operators do with money: once for each form, written down in the same transaction, above the limit by two."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from payments import acting, ledger, topups
from payments.models import AuditEntry, Customer, Terms, Transfer
from payments.order import CannotAct
from reliability import cid, clock
from tests.payments.operators import bank, do, named, order, pending  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]


@pytest.mark.parametrize(
    ("act", "kind", "left"),
    [
        ("credit", "adjust_in", "130.00"),
        ("debit", "adjust_out", "70.00"),
        ("bonus", "bonus", "130.00"),
        ("payout", "payout", "70.00"),
    ],
)
def test_an_act_moves_money_and_says_who_what_why_before_and_after(customer, ann, act, kind, left):
    entry = do(act, customer, ann, "30.00").entry

    transfer = Transfer.objects.get(kind=kind, customer=customer, actor=f"admin:{ann.pk}")
    assert (transfer.amount, transfer.note, transfer.cid) == (Decimal("30.00"), "так надо", entry.cid)
    assert (entry.by, entry.act, entry.target, entry.object_id) == (ann, act, "payments.customer", str(customer.pk))
    assert (entry.before["available"], entry.after["available"]) == ("100.00", left)
    assert (entry.reason, entry.rubles, entry.customer) == ("так надо", Decimal("30.00"), customer)


def test_one_form_sent_twice_is_one_act(customer, ann):
    wanted = order("credit", customer, ann, "30.00")

    assert [acting.perform(wanted).repeated for _ in range(3)] == [False, True, True]
    assert ledger.available(customer) == Decimal("130.00")
    assert AuditEntry.objects.count() == 1


def test_an_act_that_fails_leaves_no_entry_and_says_why(customer, ann):
    with pytest.raises(CannotAct, match=r"100[.,]00"):
        do("debit", customer, ann, "100.01")

    assert not AuditEntry.objects.exists()
    assert ledger.available(customer) == Decimal("100.00")


def test_whoever_lacks_the_right_is_refused_whatever_page_they_come_by(customer, ann):
    clerk = User.objects.create_user("clerk", is_staff=True)
    with pytest.raises(PermissionDenied):
        do("credit", customer, clerk, "1.00")

    clerk.user_permissions.add(Permission.objects.get(codename="credit_person"))
    assert do("credit", customer, User.objects.get(pk=clerk.pk), "1.00").entry


def test_a_block_is_done_once_and_ended(customer, ann):
    assert do("block", customer, ann).entry.after["blocked"] is True
    with pytest.raises(CannotAct):
        do("block", Customer.objects.get(), ann)
    do("unblock", Customer.objects.get(), ann)

    assert [entry.act for entry in AuditEntry.objects.on(customer)] == ["unblock", "block"]
    assert Customer.objects.get().blocked is False


# A second person


def test_above_the_limit_nothing_moves_until_another_operator_carries_it_out(customer, ann, ben):
    proposed = do("credit", customer, ann, "5000.01").proposal
    assert ledger.available(customer) == Decimal("100.00")
    with pytest.raises(CannotAct):
        acting.carry_out(proposed.pk, by=ann)

    entry = acting.carry_out(proposed.pk, by=ben)

    assert (ledger.available(customer), entry.by, entry.proposal) == (Decimal("5100.01"), ben, proposed)
    with pytest.raises(CannotAct):
        acting.carry_out(proposed.pk, by=ben)
    assert ledger.available(customer) == Decimal("5100.01")


def test_at_the_limit_one_operator_is_enough(customer, ann):
    assert do("credit", customer, ann, "5000.00").entry


def test_small_steps_within_a_day_count_together(customer, ann):
    assert do("credit", customer, ann, "3000.00").entry
    assert do("debit", customer, ann, "2000.00").entry
    assert do("credit", customer, ann, "0.01").proposal
    with clock.moved(timedelta(hours=24, seconds=1)):
        assert do("credit", customer, ann, "5000.00").entry


def test_what_one_operator_moves_counts_together_whoever_it_is_for(met, ann, ben):
    assert do("credit", met(), ann, "3000.00").entry
    assert do("approve", named(pending(met(), "2000.00")), ann, "2000.00").entry
    assert do("bonus", met(), ann, "0.01").proposal
    assert do("bonus", met(), ben, "5000.00").entry


def test_what_one_person_is_moved_counts_together_whoever_does_it(met, customer, ann, ben):
    assert do("credit", customer, ann, "3000.00").entry
    assert do("credit", customer, ben, "2000.00").entry
    assert do("credit", customer, ben, "0.01").proposal
    assert do("credit", met(), ben, "3000.00").entry


def test_the_limit_is_the_operators_and_zero_means_always(customer, ann):
    Terms.objects.create(pk=1, second_person_rub=Decimal("0.00"))

    assert do("bonus", customer, ann, "0.01").proposal


def test_what_two_have_seen_counts_for_neither(customer, ann, ben):
    proposed = do("credit", customer, ann, "9000.00").proposal
    acting.carry_out(proposed.pk, by=ben)

    assert do("debit", customer, ben, "2500.00").entry
    assert do("debit", customer, ann, "2500.00").entry


def test_facts_that_changed_meanwhile_refuse_it_with_words_and_it_stays_open(customer, ann, ben):
    do("credit", customer, ben, "5000.00")
    proposed = do("payout", customer, ann, "5100.00").proposal
    ledger.hold(customer, Decimal("1.00"), ref="hold:x", cid=cid.new())

    with pytest.raises(CannotAct, match=r"5099[.,]00"):
        acting.carry_out(proposed.pk, by=ben)

    proposed.refresh_from_db()
    assert (proposed.state, ledger.available(customer)) == ("open", Decimal("5099.00"))
    assert not AuditEntry.objects.filter(act="payout").exists()


def test_a_top_up_that_was_decided_meanwhile_is_not_approved_twice(customer, ann, ben):
    topup = named(pending(customer, "6000.00"))
    proposed = do("approve", topup, ann, "6000.00").proposal
    topups.reject(topup.pk, by="bank", reason="нет денег")

    with pytest.raises(CannotAct):
        acting.carry_out(proposed.pk, by=ben)
    assert ledger.available(customer) == Decimal("100.00")


def test_a_declined_or_forgotten_proposal_cannot_be_carried_out(customer, ann, ben):
    declined, forgotten = (do("credit", customer, ann, "6000.00").proposal for _ in range(2))
    with pytest.raises(CannotAct):
        acting.decline(declined.pk, by=ann, reason="раздумала")
    acting.decline(declined.pk, by=ben, reason="нет")
    with pytest.raises(CannotAct):
        acting.carry_out(declined.pk, by=ben)
    with clock.moved(timedelta(days=3, seconds=1)), pytest.raises(CannotAct):
        acting.carry_out(forgotten.pk, by=ben)

    assert ledger.available(customer) == Decimal("100.00")
    assert [entry.act for entry in AuditEntry.objects.on(declined)] == ["decline"]


def test_the_second_person_needs_the_right_to_the_act_itself(customer, ann):
    proposed = do("credit", customer, ann, "6000.00").proposal
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="decide_proposal"))

    with pytest.raises(PermissionDenied):
        acting.carry_out(proposed.pk, by=clerk)


@pytest.mark.django_db(transaction=True)
def test_one_proposal_from_eight_threads_is_carried_out_once(met, operator, together):
    customer, ann, others = met("100.00"), operator(), [operator() for _ in range(8)]
    proposed = do("credit", customer, ann, "6000.00").proposal

    outcomes = together(8, lambda number: acting.carry_out(proposed.pk, by=others[number]))

    assert sorted(type(one).__name__ for one in outcomes) == ["AuditEntry", *["CannotAct"] * 7]
    assert ledger.available(customer) == Decimal("6100.00")


@pytest.mark.django_db(transaction=True)
def test_eight_small_steps_sent_at_once_do_not_pass_the_limit(met, operator, together):
    customer, ann = met(), operator()

    outcomes = together(8, lambda _: do("credit", customer, ann, "1000.00"))

    assert sum(one.entry is not None for one in outcomes) == 5
    assert ledger.available(customer) == Decimal("5000.00")


@pytest.mark.django_db(transaction=True)
def test_eight_people_credited_at_once_by_one_operator_do_not_pass_the_limit(met, operator, together):
    ann, people = operator(), [met() for _ in range(8)]

    outcomes = together(8, lambda number: do("credit", people[number], ann, "1000.00"))

    assert sum(one.entry is not None for one in outcomes) == 5
    assert sum(map(ledger.available, people)) == Decimal("5000.00")


@pytest.mark.django_db(transaction=True)
def test_eight_operators_crediting_one_person_at_once_do_not_pass_the_limit(met, operator, together):
    customer, operators = met(), [operator() for _ in range(8)]

    outcomes = together(8, lambda number: do("credit", customer, operators[number], "1000.00"))

    assert sum(one.entry is not None for one in outcomes) == 5
    assert ledger.available(customer) == Decimal("5000.00")


# Guards in SQL


def test_what_was_done_or_decided_cannot_be_rewritten(customer, ann, ben, sql):
    proposed = do("credit", customer, ann, "6000.00").proposal
    acting.carry_out(proposed.pk, by=ben)
    for attack in (
        "UPDATE payments_auditentry SET reason = 'x'",
        "DELETE FROM payments_auditentry",
        "UPDATE payments_proposal SET state = 'open', decided_by_id = NULL, ended_at = NULL",
        "DELETE FROM payments_proposal",
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            sql(attack)


def test_nobody_is_their_own_second_person_even_in_sql(customer, ann, sql):
    do("credit", customer, ann, "6000.00")
    with pytest.raises(IntegrityError, match="proposal_second_person"), transaction.atomic():
        sql("UPDATE payments_proposal SET state = 'done', decided_by_id = by_id, ended_at = now()")
    with pytest.raises(IntegrityError, match="proposal_open_or_decided"), transaction.atomic():
        sql("UPDATE payments_proposal SET state = 'done'")
