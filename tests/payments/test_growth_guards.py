"""Promo codes and invitations, attacked in SQL; and what only the owner of the tables can break is found."""

from decimal import Decimal

import pytest
from django.db import DatabaseError

from payments import invites, ledger, people, promos
from payments.invariants import INVARIANTS
from payments.models import Invite, PromoCode, Redemption, Transfer
from reliability import cid
from tests.payments.own_money import spends, tops_up

WRITTEN = "INSERT INTO payments_redemption (code_id, customer_id, transfer_id, cid, created_at) "


@pytest.fixture
def books(customer, met):
    """A code that `customer` has used, one of another size that nobody has; a friend, rewarded, and one who waits."""
    PromoCode.objects.create(code="USED", rubles=Decimal("10.00"), most_uses=1)
    PromoCode.objects.create(code="OTHER", rubles=Decimal("20.00"))
    assert isinstance(promos.redeem(customer, "used"), Redemption)
    for telegram_id in (1001, 1002):
        code = invites.code_of(customer)
        people.meet(telegram_id, first_name="Б", username=None, language_code="ru", invite_code=code)
    friend, _waits = (one.friend for one in Invite.objects.order_by("pk"))
    tops_up(friend, "50.00")
    spends(friend, "5.00", "1")
    assert invites.earned(friend)
    invites.step(Invite.objects.get(friend=friend))
    ledger.bonus(met(), Decimal("20.00"), ref="bonus:test:stranger", cid=cid.new())
    return customer


ATTACKS = [
    ("promo_counted_by_uses", "UPDATE payments_promocode SET uses = 0 WHERE code = 'USED'"),
    ("promo_counted_by_uses", "UPDATE payments_promocode SET uses = uses + 1 WHERE code = 'OTHER'"),
    ("promo_counted_by_uses", "UPDATE payments_promocode SET rubles = 11 WHERE code = 'USED'"),
    ("promo_counted_by_uses", "UPDATE payments_promocode SET code = 'NEW' WHERE code = 'USED'"),
    (
        "promo_counted_by_uses",
        "INSERT INTO payments_promocode (code, rubles, uses, active, note, created_at) VALUES ('NEW', 1, 5, true, '', now())",
    ),
    ("promo_code_form", "UPDATE payments_promocode SET code = 'other' WHERE code = 'OTHER'"),
    ("promo_code_form", "UPDATE payments_promocode SET code = 'ОTHER' WHERE code = 'OTHER'"),
    ("promo_code_form", "UPDATE payments_promocode SET code = 'O' WHERE code = 'OTHER'"),
    ("promocode_code", "UPDATE payments_promocode SET code = 'USED' WHERE code = 'OTHER'"),
    ("promo_rubles", "UPDATE payments_promocode SET rubles = 0 WHERE code = 'OTHER'"),
    ("promo_rubles", "UPDATE payments_promocode SET rubles = 'NaN' WHERE code = 'OTHER'"),
    ("promo_rubles", "UPDATE payments_promocode SET rubles = 10001 WHERE code = 'OTHER'"),
    ("promo_within_limit", "UPDATE payments_promocode SET most_uses = 0 WHERE code = 'USED'"),
    ("promo_ends_after_start", "UPDATE payments_promocode SET starts_at = now(), ends_at = now() - interval '1 day'"),
    ("payments_redemption", "DELETE FROM payments_promocode WHERE code = 'USED'"),
    ("gift_stays", "DELETE FROM payments_redemption"),
    ("gift_stays", "UPDATE payments_redemption SET created_at = now()"),
    (  # again, by the same person: the limit of the code says no before all else
        "promo_within_limit",
        WRITTEN + "SELECT code_id, customer_id, transfer_id, cid, now() FROM payments_redemption",
    ),
    (  # by somebody who was paid nothing
        "redemption_counts",
        WRITTEN
        + "SELECT c.id, t.customer_id, t.id, 'C', now() FROM payments_promocode c, payments_transfer t WHERE c.code = 'OTHER' AND t.ref = 'bonus:test:stranger'",
    ),
    ("customer_invited_at_meeting", "UPDATE payments_customer SET invited_by_id = NULL WHERE telegram_id = 1001"),
    (
        "customer_invited_at_meeting",
        "UPDATE payments_customer SET invited_by_id = (SELECT id FROM payments_customer WHERE telegram_id = 1001) WHERE invited_by_id IS NULL",
    ),
    ("customer_invited_at_meeting", "UPDATE payments_customer SET invite_code = 'X' WHERE invite_code IS NOT NULL"),
    (
        "customer_not_invited_by_self",
        "INSERT INTO payments_customer (id, telegram_id, username, first_name, locale, chosen_locale, blocked, invited_by_id, created_at) VALUES (999999, 5, '', '', 'ru', false, false, 999999, now())",
    ),
    ("invite_moves", "UPDATE payments_invite SET state = 'earned' WHERE state = 'rewarded'"),
    ("invite_moves", "UPDATE payments_invite SET state = 'nothing' WHERE state = 'waits'"),
    ("invite_earned_by_own_money", "UPDATE payments_invite SET state = 'earned' WHERE state = 'waits'"),
    ("invite_rewarded_by_transfer", "UPDATE payments_invite SET transfer_id = NULL"),
    ("invite_moves", "UPDATE payments_invite SET state = 'lost'"),
    ("invite_is_true", "UPDATE payments_invite SET transfer_id = (SELECT max(id) FROM payments_transfer)"),
    (  # the reward for one friend again for another
        "invite_is_true",
        "UPDATE payments_invite SET transfer_id = (SELECT id FROM payments_transfer WHERE ref LIKE 'invite:%') WHERE state = 'waits'",
    ),
    (
        "invite_is_true",
        "UPDATE payments_invite SET friend_id = (SELECT max(id) FROM payments_customer) WHERE state = 'waits'",
    ),
    (  # for somebody who came alone
        "invite_is_true",
        "INSERT INTO payments_invite (friend_id, state, attempts, due_at, error, cid, created_at) SELECT max(id), 'waits', 0, now(), '', 'C', now() FROM payments_customer",
    ),
    ("gift_stays", "DELETE FROM payments_invite WHERE state = 'rewarded'"),
]  # fmt: skip


@pytest.mark.parametrize(("guard", "attack"), ATTACKS, ids=[f"{n}-{guard}" for n, (guard, _) in enumerate(ATTACKS)])
def test_it_is_refused(books, sql, guard, attack):
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match=guard):
        sql(attack)


def test_a_second_use_by_one_person_is_refused_also_where_the_code_has_no_limit(books, sql):
    customer = books
    assert isinstance(promos.redeem(customer, "OTHER"), Redemption)

    with pytest.raises(DatabaseError, match=r"redemption_once|transfer_id"):
        sql(
            WRITTEN + "SELECT used.code_id, customer_id, transfer_id, cid, now() FROM payments_redemption used "
            "JOIN payments_promocode code ON code.id = used.code_id AND code.code = 'OTHER'"
        )


def broken():
    return {rule.name for rule in INVARIANTS if rule.check()}


@pytest.fixture
def unguarded_books(books, unguarded, sql):
    unguarded()
    for table in ("promocode", "redemption", "invite", "customer"):
        sql(f"ALTER TABLE payments_{table} DISABLE TRIGGER USER")
    sql("ALTER TABLE payments_customer DROP CONSTRAINT customer_not_invited_by_self")
    return books


FOUND = [
    ("UPDATE payments_promocode SET uses = 0 WHERE code = 'USED'", "promo_code_counts_its_uses"),
    ("UPDATE payments_promocode SET rubles = 11 WHERE code = 'USED'", "promo_use_is_its_transfer"),
    (
        "UPDATE payments_redemption SET customer_id = (SELECT max(id) FROM payments_customer)",
        "promo_use_is_its_transfer",
    ),
    ("DELETE FROM payments_redemption", "promo_use_is_its_transfer"),
    ("DELETE FROM payments_invite WHERE state = 'rewarded'", "invited_friend_is_rewarded_once"),
    (
        "UPDATE payments_transfer SET ref = 'invite:0' WHERE ref = 'bonus:test:stranger'",
        "invited_friend_is_rewarded_once",
    ),
    (
        "UPDATE payments_customer SET invited_by_id = (SELECT max(id) FROM payments_customer) WHERE telegram_id = 1001",
        "invited_friend_is_rewarded_once",
    ),
    ("UPDATE payments_customer SET invited_by_id = id WHERE telegram_id = 1002", "nobody_is_rewarded_for_themselves"),
    ("UPDATE payments_customer SET invited_by_id = id WHERE telegram_id = 1001", "nobody_is_rewarded_for_themselves"),
    ("DELETE FROM payments_invite WHERE state = 'waits'", "nobody_is_rewarded_for_themselves"),
    (
        "UPDATE payments_invite SET state = 'waits', transfer_id = NULL WHERE state = 'rewarded'",
        "paid_result_earns_the_invite",
    ),
]


def test_honest_books_break_nothing(unguarded_books):
    assert broken() == set()


@pytest.mark.parametrize(("change", "rule"), FOUND, ids=[f"{n}-{rule}" for n, (_, rule) in enumerate(FOUND)])
def test_what_a_superuser_changes_is_found(unguarded_books, sql, change, rule):
    sql(change)

    assert rule in broken()


def test_a_reward_of_ones_own_is_found(unguarded_books, sql):
    sql("UPDATE payments_invite SET transfer_id = (SELECT min(id) FROM payments_transfer WHERE customer_id = friend_id) WHERE state = 'rewarded'")  # fmt: skip

    assert {"nobody_is_rewarded_for_themselves", "invited_friend_is_rewarded_once"} <= broken()
    assert Transfer.objects.filter(ref__startswith="invite:").count() == 1
