"""Payments, refunds and the shop as the API shows them. Source: yookassa.ru/developers/api (#payment_object, #refund_object, #me_object)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .asked import METHODS, rubles
from .payments import PENDING, SUCCEEDED, WAITING, stamp

if TYPE_CHECKING:
    from .payments import Payment
    from .peer import Peer
    from .refunds import Refund

PAGE = "/checkout/payments/v2/contract"
_CARD = {"first6": "555555", "last4": "4477", "expiry_month": "12", "expiry_year": "2030", "card_type": "MasterCard"}


def payment(peer: Peer, row: Payment) -> dict[str, Any]:
    """The Payment object as it is now."""
    shown: dict[str, Any] = {
        "id": row.id,
        "status": row.status,
        "amount": rubles(row.minor),
        "recipient": {"account_id": peer.shop_id, "gateway_id": "1000001"},
        "created_at": stamp(row.created_ms),
        "test": True,
        "paid": row.paid,
        "refundable": row.status == SUCCEEDED and peer.left(row) > 0,
        "metadata": json.loads(row.metadata),
    }
    if row.description is not None:
        shown["description"] = row.description
    if row.status == PENDING:
        url = f"{peer.public_url}{PAGE}?orderId={row.id}"
        shown["confirmation"] = {"type": "redirect", "return_url": row.return_url, "confirmation_url": url}
    else:
        shown["payment_method"] = _method(row)
    if row.status == WAITING and row.expires_ms is not None:
        shown["expires_at"] = stamp(row.expires_ms)
    if row.status == SUCCEEDED and row.captured_ms is not None:
        fee = round(row.minor * peer.settings["fee_percent"] / 100)
        shown |= {"captured_at": stamp(row.captured_ms), "income_amount": rubles(row.minor - fee)}
        shown["refunded_amount"] = rubles(peer.refunds.sum_of(row.id, "succeeded"))
    if row.receipt:
        shown["receipt_registration"] = "succeeded" if row.status == SUCCEEDED else "pending"
    if row.details:
        shown["cancellation_details"] = row.details
    return shown


def refund(_peer: Peer, row: Refund) -> dict[str, Any]:
    """The Refund object."""
    shown: dict[str, Any] = {
        "id": row.id,
        "payment_id": row.payment_id,
        "status": row.status,
        "amount": rubles(row.minor),
        "created_at": stamp(row.created_ms),
    }
    if row.description is not None:
        shown["description"] = row.description
    if row.metadata is not None:
        shown["metadata"] = json.loads(row.metadata)
    if row.reason is not None:
        shown["cancellation_details"] = {"party": "yoo_money", "reason": row.reason}
    return shown


def shop(peer: Peer) -> dict[str, Any]:
    """GET /v3/me."""
    return {
        "account_id": peer.shop_id,
        "status": "enabled",
        "test": True,
        "fiscalization_enabled": bool(peer.settings["receipt_required"]),
        "payment_methods": list(METHODS),
    }


def _method(row: Payment) -> dict[str, Any]:
    method: dict[str, Any] = {"type": row.method, "id": row.id, "saved": False, "status": "inactive"}
    if row.method == "bank_card":
        method |= {"title": "Bank card *4477", "card": _CARD}
    return method
