"""Attacks on the ledger in SQL, by whoever has the application's role: the database refuses each, and nothing has changed.

What it cannot refuse, a whole and consistent movement with a digest that nobody signed, `verify` finds.
"""

from decimal import Decimal

import psycopg
import pytest

from payments import ledger
from payments.invariants import INVARIANTS
from payments.models import Transfer
from reliability import cid

# me: 100.00 given (n 1), 40.00 of it on hold (n 2). other: the same, and the hold captured (n 3).
DEFAULTS = {
    "customer": "{me}", "ref": "'x:1'", "n": "3", "kind": "'bonus'", "debit": "'promo'", "credit": "'wallet'", "amount": "1", "balance": "61",
    "held": "40", "settles": "NULL", "cid": "'C'", "actor": "''", "note": "''", "digest": "repeat('a', 64)",
}  # fmt: skip
WALLET = "UPDATE payments_wallet SET balance = {balance}, held = {held}, last_n = {n} WHERE customer_id = {customer}"
COLUMNS = "customer_id, ref, n, kind, debit, credit, amount, balance_after, held_after, settles_id, cid, actor, note, digest, created_at"
INSERT = f"INSERT INTO payments_transfer ({COLUMNS}) VALUES ({', '.join('{' + name + '}' for name in DEFAULTS)}, now())"
HOLD = {"kind": "'hold'", "debit": "'wallet'", "credit": "'hold'", "amount": "10", "balance": "50", "held": "50"}
CAPTURE = {
    "kind": "'capture'",
    "debit": "'hold'",
    "credit": "'revenue'",
    "amount": "40",
    "balance": "60",
    "held": "0",
    "settles": "{hold}",
}
RELEASE = CAPTURE | {"kind": "'release'", "credit": "'wallet'", "balance": "100"}
OTHERS = {"customer": "{other}", "n": "4", "held": "0"}
TOPUP = {"kind": "'topup'", "debit": "'provider:stars'"}
ADJUST = {"kind": "'adjust_in'", "debit": "'adjustment'", "actor": "'admin:1'", "note": "'why'"}


def moved(instead: str = "", **facts: str) -> str:
    """A movement as the ledger makes it, wallet first, with these facts instead of right ones, or this wallet's statement."""
    row = DEFAULTS | facts
    return f"{instead or WALLET.format_map(row)}; {INSERT.format_map(row)}"


def alone(**facts: str) -> str:
    """A transfer that no wallet moves with."""
    return INSERT.format_map(DEFAULTS | facts)


def wallet(change: str) -> str:
    return f"UPDATE payments_wallet SET {change} WHERE customer_id = {{me}}"


DENIED = [  # the role may not
    "UPDATE payments_transfer SET amount = 1",
    "UPDATE ONLY payments_transfer SET note = 'x' WHERE false",
    "UPDATE payments_transfer SET customer_id = {other} WHERE customer_id = {me}",
    "UPDATE payments_transfer SET settles_id = NULL",
    "UPDATE payments_transfer SET digest = repeat('b', 64)",
    "UPDATE payments_transfer SET created_at = now()",
    "WITH changed AS (UPDATE payments_transfer SET n = n + 1 RETURNING *) SELECT * FROM changed",
    "MERGE INTO payments_transfer t USING payments_wallet w ON t.customer_id = w.customer_id WHEN MATCHED THEN UPDATE SET amount = 5",
    "MERGE INTO payments_transfer t USING payments_wallet w ON t.customer_id = w.customer_id WHEN MATCHED THEN DELETE",
    "INSERT INTO payments_transfer SELECT * FROM payments_transfer ON CONFLICT (ref) DO UPDATE SET amount = 5",
    "INSERT INTO payments_transfer SELECT * FROM payments_transfer ON CONFLICT ON CONSTRAINT transfer_numbered DO UPDATE SET n = 9",
    "SELECT * FROM payments_transfer FOR UPDATE",
    "SELECT * FROM payments_transfer FOR SHARE",
    "LOCK TABLE payments_transfer IN ACCESS EXCLUSIVE MODE",
    "PREPARE change AS UPDATE payments_transfer SET amount = 1; EXECUTE change",
    "DO $$ BEGIN UPDATE payments_transfer SET amount = 1; END $$",
    "CREATE TEMPORARY VIEW mine AS SELECT * FROM payments_transfer; UPDATE mine SET amount = 1",
    "CREATE FUNCTION pg_temp.mine() RETURNS void SECURITY DEFINER LANGUAGE sql AS 'UPDATE payments_transfer SET amount = 1'; SELECT pg_temp.mine()",
    "DELETE FROM payments_transfer",
    "DELETE FROM payments_transfer t USING payments_wallet w WHERE t.n = w.last_n",
    "WITH gone AS (DELETE FROM payments_transfer RETURNING *) SELECT * FROM gone",
    "DELETE FROM payments_wallet",
    "TRUNCATE payments_transfer CASCADE",
    "TRUNCATE payments_wallet",
    "TRUNCATE payments_topup",
    "TRUNCATE payments_customer RESTART IDENTITY CASCADE",
    "ALTER TABLE payments_transfer DISABLE TRIGGER ALL",
    "ALTER TABLE payments_transfer DISABLE TRIGGER transfer_in_step",
    "ALTER TABLE payments_wallet DISABLE TRIGGER USER",
    "ALTER TABLE payments_transfer DROP CONSTRAINT transfer_amount_positive",
    "ALTER TABLE payments_wallet DROP CONSTRAINT wallet_balance_not_negative",
    "ALTER TABLE payments_wallet ALTER balance TYPE text",
    "ALTER TABLE payments_transfer RENAME TO old",
    "ALTER TABLE payments_transfer OWNER TO trt_app",
    "ALTER TABLE payments_transfer ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE payments_transfer SET UNLOGGED",
    "CREATE POLICY mine ON payments_transfer",
    "DROP TABLE payments_transfer CASCADE",
    "DROP INDEX payments_transfer_settles_id_key",
    "DROP TRIGGER transfer_append_only ON payments_transfer",
    "DROP TRIGGER wallet_moves_by_transfers ON payments_wallet",
    "DROP FUNCTION transfer_in_step CASCADE",
    "CREATE OR REPLACE FUNCTION public.transfer_in_step() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "ALTER FUNCTION wallet_moves_by_transfers() RENAME TO old",
    "CREATE TRIGGER mine BEFORE INSERT ON payments_transfer FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE RULE mine AS ON INSERT TO payments_transfer DO INSTEAD NOTHING",
    "CREATE RULE mine AS ON UPDATE TO payments_wallet DO INSTEAD NOTHING",
    "CREATE TEMPORARY TABLE mine () INHERITS (payments_transfer)",
    "CREATE TABLE public.mine (n int)",
    "CREATE SCHEMA mine",
    "SELECT setval('payments_transfer_id_seq', 1)",
    "ALTER SEQUENCE payments_transfer_id_seq RESTART",
    "SET session_replication_role = replica",
    "SELECT set_config('session_replication_role', 'replica', false)",
    "SET allow_system_table_mods = on",
    "UPDATE pg_trigger SET tgenabled = 'D'",
    "DELETE FROM pg_constraint",
    "GRANT UPDATE ON payments_transfer TO trt_app; UPDATE payments_transfer SET amount = 1",
    "GRANT trt_owner TO trt_app",
    "SET ROLE trt_owner",
    "SET SESSION AUTHORIZATION postgres",
    "ALTER ROLE trt_app SUPERUSER",
    "CREATE ROLE mine SUPERUSER",
    "ALTER DEFAULT PRIVILEGES FOR ROLE trt_owner GRANT ALL ON TABLES TO trt_app",
    "REASSIGN OWNED BY trt_owner TO trt_app",
    "DROP OWNED BY trt_owner CASCADE",
    "COPY payments_transfer FROM '/etc/hostname'",
    "COPY payments_transfer FROM PROGRAM 'true'",
    "CREATE EVENT TRIGGER mine ON ddl_command_start EXECUTE FUNCTION suppress_redundant_updates_trigger()",
]  # fmt: skip

ALONE = "without its transfer"
NEVER = [  # it may write, but not this: (what the database says, attack)
    (ALONE, wallet("balance = balance + 100")),
    (ALONE, wallet("held = held - 40")),
    (ALONE, wallet("balance = balance + 40, held = held - 40")),
    (ALONE, wallet("last_n = last_n + 1")),
    (ALONE, wallet("balance = 100, held = 0, last_n = 1")),
    (ALONE, wallet("balance = 0, held = 0, last_n = 0")),
    (ALONE, moved() + "; " + wallet("balance = 99")),
    (ALONE, moved() + "; " + wallet("balance = 60, last_n = 2")),
    (ALONE, "SET CONSTRAINTS ALL DEFERRED; " + wallet("balance = 99")),
    (ALONE, wallet("balance = 61, last_n = 3") + "; SAVEPOINT s; " + alone() + "; ROLLBACK TO s"),
    (ALONE, wallet("balance = 61, last_n = 3") + "; " + alone(ref="(SELECT min(ref) FROM payments_transfer)") + " ON CONFLICT DO NOTHING"),
    (ALONE, "CREATE TEMPORARY TABLE payments_transfer AS SELECT {me} AS customer_id, 3 AS n, 99.00 AS balance_after, 40.00 AS held_after; "
        + wallet("balance = 99, last_n = 3")),
    (ALONE, "MERGE INTO payments_wallet w USING payments_customer c ON w.customer_id = c.id WHEN MATCHED THEN UPDATE SET balance = 99"),
    (ALONE, "INSERT INTO payments_wallet (customer_id, balance, held, last_n) VALUES ({me}, 0, 0, 0) ON CONFLICT (customer_id) DO UPDATE SET balance = 99"),
    ("payments_wallet_pkey", wallet("customer_id = {other}")),
    ("wallet_balance_not_negative", wallet("balance = -0.01")),
    ("wallet_balance_not_negative", wallet("balance = 'NaN'")),
    ("wallet_held_not_negative", wallet("held = -1")),
    ("wallet_held_not_negative", wallet("held = 'NaN'")),
    ("numeric field overflow", wallet("balance = 'Infinity'")),
    ("numeric field overflow", wallet("balance = 1e12")),
    ("starts empty", "INSERT INTO payments_wallet (customer_id, balance, held, last_n) VALUES ({nobody}, 100, 0, 0)"),
    ("starts empty", "INSERT INTO payments_wallet (customer_id, balance, held, last_n) VALUES ({nobody}, 0, 0, 5)"),
    ("does not leave the wallet", alone()),
    ("does not leave the wallet", alone(**CAPTURE)),
    ("does not leave the wallet", moved(wallet("balance = 62, last_n = 3"))),
    ("does not leave the wallet", "CREATE TEMPORARY TABLE payments_wallet AS SELECT {me} AS customer_id, 3 AS last_n, 61.00 AS balance, 40.00 AS held; " + alone()),
    ("does not leave the wallet", alone(customer="{nobody}", n="1", balance="1", held="0")),
    ("does not leave the wallet", alone(customer="0", n="1", balance="1", held="0")),
    ("follows none", moved(n="4")),
    ("follows none", moved(n="9223372036854775807")),
    ("follows none", moved(n="0")),
    ("payments_wallet_last_n_check", moved(n="-1")),
    ("transfer_numbered", moved(n="2", balance="101", held="0")),
    ("does not lead from", moved(balance="62")),
    ("does not lead from", moved(held="41")),
    ("does not lead from", moved(**HOLD | {"balance": "60"})),
    ("does not lead from", moved(**HOLD | {"held": "40"})),
    ("does not lead from", moved(amount="'NaN'")),
    ("does not lead from", moved(amount="-1")),
    ("numeric field overflow", moved(amount="'Infinity'")),
    ("transfer_amount_positive", moved(amount="0", balance="60")),
    ("transfer_amount_positive", moved(amount="-1", balance="59")),
    ("wallet_balance_not_negative", moved(**HOLD | {"amount": "61", "balance": "-1", "held": "101"})),
    ("wallet_held_not_negative", moved(**CAPTURE | {"amount": "41", "held": "-1"})),
    ("transfer_pair_of_kind", moved(kind="'gift'")),
    ("transfer_pair_of_kind", moved(debit="'revenue'")),
    ("transfer_pair_of_kind", moved(debit="'wallet'", balance="60")),
    ("transfer_pair_of_kind", moved(**TOPUP | {"debit": "'provider:'"})),
    ("transfer_pair_of_kind", moved(**CAPTURE | {"credit": "'wallet'", "balance": "100"})),
    ("transfer_within_limit", moved(**TOPUP | {"amount": "50000.01", "balance": "50060.01"})),
    ("transfer_within_limit", moved(**ADJUST | {"amount": "1000000.01", "balance": "1000060.01"})),
    ("transfer_by_whom_and_why", moved(**ADJUST | {"actor": "''"})),
    ("transfer_by_whom_and_why", moved(**ADJUST | {"note": "''"})),
    ("transfer_settles_or_not", moved(**CAPTURE | {"settles": "NULL"})),
    ("transfer_settles_or_not", moved(**HOLD | {"settles": "{hold}", "amount": "40", "balance": "20", "held": "80"})),
    ("settles what is no hold", moved(**CAPTURE | {"amount": "20", "held": "20"})),
    ("settles what is no hold", moved(**CAPTURE | {"settles": "{gift}"})),
    ("settles what is no hold", moved(**RELEASE | {"settles": "{others_hold}"})),
    ("settles what is no hold", moved(**RELEASE | {"settles": "0"})),
    ("wallet_held_not_negative", moved(**RELEASE | OTHERS | {"held": "-40", "settles": "{hold}"})),
    ("wallet_held_not_negative", moved(**CAPTURE) + "; " + moved(**RELEASE | {"ref": "'x:2'", "n": "4", "held": "-40"})),
    ("payments_transfer_settles_id", moved(**CAPTURE) + "; " + moved(**HOLD | {"ref": "'x:2'", "n": "4", "amount": "40", "balance": "20", "held": "40"})
        + "; " + moved(**RELEASE | {"ref": "'x:3'", "n": "5", "balance": "60"})),
    ("payments_transfer_ref", moved(ref="(SELECT min(ref) FROM payments_transfer)")),
    ("transfer_one_line_ref", moved(ref="''")),
    ("transfer_one_line_ref", moved(ref="E'hold:job:1\\n'")),
    ("transfer_one_line_cid", moved(cid="''")),
    ("transfer_one_line_actor", moved(actor="E'admin:1\\nadmin:2'")),
    ("transfer_digest_present", moved(digest="''")),
    ("transfer_digest_present", moved(digest="repeat('A', 64)")),
    ("GENERATED ALWAYS|payments_transfer_pkey", wallet("balance = 61, last_n = 3") + "; "
        + alone().replace("(customer_id,", "(id, customer_id,").replace("VALUES (", "VALUES ({hold}, ")),
    ("foreign key", "DELETE FROM payments_customer WHERE id = {me}"),
    ("foreign key", "UPDATE payments_customer SET id = 0 WHERE id = {me}"),
    (ALONE, wallet("balance = 99") + "; PREPARE TRANSACTION 'mine'"),
]  # fmt: skip
ATTACKS = [*(("", attack) for attack in DENIED), *NEVER]


@pytest.fixture
def rows(transactional_db, met) -> dict[str, int]:
    """The books that are attacked; ids by the names that attacks use."""
    me, other, nobody = met("100.00"), met("100.00"), met()
    holds = [ledger.hold(who, Decimal("40.00"), ref=f"hold:{who.pk}", cid=cid.new()) for who in (me, other)]
    ledger.capture(holds[1], ref="capture:other", cid=cid.new())
    gift = Transfer.objects.get(customer=me, n=1)
    return {
        "me": me.pk,
        "other": other.pk,
        "nobody": nobody.pk,
        "hold": holds[0].pk,
        "others_hold": holds[1].pk,
        "gift": gift.pk,
    }


def books(app: psycopg.Connection) -> list[list[tuple]]:
    """All that attacks are after."""
    tables = ("public.payments_transfer", "public.payments_wallet", "public.payments_customer")
    seen = [app.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables]
    app.rollback()
    return seen


def refusal(app: psycopg.Connection, attack: str) -> psycopg.Error | None:
    """What the database says to it, at the latest at the commit; None: it took it."""
    try:
        for statement in attack.split("; ") if "$$" not in attack and "AS '" not in attack else [attack]:
            app.execute(statement)
        app.commit()
    except psycopg.Error as said:
        app.rollback()
        return said
    return None


def test_every_attack_is_refused_and_changes_nothing(rows, app):
    before, taken, changed, wrongly = books(app), [], [], []
    for words, attack in ATTACKS:
        attack = attack.format_map(rows)
        said = refusal(app, attack)
        if said is None:
            taken.append(attack)
        elif not (words in str(said) or any(word in str(said) for word in words.split("|"))):
            wrongly.append((attack, words, str(said)))
        elif not words and not isinstance(said, psycopg.errors.InsufficientPrivilege):
            wrongly.append((attack, "InsufficientPrivilege", repr(said)))
        if books(app) != before:
            changed.append(attack)

    assert (taken, changed, wrongly) == ([], [], [])
    assert len(ATTACKS) > 100
    assert [rule.name for rule in INVARIANTS if rule.check()] == []
    assert list(ledger.verify_digests()) == []


def test_an_honest_movement_by_the_same_words_is_taken(rows, app):
    """Else the attacks above would be refused for another reason than theirs."""
    for number, facts in enumerate([{}, HOLD, CAPTURE, RELEASE, TOPUP, ADJUST]):
        attempt = moved(**facts | {"ref": f"'honest:{number}'"}).format_map(rows)
        for statement in attempt.split("; "):
            app.execute(statement)
        app.execute("SET CONSTRAINTS ALL IMMEDIATE")
        app.rollback()


def test_a_copy_out_of_step_is_refused_row_by_row(rows, app):
    before = books(app)
    columns = COLUMNS.replace(", settles_id", "")
    row = (rows["me"], "x:1", 3, "bonus", "promo", "wallet", 1, 61, 40, "C", "", "", "a" * 64, "2026-12-01")
    copy = app.cursor().copy(f"COPY payments_transfer ({columns}) FROM STDIN")
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="does not leave the wallet"), copy as copied:
        copied.write_row(row)
    app.rollback()

    assert books(app) == before


def test_a_whole_movement_that_nobody_signed_is_found(rows, app):
    """The application's role can move money: that is its work. Without the key it cannot sign."""
    for statement in moved().format_map(rows).split("; "):
        app.execute(statement)
    app.commit()

    assert [rule.name for rule in INVARIANTS if rule.check()] == []
    assert list(ledger.verify_digests()) == ["x:1", f"wallet:{rows['me']}"]
