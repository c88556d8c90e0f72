"""The triggers and grants that hold the ledger against everybody, its owner too. What the application may: test_ledger_attacks."""

import importlib

import psycopg
import pytest
from django.db import DatabaseError, connection

from payments import ledger
from payments.models import Transfer
from reliability import cid

guards = importlib.import_module("payments.migrations.0002_guards")

TRANSFER = """INSERT INTO payments_transfer
    (customer_id, ref, n, kind, debit, credit, amount, balance_after, held_after, settles_id, cid, actor, note, digest, created_at)
    VALUES (%s, 'x:1', {n}, {pair}, {amount}, {balance}, {held}, {settles}, 'C', '', '', repeat('a', 64), now())"""
BONUS = "'bonus', 'promo', 'wallet'"
CAPTURE = "'capture', 'hold', 'revenue'"


@pytest.fixture
def insert(sql):
    """Writes a transfer, and before it the wallet, as the ledger would: in step unless you say otherwise."""

    def _insert(
        customer, *, n=2, pair=BONUS, amount="1.00", balance="101.00", held="0.00", settles="NULL", wallet=True
    ):
        if wallet:
            sql(
                "UPDATE payments_wallet SET balance = %s, held = %s, last_n = %s WHERE customer_id = %s",
                balance,
                held,
                n,
                customer.pk,
            )
        facts = {"n": n, "pair": pair, "amount": amount, "balance": balance, "held": held, "settles": settles}
        sql(TRANSFER.format(**facts), customer.pk)
        sql("SET CONSTRAINTS ALL IMMEDIATE")  # what the commit does

    return _insert


@pytest.fixture
def held(customer):
    """Transfer 2 of somebody with 100.00: a hold of 40.00."""
    return ledger.hold(customer, customer.wallet.balance * 2 / 5, ref=f"hold:{customer.pk}", cid=cid.new())


def test_a_transfer_in_step_with_its_wallet_is_taken(customer, insert):
    insert(customer)


@pytest.mark.parametrize(
    "facts", ["amount = 500", "note = 'x'", "customer_id = customer_id", "digest = repeat('b', 64)", "settles_id = id"]
)
def test_nobody_changes_a_transfer(customer, sql, facts):
    with pytest.raises(DatabaseError, match="never changed"):
        sql(f"UPDATE payments_transfer SET {facts}")


def test_nobody_deletes_a_transfer(customer, sql):
    with pytest.raises(DatabaseError, match="never changed"):
        sql("DELETE FROM payments_transfer")


def test_nobody_changes_a_transfer_by_an_upsert(customer, sql):
    with pytest.raises(DatabaseError, match="never changed"):
        sql(
            "INSERT INTO payments_transfer SELECT * FROM payments_transfer ON CONFLICT (ref) DO UPDATE SET amount = 500"
        )


@pytest.mark.parametrize(
    ("attack", "words"),
    [
        ({"n": 3}, "follows none"),
        ({"balance": "102.00"}, "does not lead from"),
        ({"held": "1.00"}, "does not lead from"),
        ({"amount": "-1.00", "balance": "101.00"}, "does not lead from"),
        ({"wallet": False}, "does not leave the wallet"),
    ],
)
def test_a_transfer_out_of_step_is_refused(customer, insert, attack, words):
    with pytest.raises(DatabaseError, match=words):
        insert(customer, **attack)


@pytest.mark.parametrize(
    "change", ["balance = balance + 100", "held = 5", "last_n = last_n + 1", "last_n = 0, balance = 0"]
)
def test_a_wallet_changed_without_a_transfer_is_refused_at_commit(customer, sql, change):
    sql(f"UPDATE payments_wallet SET {change} WHERE customer_id = %s", customer.pk)
    with pytest.raises(DatabaseError, match="without its transfer"):
        sql("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_wallet_put_back_to_an_older_standing_is_refused_at_commit(customer, sql):
    ledger.bonus(customer, customer.wallet.balance, ref="bonus:2", cid=cid.new())
    sql("UPDATE payments_wallet SET balance = 100, last_n = 1 WHERE customer_id = %s", customer.pk)
    with pytest.raises(DatabaseError, match="without its transfer"):
        sql("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_wallet_does_not_change_hands(customer, met, sql):
    stranger = met()
    sql("DELETE FROM payments_wallet WHERE customer_id = %s", stranger.pk)
    sql("UPDATE payments_wallet SET customer_id = %s WHERE customer_id = %s", stranger.pk, customer.pk)
    with pytest.raises(DatabaseError, match="without its transfer"):
        sql("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_wallet_starts_empty(customer, sql, met):
    stranger = met()
    sql("DELETE FROM payments_wallet WHERE customer_id = %s", stranger.pk)
    with pytest.raises(DatabaseError, match="starts empty"):
        sql("INSERT INTO payments_wallet (customer_id, balance, held, last_n) VALUES (%s, 5, 0, 0)", stranger.pk)


def test_a_wallet_that_has_moved_money_stays(customer, sql):
    with pytest.raises(DatabaseError, match="it stays"):
        sql("DELETE FROM payments_wallet WHERE customer_id = %s", customer.pk)


def test_half_of_a_hold_is_not_captured(customer, held, insert):
    with pytest.raises(DatabaseError, match="settles what is no hold"):
        insert(customer, n=3, pair=CAPTURE, amount="20.00", balance="60.00", held="20.00", settles=str(held.pk))


def test_what_is_no_hold_is_not_settled(customer, held, insert):
    gift = Transfer.objects.get(customer=customer, n=1).pk
    with pytest.raises(DatabaseError, match="settles what is no hold"):
        insert(customer, n=3, pair=CAPTURE, amount="40.00", balance="60.00", held="0.00", settles=str(gift))


def test_another_persons_hold_is_not_settled(customer, held, met, insert):
    other = met("100.00")
    ledger.hold(other, held.amount, ref="hold:other", cid=cid.new())
    with pytest.raises(DatabaseError, match="settles what is no hold"):
        insert(other, n=3, pair=CAPTURE, amount="40.00", balance="60.00", held="0.00", settles=str(held.pk))


def test_a_temporary_table_in_front_of_the_wallets_deceives_nobody(customer, sql, insert):
    sql(
        "CREATE TEMPORARY TABLE payments_wallet AS SELECT customer_id, 900.00 AS balance, held, 2 AS last_n FROM payments_wallet"
    )
    with pytest.raises(DatabaseError, match="does not leave the wallet"):
        insert(customer, amount="800.00", balance="900.00", wallet=False)


def test_the_application_may_move_money_and_no_more(app):
    privileges = "SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) p WHERE has_table_privilege(%s, p)"
    of = {table: [p for (p,) in app.execute(privileges, [table])] for table in ("payments_transfer", "payments_wallet")}

    assert of == {"payments_transfer": ["SELECT", "INSERT"], "payments_wallet": ["SELECT", "INSERT", "UPDATE"]}


@pytest.mark.parametrize(
    "attack",
    ["UPDATE payments_transfer SET note = 'x'", "DELETE FROM payments_transfer", "TRUNCATE payments_transfer CASCADE"],
)
def test_the_application_cannot_touch_it_even_where_all_was_granted(app, customer, attack):
    """A careless GRANT ALL after the migration: the triggers stand."""
    with connection.cursor() as cursor:
        cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO trt_app")
    try:
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="never changed"):
            app.execute(attack)
        app.rollback()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("REVOKE TRUNCATE, TRIGGER, REFERENCES ON ALL TABLES IN SCHEMA public FROM trt_app")
            cursor.execute(guards.REVOKED)
    assert not app.execute("SELECT 1 WHERE has_table_privilege('payments_transfer', 'UPDATE')").fetchall()
