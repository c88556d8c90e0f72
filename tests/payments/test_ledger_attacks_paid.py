"""Attacks in SQL on what was paid and what goes back, by whoever has the application's role: refused, and nothing has changed."""

from decimal import Decimal

import psycopg
import pytest

from payments import ledger, refunds, topups
from payments.models import TopUpState, Transfer
from reliability import cid
from tests.payments.operators import named

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
RETURNED = [
    "ref = ref || 'x'",
    "rubles = 0.01",
    "minor_amount = 1",
    "topup_id = (SELECT max(id) FROM payments_topup) WHERE state = 'asked'",
    "by = 'admin:2'",
    "reason = 'another'",
    "external_id = 'another' WHERE state = 'done'",
    "external_id = '' WHERE state = 'done'",
]
GIVEN_BACK = "UPDATE payments_refund SET state = 'refused', returned_id ="
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
    *[("refund_stays", f"UPDATE payments_refund SET {change}") for change in RETURNED],
    (
        "refund_came_back",
        f"{GIVEN_BACK} (SELECT min(id) FROM payments_transfer) WHERE state = 'asked'",
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
    app.execute("UPDATE payments_refund SET state = 'done', external_id = 'told' WHERE state = 'asked'")
    app.rollback()


@pytest.fixture
def offer(rows, met):
    """An offer that its provider has told of, and only an operator can credit."""
    offer = named(topups.start(met("100.00"), Decimal("100.00"), provider="bank", cid=cid.new()))
    ledger.topup(offer.customer, offer.rubles, provider="bank", external_id="another", cid=cid.new())
    return offer


OFFERED = [
    ("topup_offer_stays", "customer_id = (SELECT min(id) FROM payments_customer)"),
    ("topup_offer_stays", "provider = 'stars'"),
    ("topup_offer_stays", "currency = 'USD'"),
    ("topup_offer_stays", "rate = rate + 1"),
    ("topup_offer_stays", "offer = gen_random_uuid()"),
    ("topup_offer_stays", "rubles = 99"),
    ("topup_offer_stays", "minor_amount = 99"),
    ("topup_offer_stays", "rubles = 99, state = 'rejected', decided_by = 'x', reason = 'x'"),
    ("topup_moves", "state = 'refunded'"),
    *[
        ("topup_is_credited", f"state = 'paid', transfer_id = (SELECT max(id) FROM payments_transfer WHERE {whose})")
        for whose in (
            "kind = 'bonus' AND customer_id = payments_topup.customer_id",
            "ref = 'topup:bank:another'",
        )
    ],
]


@pytest.mark.parametrize(("guard", "change"), OFFERED)
def test_what_was_offered_stays_and_is_credited_by_its_own_transfer_alone(offer, app, guard, change):
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match=guard):
        app.execute(f"UPDATE payments_topup SET {change} WHERE id = {offer.pk}")
    app.rollback()


def test_no_payment_begins_as_credited_by_what_is_no_transfer_of_it(offer, app):
    """As a copy of one that is, under another id of the provider's."""
    names = "offer, provider, customer_id, rubles, currency, minor_amount, rate, paid_at, url, decided_by, reason, cid, created_at, due_at, attempts, claimed_by, error"
    bonus = "(SELECT max(id) FROM payments_transfer WHERE kind = 'bonus')"
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="topup_begins_credited"):
        app.execute(
            f"INSERT INTO payments_topup ({names}, state, external_id, transfer_id) "
            f"SELECT {names}, 'paid', 'x', {bonus} FROM payments_topup WHERE id = {offer.pk}"
        )
    app.rollback()


def test_nothing_is_called_refunded_that_is_not_all_back(rows, app):
    for state in ("paid", "asked"):
        which = "SELECT topup_id FROM payments_refund WHERE state = 'asked'" if state == "asked" else str(rows.pk)
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="topup_is_back"):
            app.execute(f"UPDATE payments_topup SET state = 'refunded' WHERE id IN ({which})")
        app.rollback()


def test_an_offer_that_nobody_has_paid_may_go_on_and_be_deleted(offer, app):
    """Else the attacks above would be refused for another reason than theirs."""
    app.execute("UPDATE payments_topup SET agreed_at = now(), error = 'x', due_at = now() WHERE id = %s", [offer.pk])
    app.execute("DELETE FROM payments_topup WHERE id = %s", [offer.pk])
    app.rollback()


ANOTHER = "INSERT INTO payments_refund (topup_id, ref, rubles, minor_amount, transfer_id, returned_id, state, external_id, by, reason, cid, created_at, due_at, attempts, error)"
REST = "r.external_id, r.by, r.reason, r.cid, now(), now(), 0, '' FROM payments_refund r"


@pytest.mark.parametrize(
    ("guard", "values"),
    [
        ("refund_is_its_transfer", "'another', 1, 1, %(came)s, NULL, 'asked'"),
        ("refund_is_its_transfer", "%(ref)s, 1, 1, %(came)s, NULL, 'asked'"),
        ("refund_is_its_transfer", "'another', 1, 1, %(loose)s, NULL, 'asked'"),
        ("refund_begins_given_back", "'loose', 1, 1, %(loose)s, %(came)s, 'refused'"),
    ],
)
def test_no_return_begins_that_its_own_transfer_has_not_taken(rows, app, guard, values):
    came = Transfer.objects.filter(kind="topup").latest("pk")
    loose = ledger.refund(rows.customer, Decimal("1.00"), provider="bank", ref="loose", cid=cid.new())
    named = {"came": came.pk, "loose": loose.pk, "ref": came.ref}

    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match=guard):
        app.execute(f"{ANOTHER} SELECT {rows.pk}, {values}, {REST} LIMIT 1", named)
    app.rollback()
