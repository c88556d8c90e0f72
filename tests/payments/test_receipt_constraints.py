"""Each constraint of receipts, attacked in SQL."""

from decimal import Decimal

import pytest
from django.db import DatabaseError

from payments import topups
from reliability import cid
from tests.payments.papers import taken

HASH = "a" * 64
ATTACKS = [
    ("receipt_state_known|receipt_moves", "state = 'lost'"),
    ("receipt_kind_known", "kind = 'docx'"),
    ("receipt_has_a_file", "file_id = ''"),
    ("receipt_has_a_file", "file_unique_id = ''"),
    ("receipt_within_telegrams_limit", "size = 20 * 1024 * 1024 + 1"),
    ("receipt_read_has_hash", "state = 'read'"),
    ("receipt_read_has_hash", "state = 'read', sha256 = 'junk'"),
    ("receipt_read_has_hash", f"state = 'read', sha256 = '{HASH.upper()}'"),
    ("receipt_unread_has_none", f"sha256 = '{HASH}'"),
    ("receipt_unread_has_none", f"state = 'unfit', sha256 = '{HASH}'"),
    ("receipt_seen_earlier", "seen_before_id = id"),
    ("receipt_seen_earlier", "seen_before_id = {later}"),
    ("receipt_once", "file_unique_id = (SELECT file_unique_id FROM payments_receipt WHERE id = {later})"),
]


@pytest.fixture
def rows(db, met):
    request = topups.start(met(), Decimal("100.00"), provider="manual", cid=cid.new())
    return taken(request), taken(request)


@pytest.mark.parametrize(("constraint", "change"), ATTACKS)
def test_a_receipt_that_can_never_be_is_refused(rows, sql, constraint, change):
    first, later = rows
    with pytest.raises(DatabaseError, match=constraint):
        sql(f"UPDATE payments_receipt SET {change.format(later=later.pk)} WHERE id = {first.pk}")


@pytest.mark.parametrize("back", ["new", "unfit", "gone"])
def test_what_was_read_stays_read(rows, sql, back):
    sql(f"UPDATE payments_receipt SET state = 'read', sha256 = '{HASH}' WHERE id = {rows[0].pk}")
    with pytest.raises(DatabaseError, match="receipt_moves"):
        sql(f"UPDATE payments_receipt SET state = '{back}', sha256 = '' WHERE id = {rows[0].pk}")


def test_a_request_with_receipts_is_not_deleted(rows, sql):
    with pytest.raises(DatabaseError, match="payments_receipt"):
        sql(f"DELETE FROM payments_topup WHERE id = {rows[0].topup_id}; SET CONSTRAINTS ALL IMMEDIATE")
