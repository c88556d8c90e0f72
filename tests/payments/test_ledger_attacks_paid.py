"""Attacks in SQL on what was paid and what goes back, by whoever has the application's role: refused, and nothing has changed."""

from decimal import Decimal

import psycopg
import pytest

from payments import refunds, topups
from payments.models import TopUpState
from reliability import cid

FACTS = {
    "customer_id": "(SELECT id FROM payments_customer WHERE id <> customer_id LIMIT 1)",
    "provider": "'stars'",
    "currency": "'USD'",
    "minor_amount": "minor_amount - 1",
    "rate": "rate + 1",
    "rubles": "rubles - 1",
    "external_id": "'another'",
    "paid_at": "paid_at + interval '1 microsecond'",
    "offer": "gen_random_uuid()",
    "transfer_id": "(SELECT transfer_id FROM payments_refund LIMIT 1)",
}
ATTACKS = [
    *[("topup_paid_stays", f"UPDATE payments_topup SET {name} = {value}") for name, value in FACTS.items()],
    ("topup_paid_stays", "UPDATE payments_topup SET external_id = NULL"),
    ("topup_paid_stays", "UPDATE payments_topup SET rubles = 1, state = 'refunded' WHERE state = 'paid'"),
    ("topup_paid_stays", "WITH c AS (UPDATE payments_topup SET rubles = 1 RETURNING *) SELECT * FROM c"),
    (
        "topup_paid_stays",
        "INSERT INTO payments_topup SELECT * FROM payments_topup ON CONFLICT (id) DO UPDATE SET rubles = 1",
    ),
    ("topup_paid_not_deleted", "DELETE FROM payments_topup"),
    ("refund_not_deleted", "DELETE FROM payments_refund"),
    ("refund_not_deleted", "DELETE FROM payments_refund WHERE state = 'asked'"),
    ("refund_not_deleted", "DELETE FROM payments_refund r USING payments_topup u WHERE u.id = r.topup_id"),
    ("refund_not_deleted", "WITH gone AS (DELETE FROM payments_refund RETURNING *) SELECT * FROM gone"),
    (
        "refund_not_deleted",
        "MERGE INTO payments_refund r USING payments_topup u ON u.id = r.topup_id WHEN MATCHED THEN DELETE",
    ),
]
DENIED = [
    "TRUNCATE payments_refund",
    "ALTER TABLE payments_refund DISABLE TRIGGER refund_not_deleted",
    "DROP TRIGGER topup_paid_stays ON payments_topup",
    "DROP FUNCTION payment_stays CASCADE",
    "CREATE OR REPLACE FUNCTION public.payment_stays() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "SET session_replication_role = replica",
]


@pytest.fixture
def rows(transactional_db, payment):
    """Three payments: of one a part is on its way back, one is wholly back, one stays."""
    asked, back, stays = payment(), payment(), payment()
    refunds.ask(asked.pk, Decimal("40.00"), by="admin:1", reason="as promised")
    done = refunds.ask(back.pk, Decimal("100.00"), by="admin:1", reason="as promised")
    refunds.done(done.pk, "r1")
    back.refresh_from_db()
    assert (back.state, stays.state) == (TopUpState.REFUNDED, TopUpState.PAID)
    return stays


def books(app):
    tables = ("payments_topup", "payments_refund")
    seen = [app.execute(f"SELECT * FROM public.{table} ORDER BY id").fetchall() for table in tables]
    app.rollback()
    return seen


def test_what_was_paid_and_what_goes_back_stays_as_it_is(rows, app):
    before = books(app)
    for guard, attack in ATTACKS:
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match=guard):
            app.execute(attack)
        app.rollback()
    for attack in DENIED:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(attack)
        app.rollback()

    assert books(app) == before


@pytest.mark.parametrize("state", ["paid", "refunded"])
def test_the_guard_speaks_of_each_state_of_what_was_credited(rows, app, state):
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="topup_paid_stays"):
        app.execute("UPDATE payments_topup SET rubles = 1 WHERE state = %s", [state])
    app.rollback()


def test_what_is_no_fact_of_a_payment_may_still_be_written(rows, app):
    """Else the attacks above would be refused for another reason than theirs."""
    app.execute("UPDATE payments_topup SET rubles = rubles, agreed_at = now(), error = 'x', attempts = 1")
    app.execute("UPDATE payments_refund SET due_at = now(), attempts = attempts + 1, error = 'x'")
    app.rollback()


def test_an_offer_that_nobody_has_paid_may_be_changed_and_deleted(rows, app, met):
    offer = topups.start(met(), Decimal("100.00"), cid=cid.new())
    app.execute("UPDATE payments_topup SET rubles = 99, minor_amount = 98, rate = 3 WHERE id = %s", [offer.pk])
    app.execute("DELETE FROM payments_topup WHERE id = %s", [offer.pk])
    app.rollback()
