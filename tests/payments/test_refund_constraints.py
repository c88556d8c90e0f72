"""Each guard of returns, attacked in SQL, and every move of a state that no diagram has."""

from decimal import Decimal
from itertools import product

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from payments import refunds, topups
from payments.models import RefundState, TopUpState
from reliability import cid

pytestmark = pytest.mark.django_db
COPIED = "state, minor_amount, external_id, by, reason, attempts, due_at, error, cid, created_at"


@pytest.fixture
def refund(payment):
    """40.00 of 100.00, asked for."""
    return refunds.ask(payment().pk, Decimal("40.00"), by="admin:1", reason="as promised")


ATTACKS = [
    ("refund_moves", "state = 'lost'"),
    ("refund_given_back", "state = 'refused'"),
    ("refund_given_back", "returned_id = transfer_id"),
    ("refund_within_payment", "rubles = 100.01"),
    ("refund_within_payment", "minor_amount = 10001"),
    ("refund_within_payment", "rubles = 'NaN'"),
    ("refund_rubles_positive", "rubles = 0"),
    ("refund_price_positive", "minor_amount = 0"),
    ("refund_by_whom_and_why", "by = ''"),
    ("refund_by_whom_and_why", "reason = ''"),
    ("transfer_id", "transfer_id = NULL"),
]


@pytest.mark.parametrize(("guard", "change"), ATTACKS)
def test_a_return_that_can_never_be_is_refused(refund, sql, guard, change):
    with pytest.raises(DatabaseError, match=guard):
        sql(f"UPDATE payments_refund SET {change}")


INSERTS = [
    ("refund_within_payment", "'another', 60.01, 1"),
    ("refund_within_payment", "'another', 0.01, 6001"),
    ("payments_refund_ref_key", "ref, 1.00, 1"),
    ("payments_refund_transfer_id_key", "'another', 60.00, 6000"),
]


@pytest.mark.parametrize(("guard", "values"), INSERTS)
def test_a_second_row_for_the_same_money_is_refused(refund, sql, guard, values):
    rest = COPIED.replace("minor_amount, ", "")
    with pytest.raises(DatabaseError, match=guard):
        sql(
            f"INSERT INTO payments_refund (ref, rubles, minor_amount, topup_id, transfer_id, {rest})"
            f" SELECT {values}, topup_id, transfer_id, {rest} FROM payments_refund"
        )


def test_what_goes_back_through_another_payment_counts_there(refund, payment, sql):
    small = payment(rubles="50.00")
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("ALTER TABLE payments_refund DISABLE TRIGGER refund_stays")  # which lets no return leave its payment
    sql("SET CONSTRAINTS ALL DEFERRED")
    sql(f"UPDATE payments_refund SET topup_id = {small.pk}")
    refunds.ask(small.pk, Decimal("10.00"), by="admin:1", reason="the rest")
    with pytest.raises(DatabaseError, match="refund_within_payment"):
        sql(f"UPDATE payments_refund SET rubles = 10.01 WHERE topup_id = {small.pk} AND rubles = 10")


def test_one_number_of_the_provider_is_one_return(refund, sql):
    refunds.ask(refund.topup_id, Decimal("40.00"), by="admin:1", reason="again")
    with pytest.raises(DatabaseError, match="refund_at_provider_once"):
        sql("UPDATE payments_refund SET external_id = 'return-1'")


REFUND_MOVES = {("asked", "done"), ("asked", "refused"), ("asked", "unclear"), ("unclear", "done"), ("unclear", "refused")}  # fmt: skip
TOPUP_MOVES = {
    ("created", "pending"), ("created", "paid"), ("created", "expired"), ("created", "rejected"), ("pending", "paid"),
    ("pending", "expired"), ("pending", "rejected"), ("expired", "pending"), ("expired", "paid"), ("paid", "refunded"),
}  # fmt: skip


def moves(states, allowed):
    return [(a, b, (a, b) in allowed) for a, b in product(states, repeat=2) if a != b]


def try_move(sql, table, row, before, after):
    """Whether the trigger lets it through: constraints of the table are away, its other state is put there past the trigger."""
    sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    sql(f"UPDATE {table} SET state = %s WHERE id = %s", before, row)
    sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    try:
        with transaction.atomic():
            sql(f"UPDATE {table} SET state = %s WHERE id = %s", after, row)
    except IntegrityError:
        return False
    return True


@pytest.fixture
def unconstrained(sql):
    def drop(table):
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        for (name,) in sql(
            f"SELECT conname FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype IN ('c')"
        ):
            sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")

    return drop


@pytest.mark.parametrize(("before", "after", "allowed"), moves(RefundState.values, REFUND_MOVES))
def test_a_return_goes_only_where_its_diagram_leads(refund, sql, unconstrained, before, after, allowed):
    unconstrained("payments_refund")
    assert try_move(sql, "payments_refund", refund.pk, before, after) == allowed


@pytest.mark.parametrize(("before", "after", "allowed"), moves(TopUpState.values, TOPUP_MOVES))
def test_a_top_up_goes_only_where_its_diagram_leads(met, sql, unconstrained, before, after, allowed):
    topup = topups.start(met(), Decimal("100.00"), cid=cid.new())
    unconstrained("payments_topup")
    sql("DROP TRIGGER topup_is_back ON payments_topup")  # it asks for the returns, whatever the diagram says
    assert try_move(sql, "payments_topup", topup.pk, before, after) == allowed
