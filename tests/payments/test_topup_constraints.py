"""Each constraint of top-ups, attacked in SQL."""

from decimal import Decimal

import pytest
from django.db import DatabaseError

from payments import topups
from reliability import cid

HUNDRED = Decimal("100.00")


@pytest.fixture
def offer(db, met):
    return topups.start(met(), HUNDRED, cid=cid.new())


ATTACKS = [
    ("topup_moves", "state = 'lost'"),
    ("topup_credited_by_transfer", "state = 'paid'"),
    ("topup_moves", "state = 'refunded', external_id = 'x', paid_at = now()"),
    ("topup_rejected_why", "state = 'rejected', decided_by = 'admin:1'"),
    ("topup_credited_by_transfer", "transfer_id = (SELECT min(id) FROM payments_transfer)"),
    ("topup_credited_has_payment", "state = 'paid', transfer_id = (SELECT min(id) FROM payments_transfer)"),
    ("topup_offer_has_no_payment", "external_id = 'x'"),
    ("topup_offer_has_no_payment", "state = 'expired', external_id = 'x'"),
    ("topup_rubles_positive", "rubles = 0"),
    ("topup_rubles_positive", "rubles = 'NaN'"),
    ("topup_price_positive", "minor_amount = 0"),
    ("topup_rate_positive", "rate = 0"),
    ("topup_rate_positive", "rate = 'NaN'"),
    ("topup_payment_once", "state = 'pending', external_id = 'c1'"),
    ("topup_offer_open_once", "offer = (SELECT offer FROM payments_topup WHERE id <> {id} AND external_id IS NULL)"),
    (
        "transfer_id",
        "state = 'paid', external_id = 'x', paid_at = now(), transfer_id = (SELECT transfer_id FROM payments_topup WHERE external_id = 'c1')",
    ),
]


@pytest.mark.parametrize(("constraint", "change"), ATTACKS)
def test_a_top_up_that_can_never_be_is_refused(offer, met, sql, constraint, change):
    paid = topups.start(met("1.00"), HUNDRED, cid=cid.new())
    topups.paid(paid, external_id="c1", currency="XTR", minor_amount=160, cid=cid.new())
    topups.start(offer.customer, HUNDRED, cid=cid.new())
    with pytest.raises(DatabaseError, match=constraint):
        sql(f"UPDATE payments_topup SET {change.format(id=offer.pk)} WHERE id = {offer.pk}")
