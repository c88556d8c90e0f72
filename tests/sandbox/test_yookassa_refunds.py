"""Refunds at the local YooKassa: in parts, once a key, never more than was paid."""

from __future__ import annotations

import pytest
from yookassa import Payment, Refund
from yookassa.domain.exceptions import BadRequestError, NotFoundError

from tests.sandbox.payment_side import YooKassa, new_key


def test_refunds_in_parts_never_exceed_the_payment(yookassa: YooKassa) -> None:
    payment = yookassa.paid("100.00")
    parts = [yookassa.refund(payment, "30.00"), yookassa.refund(payment, "69.99")]
    with pytest.raises(BadRequestError) as refused:
        yookassa.refund(payment, "0.02")
    assert refused.value.content["parameter"] == "amount.value"
    parts.append(yookassa.refund(payment, "0.01"))
    told = [yookassa.told() for _ in parts]
    assert {event for event, _ in told} == {"refund.succeeded"}
    assert {about["id"] for _, about in told} == {part.id for part in parts}
    now = Payment.find_one(payment.id)
    assert (now.status, str(now.refunded_amount.value), now.refundable) == ("succeeded", "100.00", False)
    listed = Refund.list({"payment_id": payment.id})
    assert [one.id for one in listed.items] == [part.id for part in reversed(parts)]
    assert Refund.find_one(parts[0].id).payment_id == payment.id


def test_the_same_key_is_one_refund(yookassa: YooKassa) -> None:
    payment, key = yookassa.paid("100.00"), new_key()
    assert yookassa.refund(payment, "60.00", key).id == yookassa.refund(payment, "60.00", key).id
    assert len(Refund.list({"payment_id": payment.id}).items) == 1
    with pytest.raises(BadRequestError) as refused:
        yookassa.refund(payment, "40.00", key)
    assert refused.value.content["description"] == "Idempotence key duplicated"


def test_what_is_not_paid_cannot_be_given_back(yookassa: YooKassa) -> None:
    pending = yookassa.create()
    with pytest.raises(BadRequestError):
        yookassa.refund(pending, "1.00")
    with pytest.raises(NotFoundError):
        Refund.find_one("00000000-0000-0000-0000-000000000000")


def test_a_canceled_refund_leaves_the_money_to_be_given_back(yookassa: YooKassa) -> None:
    payment = yookassa.paid("100.00")
    yookassa.fault("createRefund", "refund_canceled", reason="insufficient_funds")
    refund = yookassa.refund(payment, "100.00")
    assert (refund.status, refund.cancellation_details.reason) == ("canceled", "insufficient_funds")
    assert yookassa.refund(payment, "100.00").status == "succeeded"
    assert yookassa.told()[0] == "refund.succeeded"
    assert yookassa.receiver.got.empty()


def test_a_pending_refund_counts_and_succeeds_later(yookassa: YooKassa) -> None:
    payment = yookassa.paid("100.00")
    yookassa.fault("createRefund", "refund_pending", seconds=600)
    refund = yookassa.refund(payment, "80.00")
    assert refund.status == "pending"
    with pytest.raises(BadRequestError):
        yookassa.refund(payment, "30.00")
    yookassa.config(clock_ahead_s=601)
    event, about = yookassa.told()
    assert (event, about["id"], about["status"]) == ("refund.succeeded", refund.id, "succeeded")
    assert Refund.find_one(refund.id).status == "succeeded"


def test_a_partial_refund_of_a_shop_with_receipts_needs_one(yookassa: YooKassa) -> None:
    payment = yookassa.paid("100.00")
    yookassa.config(receipt_required=True)
    with pytest.raises(BadRequestError) as refused:
        yookassa.refund(payment, "50.00")
    assert refused.value.content["parameter"] == "receipt"
    assert yookassa.refund(payment, "100.00").status == "succeeded"
