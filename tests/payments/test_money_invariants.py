"""Every invariant of money finds what it speaks of, and only that; digests find any changed row."""

from decimal import Decimal

import pytest

from payments import acting, difference, ledger, refunds, topups
from payments.invariants import INVARIANTS
from payments.models import DifferenceKind, Transfer
from reliability import cid
from tests.payments.operators import do


def broken() -> set[str]:
    return {rule.name for rule in INVARIANTS if rule.check()}


@pytest.fixture
def books(customer, unguarded):
    """Somebody with a bonus, a captured hold, an open hold and a paid top-up; the guards are off."""
    for job in (1, 2):
        hold = ledger.hold(customer, Decimal("10.00"), ref=f"hold:job:{job}", cid=cid.new())
        if job == 1:
            ledger.capture(hold, ref="capture:job:1", cid=cid.new())
    offer = topups.start(customer, Decimal("50.00"), cid=cid.new())
    topups.paid(offer, external_id="c1", currency="XTR", minor_amount=80, cid=cid.new())
    unguarded()
    return customer


def test_honest_books_break_nothing(books):
    assert broken() == set()
    assert list(ledger.verify_digests()) == []


BY_SUPERUSER = [
    ("UPDATE payments_wallet SET balance = balance + 1", {"wallet_equals_transfers"}),
    ("UPDATE payments_wallet SET held = held - 1", {"wallet_equals_transfers", "held_is_open_holds"}),
    ("UPDATE payments_wallet SET last_n = last_n - 1", {"transfers_numbered_without_gaps"}),
    ("DELETE FROM payments_wallet", {"wallet_equals_transfers", "transfers_numbered_without_gaps"}),
    (
        "UPDATE payments_transfer SET amount = 99 WHERE n = 1",
        {"wallet_equals_transfers", "transfers_leave_what_they_say"},
    ),
    ("UPDATE payments_transfer SET balance_after = balance_after + 1 WHERE n = 2", {"transfers_leave_what_they_say"}),
    ("UPDATE payments_transfer SET n = 9 WHERE n = 5", {"transfers_numbered_without_gaps"}),
    (
        "DELETE FROM payments_transfer WHERE n = 3",
        {
            "wallet_equals_transfers",
            "transfers_numbered_without_gaps",
            "transfers_leave_what_they_say",
            "held_is_open_holds",
        },
    ),
    (
        "UPDATE payments_transfer SET settles_id = (SELECT id FROM payments_transfer WHERE n = 1) WHERE n = 3",
        {"settled_at_most_once", "held_is_open_holds"},
    ),
    ("UPDATE payments_topup SET rubles = 49", {"payment_credited_once"}),
    ("DELETE FROM payments_topup", {"payment_credited_once"}),
    ("UPDATE payments_topup SET external_id = 'c2'", {"payment_credited_once"}),
    ("UPDATE payments_transfer SET ref = 'topup:stars:c2' WHERE n = 5", {"payment_credited_once"}),
]


@pytest.mark.parametrize(("change", "found"), BY_SUPERUSER, ids=[change for change, _ in BY_SUPERUSER])
def test_what_a_superuser_changes_is_found(books, sql, change, found):
    sql(change)

    assert broken() == found


def test_a_hold_settled_twice_and_a_debt_are_found_also_without_the_constraints(books, sql):
    for table, constraint in [
        ("wallet", "wallet_balance_not_negative"),
        ("transfer", "payments_transfer_settles_id_key"),
    ]:
        sql(f"ALTER TABLE payments_{table} DROP CONSTRAINT {constraint}")
    sql("UPDATE payments_wallet SET balance = -1")
    assert broken() == {"wallet_equals_transfers", "nothing_below_zero"}

    sql(
        "UPDATE payments_transfer SET settles_id = (SELECT id FROM payments_transfer WHERE n = 2), kind = 'release', debit = 'hold' WHERE n = 5"
    )
    assert "settled_at_most_once" in broken()


@pytest.fixture
def returns(payment, bank, work, unguarded):
    """Of five payments: p1 went back in two parts, of p2 a part is asked for, p3 was refused, p4 came back spent; p5 stays."""
    p1, p2, p3, p4, _p5 = (payment() for _ in range(5))
    for topup, rubles in ((p1, "60.00"), (p1, "40.00"), (p3, "100.00")):
        bank.no = "no" if topup is p3 else ""
        refunds.ask(topup.pk, Decimal(rubles), by="admin:1", reason="as promised")
        work(refunds.QUEUE)
    refunds.ask(p2.pk, Decimal("30.00"), by="admin:1", reason="as promised")
    ledger.hold(p4.customer, Decimal("70.00"), ref="hold:job:4", cid=cid.new())
    refunds.heard(bank.returns("p4"), cid=cid.new())
    unguarded()


def test_honest_returns_break_nothing(returns):
    assert broken() == set()


def of(payment):
    return f"(SELECT id FROM payments_topup WHERE external_id = '{payment}')"


RETURNS = [
    ("UPDATE payments_refund SET rubles = 31 WHERE rubles = 30", {"refund_is_its_transfer"}),
    ("UPDATE payments_refund SET ref = 'other' WHERE rubles = 30", {"refund_is_its_transfer"}),
    (f"DELETE FROM payments_refund WHERE topup_id = {of('p2')}", {"refund_is_its_transfer"}),
    (
        f"UPDATE payments_refund SET topup_id = {of('p5')} WHERE topup_id = {of('p2')}",
        {"refund_is_its_transfer"},  # another's payment
    ),
    (
        "UPDATE payments_transfer SET credit = 'provider:stars' WHERE kind = 'refund' AND amount = 30",
        {"refund_is_its_transfer"},
    ),
    (f"UPDATE payments_topup SET state = 'paid' WHERE id = {of('p1')}", {"no_more_back_than_came"}),
    (f"UPDATE payments_topup SET state = 'refunded' WHERE id = {of('p2')}", {"no_more_back_than_came"}),
    (f"UPDATE payments_topup SET state = 'refunded' WHERE id = {of('p5')}", {"no_more_back_than_came"}),
    (
        f"UPDATE payments_refund SET state = 'unclear' WHERE topup_id = {of('p1')} AND rubles = 40",
        {"no_more_back_than_came"},
    ),
    (
        f"UPDATE payments_refund SET minor_amount = 6001 WHERE topup_id = {of('p1')} AND rubles = 60",
        {"no_more_back_than_came"},
    ),
    (
        "UPDATE payments_refund SET state = 'refused' WHERE rubles = 30",
        {"refused_refund_is_back"},  # and nothing was given back
    ),
    (f"UPDATE payments_refund SET returned_id = NULL WHERE topup_id = {of('p3')}", {"refused_refund_is_back"}),
    (
        f"UPDATE payments_refund SET state = 'done' WHERE topup_id = {of('p3')}",
        {"refused_refund_is_back", "no_more_back_than_came"},  # the person has it twice
    ),
    (
        "UPDATE payments_transfer SET settles_id = (SELECT id FROM payments_transfer WHERE kind = 'refund' AND amount = 30) WHERE kind = 'refund_failure'",
        {"refused_refund_is_back", "settled_at_most_once"},  # of another's refund
    ),
    (
        "UPDATE payments_transfer SET debit = 'provider:stars' WHERE kind = 'refund_failure'",
        {"refused_refund_is_back"},
    ),
    ("DELETE FROM payments_difference", {"lent_for_a_return_is_listed"}),
    ("UPDATE payments_difference SET rubles = 69", {"lent_for_a_return_is_listed"}),
    (
        "UPDATE payments_difference SET customer_id = (SELECT min(id) FROM payments_customer)",
        {"lent_for_a_return_is_listed"},
    ),
    ("UPDATE payments_transfer SET ref = 'short:x' WHERE ref LIKE 'short:%'", {"lent_for_a_return_is_listed"}),
    ("UPDATE payments_transfer SET ref = 'lent' WHERE ref LIKE 'short:%'", {"lent_for_a_return_is_listed"}),
]


@pytest.mark.parametrize(("change", "found"), RETURNS, ids=[change for change, _ in RETURNS])
def test_what_a_superuser_changes_about_a_return_is_found(returns, sql, change, found):
    sql("ALTER TABLE payments_refund DROP CONSTRAINT refund_given_back")
    sql(change)

    assert broken() == found


@pytest.fixture
def acts(customer, ann, ben, unguarded):
    """Each act that moves money by a transfer of its own; the last, a gift above the limit, by two operators."""
    line = difference.found(DifferenceKind.UNKNOWN_PAYMENT, "bank:1", provider="bank", paid=100)
    do("settle_credit", line, ann, "4.00", telegram_id=customer.telegram_id)
    for act in ("credit", "debit", "bonus", "payout"):
        do(act, customer, ann, "5.00")
    acting.carry_out(do("bonus", customer, ann, "5000.00").proposal.pk, by=ben)
    unguarded()


def test_honest_acts_break_nothing(acts):
    assert broken() == set()


GONE = [f"DELETE FROM payments_transfer WHERE ref LIKE '{ref}%'" for ref in ("adjust:", "bonus:operator:", "payout:")]
OF_ACTS = [
    "UPDATE payments_transfer SET ref = 'other' WHERE amount = 4",
    "UPDATE payments_transfer SET ref = 'other' WHERE amount = 5 AND kind = 'adjust_in'",
    "UPDATE payments_transfer SET ref = 'other' WHERE kind = 'adjust_out'",
    "UPDATE payments_transfer SET ref = 'other' WHERE amount = 5 AND kind = 'bonus'",
    "UPDATE payments_transfer SET ref = 'other' WHERE amount = 5000",
    "UPDATE payments_transfer SET ref = 'other' WHERE kind = 'payout'",
    "UPDATE payments_transfer SET kind = 'bonus' WHERE kind = 'adjust_in' AND amount = 4",
    "UPDATE payments_transfer SET actor = 'admin:0' WHERE kind = 'payout'",
    "UPDATE payments_auditentry SET rubles = 6 WHERE act = 'credit'",
    "UPDATE payments_auditentry SET rubles = NULL WHERE act = 'payout'",
    "UPDATE payments_auditentry SET customer_id = NULL WHERE act = 'debit'",
]


@pytest.mark.parametrize("change", OF_ACTS)
def test_an_act_whose_transfer_is_another_is_found(acts, sql, change):
    sql("ALTER TABLE payments_transfer DROP CONSTRAINT transfer_pair_of_kind")
    sql("ALTER TABLE payments_auditentry DISABLE TRIGGER USER")
    sql(change)

    assert broken() == {"act_moved_what_it_says"}


@pytest.mark.parametrize("change", GONE)
def test_an_act_whose_transfer_is_gone_is_found(acts, sql, change):
    sql(change)

    assert "act_moved_what_it_says" in broken()


@pytest.fixture
def cured(payment, ann, unguarded):
    """Of two payments 30 and 100 ₽ were taken back by lines of the work list, and 70 of the first are on their way back."""
    for number, rubles in enumerate(("30.00", "100.00"), 1):
        topup = payment()
        line = difference.found(
            DifferenceKind.NOT_THERE, f"bank:p{number}", provider="bank", topup=topup, customer=topup.customer
        )
        do("settle_debit", line, ann, rubles)
        if number == 1:
            refunds.ask(topup.pk, Decimal("70.00"), by="admin:1", reason="as promised")
    unguarded()


def test_honest_cures_break_nothing(cured):
    assert broken() == set()


CURED = [
    ("UPDATE payments_transfer SET amount = 31 WHERE ref = 'cure:out:bank:p1'", "taken_within_payment"),
    ("UPDATE payments_transfer SET ref = 'cure:out:bank:p1' WHERE ref = 'cure:out:bank:p2'", "act_moved_what_it_says"),
    ("UPDATE payments_transfer SET ref = 'topup:bank:p0' WHERE ref = 'cure:out:bank:p2'", "act_moved_what_it_says"),
    ("UPDATE payments_refund SET rubles = 71", "taken_within_payment"),
    ("UPDATE payments_topup SET transfer_id = NULL, state = 'rejected', decided_by = 'x', reason = 'x'", "taken_within_payment"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "found"), CURED, ids=[change for change, _ in CURED])
def test_more_taken_back_than_came_and_a_cure_of_no_line_are_found(cured, sql, change, found):
    sql("ALTER TABLE payments_transfer DROP CONSTRAINT payments_transfer_ref_key")
    sql(change)

    assert found in broken()


@pytest.mark.parametrize(
    "change",
    [
        "ref = 'x'", "n = 9", "kind = 'release', credit = 'wallet'", "amount = 9.99", "balance_after = 1", "held_after = 1",
        "cid = 'X'", "actor = 'admin:1'", "note = 'x'", "created_at = created_at + interval '1 microsecond'",
        "settles_id = (SELECT id FROM payments_transfer WHERE n = 4)", "digest = repeat('0', 64)",
        "customer_id = (SELECT max(id) FROM payments_customer)",
    ],
)  # fmt: skip
def test_one_changed_value_is_found_by_its_digest(books, met, sql, change):
    met()
    sql(f"UPDATE payments_transfer SET {change} WHERE n = 3")

    assert list(ledger.verify_digests()) == [Transfer.objects.get(n=9 if change == "n = 9" else 3).ref]


def test_an_inserted_row_is_found_by_its_digest(books, sql):
    copied = "customer_id, 6, kind, debit, credit, amount, balance_after + amount, held_after, cid, actor, note, digest, created_at"
    names = (
        "customer_id, n, kind, debit, credit, amount, balance_after, held_after, cid, actor, note, digest, created_at"
    )
    sql(
        f"INSERT INTO payments_transfer (ref, {names}) SELECT 'topup:stars:free', {copied} FROM payments_transfer WHERE n = 5"
    )

    assert list(ledger.verify_digests()) == ["topup:stars:free"]


def test_another_key_verifies_nothing(books, settings):
    settings.LEDGER_KEY = "another"

    assert len(list(ledger.verify_digests())) == 5 + 1  # transfers and the wallet
