"""Digests: what is signed in Python is what SQL writes, for any content; what a superuser takes away, adds or puts back is found."""

from datetime import UTC, datetime
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from structlog.testing import capture_logs

from payments import digest, ledger
from payments.amount import LARGEST
from payments.invariants import INVARIANTS
from payments.models import Kind, Transfer, Wallet
from reliability import cid

TEXT = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=40
)  # what PostgreSQL can keep
NOTE = st.one_of(
    TEXT, st.sampled_from([" a ", "\n", "\r\n", "a\nb\n", "\t", "ё\u0301", "\U0001f600", "\\n", "1\nref", "\ufeff"])
)
LINE = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=24)
RUBLES = st.decimals("0.01", LARGEST, places=2)
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(9998, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001


def changed() -> list[str]:
    return list(ledger.verify_digests())


def broken() -> set[str]:
    return {rule.name for rule in INVARIANTS if rule.check()}


@pytest.fixture
def books(customer, unguarded):
    """100.00 given, a hold of 10.00 captured, one of 5.00 released, one of 7.00 open; the guards are off."""
    for job, (rubles, settle) in enumerate([("10.00", ledger.capture), ("5.00", ledger.release), ("7.00", None)]):
        hold = ledger.hold(customer, Decimal(rubles), ref=f"hold:{job}", cid=cid.new())
        if settle:
            settle(hold, ref=f"{settle.__name__}:{job}", cid=cid.new())
    unguarded()
    return customer


@pytest.fixture
def unchecked(books, sql):
    """Rows may hold whatever their columns can: a superuser drops constraints too."""
    of_rows = "SELECT conname FROM pg_constraint WHERE conrelid = 'payments_transfer'::regclass AND contype = 'c'"
    for (name,) in sql(of_rows):
        sql(f'ALTER TABLE payments_transfer DROP CONSTRAINT "{name}"')


def test_sql_writes_what_python_signs_whatever_is_in_a_transfer(books, unchecked):
    """Each row is signed before it is written, as the ledger does, and read back by SQL."""
    hold = Transfer.objects.get(ref="hold:2")
    kinds = st.sampled_from(Kind.values)
    seen = 0

    @settings(max_examples=200, suppress_health_check=list(HealthCheck))
    @given(
        st.fixed_dictionaries(
            {
                "ref": LINE.filter(bool), "n": st.integers(10, 2**63 - 1), "kind": kinds, "debit": LINE, "credit": LINE, "amount": RUBLES,
                "balance_after": RUBLES, "held_after": RUBLES, "settles": st.sampled_from([None, hold]), "cid": LINE.filter(bool),
                "actor": LINE, "note": NOTE, "created_at": MOMENTS,
            }
        )
    )  # fmt: skip
    def agrees(facts):
        nonlocal seen
        facts["cid"] = facts["cid"][:26]
        with transaction.atomic():
            row = Transfer(customer=books, **facts)
            row.sign()
            row.save()
            assert changed() == []
            transaction.set_rollback(True)
        seen += 1

    agrees()
    assert seen >= 200


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/St_Johns"])
def test_the_servers_own_zone_and_formats_change_nothing(books, sql, zone):
    sql(f"SET LOCAL TimeZone = '{zone}'")
    sql("SET LOCAL DateStyle = 'German'")
    sql("SET LOCAL extra_float_digits = 0")
    sql("SET LOCAL lc_numeric = 'C'")

    assert changed() == []


@pytest.mark.parametrize("moment", ["infinity", "-infinity", "0044-03-15 BC", "12026-01-01"])
def test_a_moment_that_python_does_not_know_is_found_like_any_other(books, sql, moment):
    sql("UPDATE payments_transfer SET created_at = %s WHERE ref = 'hold:0'", moment)

    assert changed() == ["hold:0"]


def test_the_last_transfers_gone_and_the_wallet_put_back_are_found(books, sql):
    """All rules hold: these are the books of an hour ago. That they were others, only the wallet's digest knows."""
    sql("DELETE FROM payments_transfer WHERE ref = 'hold:2'")
    sql("UPDATE payments_wallet SET balance = balance + 7, held = held - 7, last_n = last_n - 1")

    assert (broken(), changed()) == (set(), [f"wallet:{books.pk}"])


def test_a_person_with_all_transfers_gone_is_found(books, sql):
    sql("DELETE FROM payments_transfer")
    sql("UPDATE payments_wallet SET balance = 0, held = 0, last_n = 0")

    assert (broken(), changed()) == (set(), [f"wallet:{books.pk}"])


def test_a_transfer_inserted_with_a_wallet_that_agrees_is_found(books, sql):
    names = "customer_id, kind, debit, credit, amount, held_after, cid, actor, note, digest, created_at"
    sql(f"""INSERT INTO payments_transfer (ref, n, balance_after, {names})
        SELECT 'bonus:mine', 7, 183, customer_id, kind, debit, credit, amount, 7, cid, actor, note, digest, created_at
        FROM payments_transfer WHERE n = 1""")
    sql("UPDATE payments_wallet SET balance = balance + 100, last_n = 7")

    assert (broken(), changed()) == (set(), ["bonus:mine", f"wallet:{books.pk}"])


def test_a_transfer_missing_in_the_middle_is_found_though_all_was_numbered_anew(books, sql):
    """The superuser takes the hold and its capture out and gives the person the 10.00 back, without a gap."""
    sql("DELETE FROM payments_transfer WHERE ref IN ('capture:0', 'hold:0')")
    sql("UPDATE payments_transfer SET n = n - 2, balance_after = balance_after + 10 WHERE n > 3")
    sql("UPDATE payments_wallet SET balance = balance + 10, last_n = last_n - 2")

    assert broken() == set()
    assert set(changed()) == {"hold:1", "release:1", "hold:2", f"wallet:{books.pk}"}


def test_a_digest_taken_from_another_row_is_no_digest(books, met, sql):
    other = met("100.00")
    sql("UPDATE payments_wallet w SET digest = o.digest FROM payments_wallet o WHERE w.customer_id <> o.customer_id")
    sql(
        "UPDATE payments_transfer t SET digest = o.digest FROM payments_transfer o WHERE t.ref = 'hold:1' AND o.ref = 'hold:0'"
    )

    assert set(changed()) == {"hold:1", f"wallet:{books.pk}", f"wallet:{other.pk}"}


def test_the_forms_of_a_transfer_and_of_a_wallet_cannot_be_taken_for_each_other():
    facts = [1, 2, Decimal("3.00"), Decimal("4.00")]

    assert digest.of_wallet(facts) != digest.of_transfer(facts)


def test_a_long_table_is_read_page_by_page_whatever_its_rows_are_called(books, met, sql, monkeypatch):
    """No question takes longer as the table grows; a row with an id beyond those that the ledger gives is read like the rest."""
    for _ in range(2):
        met("100.00")
    monkeypatch.setattr(digest, "PAGE", 2)
    sql("UPDATE payments_transfer SET id = -7 WHERE ref = 'capture:0'")
    sql("UPDATE payments_transfer SET id = 1::bigint << 62 WHERE ref = 'release:1'")
    transfers, wallets = Transfer.objects.count(), Wallet.objects.count()
    with CaptureQueriesContext(connection) as sent:
        assert changed() == []
    questions = [query for query in sent if "statement_timeout" in query["sql"]]
    assert len(questions) == transfers // 2 + 1 + wallets // 2 + 1

    sql("UPDATE payments_transfer SET amount = amount + 1")
    assert len(changed()) == transfers


def test_a_wallet_without_a_digest_is_found_until_an_operator_signs_it(books, sql):
    sql("UPDATE payments_wallet SET digest = ''")
    assert changed() == [f"wallet:{books.pk}"]

    with capture_logs() as lines:
        assert ledger.sign_wallets() == [str(books.pk)]

    assert changed() == []
    assert [(line["event"], line["wallets"]) for line in lines] == [("ledger.wallets_signed", [str(books.pk)])]


def test_a_wallet_that_its_transfers_do_not_bear_out_is_not_signed(books, sql):
    sql("UPDATE payments_wallet SET balance = balance + 1")

    assert ledger.sign_wallets() == []
    assert changed() == [f"wallet:{books.pk}"]


def test_the_next_movement_signs_a_wallet_that_an_older_version_moved(customer, sql):
    sql("UPDATE payments_wallet SET digest = ''")
    ledger.bonus(customer, Decimal("1.00"), ref="bonus:next", cid=cid.new())

    assert changed() == []


def test_a_new_wallet_is_signed(db, met):
    met()

    assert Wallet.objects.exclude(digest="").count() == 1
    assert changed() == []


def test_the_key_never_goes_to_the_database(books):
    """Not in a statement of a movement, and not in one of the proof."""
    with CaptureQueriesContext(connection) as sent:
        ledger.bonus(books, Decimal("1.00"), ref="bonus:1", cid=cid.new())
        changed()

    assert len(sent) > 5
    assert not [query["sql"] for query in sent if "test-ledger-key" in query["sql"]]
