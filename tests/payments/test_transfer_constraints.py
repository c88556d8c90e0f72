"""Each constraint of wallets, transfers and people, attacked in SQL with the triggers off: the constraint itself must refuse."""

import pytest
from django.db import DatabaseError

from payments.models import Transfer

VALID = {  # transfer 2 of somebody who has 100.00
    "ref": "'x:1'",
    "n": "2",
    "kind": "'bonus'",
    "debit": "'promo'",
    "credit": "'wallet'",
    "amount": "1.00",
    "balance_after": "101.00",
    "held_after": "0.00",
    "settles_id": "NULL",
    "cid": "'C'",
    "actor": "''",
    "note": "''",
    "digest": "repeat('a', 64)",
    "created_at": "now()",
}


@pytest.fixture
def insert(customer, sql, unguarded):
    """Writes a transfer past the ledger, with these values instead of valid ones."""
    unguarded()

    def _insert(**changed):
        row = VALID | changed
        sql(
            f"INSERT INTO payments_transfer (customer_id, {', '.join(row)}) VALUES ({customer.pk}, {', '.join(row.values())})"
        )

    return _insert


def test_the_row_that_the_attacks_change_is_a_good_one(insert):
    insert()


PAIRS = [
    {"kind": "'gift'"},
    {"kind": "'topup'", "debit": "'provider:'"},
    {"kind": "'topup'", "debit": "'provider:Stars!'"},
    {"kind": "'topup'", "debit": "'promo'"},
    {"debit": "'wallet'", "credit": "'promo'"},
    {"debit": "'wallet'", "credit": "'wallet'"},
    {"kind": "'hold'"},
    {"kind": "'capture'", "debit": "'wallet'", "credit": "'revenue'"},
    {"kind": "'release'", "debit": "'hold'", "credit": "'revenue'"},
    {"kind": "'refund'", "debit": "'wallet'", "credit": "'revenue'"},
    {"kind": "'refund_failure'", "debit": "'adjustment'"},
    {"kind": "'adjust_in'", "debit": "'wallet'", "credit": "'adjustment'", "actor": "'a'", "note": "'n'"},
]
A_HOLD = {"kind": "'hold'", "debit": "'wallet'", "credit": "'hold'"}
A_CAPTURE = {"kind": "'capture'", "debit": "'hold'", "credit": "'revenue'"}
A_TOPUP = {"kind": "'topup'", "debit": "'provider:stars'"}
A_PAYOUT = {"kind": "'payout'", "debit": "'wallet'", "credit": "'payout'"}
AN_ADJUSTMENT = {"kind": "'adjust_in'", "debit": "'adjustment'", "actor": "'admin:1'", "note": "'why'"}
ITS_BONUS = "(SELECT max(id) FROM payments_transfer)"

ATTACKS = [
    *[("transfer_pair_of_kind", pair) for pair in PAIRS],
    ("transfer_amount_positive", {"amount": "0"}),
    ("transfer_amount_positive", {"amount": "-1"}),
    ("transfer_amount_positive", {"amount": "'NaN'"}),
    ("transfer_leaves_no_debt", {"balance_after": "-0.01"}),
    ("transfer_leaves_no_debt", {"held_after": "-0.01"}),
    ("transfer_leaves_no_debt", {"balance_after": "'NaN'"}),
    ("transfer_leaves_no_debt", {"held_after": "'NaN'"}),
    ("transfer_n_from_one", {"n": "0"}),
    ("transfer_numbered", {"n": "1"}),
    ("payments_transfer_ref", {"ref": "(SELECT max(ref) FROM payments_transfer)"}),
    ("transfer_settles_or_not", A_CAPTURE),
    ("transfer_settles_or_not", {"kind": "'refund_failure'", "debit": "'provider:stars'"}),
    ("transfer_settles_or_not", {"settles_id": ITS_BONUS}),
    ("transfer_settles_or_not", A_HOLD | {"settles_id": ITS_BONUS}),
    ("transfer_within_limit", A_TOPUP | {"amount": "50000.01"}),
    ("transfer_within_limit", AN_ADJUSTMENT | {"amount": "1000000.01"}),
    ("transfer_by_whom_and_why", AN_ADJUSTMENT | {"note": "''"}),
    ("transfer_by_whom_and_why", AN_ADJUSTMENT | {"actor": "''"}),
    ("transfer_by_whom_and_why", A_PAYOUT),
    ("transfer_one_line_ref", {"ref": "''"}),
    ("transfer_one_line_ref", {"ref": "E'a\\nb'"}),
    ("transfer_one_line_cid", {"cid": "''"}),
    ("transfer_one_line_cid", {"cid": "E'a\\n'"}),
    ("transfer_one_line_actor", {"actor": "E'\\n'"}),
    ("transfer_digest_present", {"digest": "''"}),
    ("transfer_digest_present", {"digest": "repeat('A', 64)"}),
]


@pytest.mark.parametrize(("constraint", "changed"), ATTACKS)
def test_a_transfer_that_can_never_be_is_refused(insert, constraint, changed):
    with pytest.raises(DatabaseError, match=constraint):
        insert(**changed)


def test_an_endless_amount_cannot_be_stored(insert):
    with pytest.raises(DatabaseError, match="numeric field overflow"):
        insert(amount="'Infinity'")


def test_a_second_settling_of_a_hold_is_refused(insert):
    insert(ref="'hold:1'", **A_HOLD)
    hold = Transfer.objects.get(ref="hold:1").pk
    insert(ref="'capture:1'", n="3", settles_id=str(hold), **A_CAPTURE)

    with pytest.raises(DatabaseError, match="settles_id"):
        insert(ref="'release:1'", n="4", kind="'release'", debit="'hold'", settles_id=str(hold))


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("wallet_balance_not_negative", "balance = -0.01"),
        ("wallet_balance_not_negative", "balance = 'NaN'"),
        ("wallet_held_not_negative", "held = -0.01"),
        ("wallet_held_not_negative", "held = 'NaN'"),
    ],
)
def test_a_wallet_that_can_never_be_is_refused(customer, sql, unguarded, constraint, change):
    unguarded()
    with pytest.raises(DatabaseError, match=constraint):
        sql(f"UPDATE payments_wallet SET {change} WHERE customer_id = %s", customer.pk)


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("customer_locale_known", "locale = 'de'"),
        ("customer_invited_at_meeting", "invited_by_id = id"),
        ("telegram_id", "telegram_id = 1"),
    ],
)
def test_a_person_who_can_never_be_is_refused(customer, met, sql, constraint, change):
    sql("UPDATE payments_customer SET telegram_id = 1 WHERE id = %s", met().pk)
    with pytest.raises(DatabaseError, match=constraint):
        sql(f"UPDATE payments_customer SET {change} WHERE id = %s", customer.pk)


def test_a_person_with_money_is_not_deleted(customer, sql):
    sql("DELETE FROM payments_customer WHERE id = %s", customer.pk)
    with pytest.raises(DatabaseError, match="foreign key"):
        sql("SET CONSTRAINTS ALL IMMEDIATE")  # what the commit does
