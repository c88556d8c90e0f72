"""The methods of the API: what each judges, does and shows. All raise ApiError; none awaits, so each is a whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import asked, shown
from .errors import bad, unknown
from .listing import Asked
from .once import HEADER
from .payments import SUCCEEDED, WAITING, Payment

if TYPE_CHECKING:
    from .peer import Peer


@dataclass(frozen=True, slots=True)
class Call:
    """A request that has been let in."""

    path: str
    id: str  # in the path, or ""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: dict[str, Any]


Method = Callable[["Peer", Call], dict[str, Any]]


def create_payment(peer: Peer, call: Call) -> dict[str, Any]:
    """POST /v3/payments."""

    def work() -> str:
        body = call.body
        minor = asked.amount(body.get("amount"))
        row = {
            "return_url": asked.confirmation(body),
            "method": asked.method(body),
            "capture": int(body.get("capture") is True),
            "receipt": int(asked.receipt(body, minor, required=peer.settings["receipt_required"])),
            "description": asked.text(body, "description", 128),
            "metadata": json.dumps(asked.metadata(body) or {}, ensure_ascii=False),
        }
        made = peer.payments.make(minor, peer.settings["payment_lives_s"], row)
        peer.lie_of_unpaid(made)
        return made.id

    return _once(peer, call, work, _payment)


def get_payment(peer: Peer, call: Call) -> dict[str, Any]:
    """GET /v3/payments/{id}. Under the fault other_amount it says another one."""
    found = shown.payment(peer, _known(peer, call.id))
    if fault := peer.faults.take("getPayment", {"other_amount": ""}):
        said = {"value": str(fault.params.get("value", "1.00")), "currency": str(fault.params.get("currency", "RUB"))}
        return found | {"amount": said}
    return found


def list_payments(peer: Peer, call: Call) -> dict[str, Any]:
    """GET /v3/payments."""
    query = Asked(call.query, {"status": "status", "payment_method": "method"}, ("created_at", "captured_at"))
    rows = peer.payments.select(*query.where())
    page = rows[: query.limit]
    return query.answer([shown.payment(peer, row) for row in page], page[-1].n if len(rows) > len(page) else None)


def capture_payment(peer: Peer, call: Call) -> dict[str, Any]:
    """POST /v3/payments/{id}/capture: all of it, or less; the rest goes back to the person."""

    def work() -> str:
        payment = _known(peer, call.id)
        if payment.status != WAITING:
            raise bad(f"Payment in status {payment.status} cannot be captured")
        minor = asked.amount(call.body["amount"]) if call.body.get("amount") is not None else payment.minor
        if minor > payment.minor:
            raise bad("Amount to capture is more than the amount of the payment", "amount.value")
        peer.payments.succeed(payment, minor)
        peer.tell_of(payment.id, "payment.succeeded")
        return payment.id

    return _once(peer, call, work, _payment)


def cancel_payment(peer: Peer, call: Call) -> dict[str, Any]:
    """POST /v3/payments/{id}/cancel."""

    def work() -> str:
        payment = _known(peer, call.id)
        if not peer.payments.cancel(payment, "merchant", "canceled_by_merchant", WAITING):
            raise bad(f"Payment in status {payment.status} cannot be canceled")
        peer.tell_of(payment.id, "payment.canceled")
        return payment.id

    return _once(peer, call, work, _payment)


def create_refund(peer: Peer, call: Call) -> dict[str, Any]:
    """POST /v3/refunds: never more than is left of the payment. Faults: refund_canceled, refund_pending."""

    def work() -> str:
        payment = peer.payments.get(str(call.body.get("payment_id", "")))
        if payment is None or payment.status != SUCCEEDED:
            raise bad("Payment doesn't exist, or cannot be refunded in its status", "payment_id")
        minor = asked.amount(call.body.get("amount"))
        if minor > peer.left(payment):
            raise bad("Refund amount is more than is left of the payment", "amount.value")
        asked.receipt(call.body, minor, required=peer.settings["receipt_required"] and minor < payment.minor)
        metadata = asked.metadata(call.body)
        columns = {
            "description": asked.text(call.body, "description", 250),
            "metadata": None if metadata is None else json.dumps(metadata, ensure_ascii=False),
        }
        refund = peer.refunds.make(payment.id, minor, **columns, **peer.fate_of_refund())
        if refund.status == SUCCEEDED:
            peer.tell_of_refund(refund.id)
        return refund.id

    return _once(peer, call, work, _refund)


def get_refund(peer: Peer, call: Call) -> dict[str, Any]:
    """GET /v3/refunds/{id}."""
    if peer.refunds.get(call.id) is None:
        raise unknown("Refund", "refund_id")
    return _refund(peer, call.id)


def list_refunds(peer: Peer, call: Call) -> dict[str, Any]:
    """GET /v3/refunds."""
    query = Asked(call.query, {"status": "status", "payment_id": "payment_id"}, ("created_at",))
    rows = peer.refunds.select(*query.where())
    page = rows[: query.limit]
    return query.answer([shown.refund(peer, row) for row in page], page[-1].n if len(rows) > len(page) else None)


def me(peer: Peer, _call: Call) -> dict[str, Any]:
    """GET /v3/me."""
    return shown.shop(peer)


def _once(
    peer: Peer, call: Call, work: Callable[[], str], show: Callable[[Peer, str], dict[str, Any]]
) -> dict[str, Any]:
    """`work` makes or changes an object and returns its id; with a known key it is not done again."""
    key = call.headers.get(HEADER, "")
    made = peer.once.known(key, call.path, call.body)
    if made is None:
        with peer.change():
            made = work()
            peer.once.keep(key, call.path, call.body, made)
    return show(peer, made)


def _known(peer: Peer, payment_id: str) -> Payment:
    found = peer.payments.get(payment_id)
    if found is None:
        raise unknown("Payment", "payment_id")
    return found


def _payment(peer: Peer, payment_id: str) -> dict[str, Any]:
    return shown.payment(peer, peer.payments[payment_id])


def _refund(peer: Peer, refund_id: str) -> dict[str, Any]:
    found = peer.refunds.get(refund_id)
    assert found is not None
    return shown.refund(peer, found)
