"""Every invariant of money finds what it speaks of, and only that; digests find any changed row."""

from decimal import Decimal

import pytest

from payments import ledger, topups
from payments.invariants import INVARIANTS
from payments.models import Transfer
from reliability import cid


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
        {"hold_settled_at_most_once", "held_is_open_holds"},
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
    assert "hold_settled_at_most_once" in broken()


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
