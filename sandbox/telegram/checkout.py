"""A person pays a bill: pre_checkout_query, the bot's word within ten seconds, then successful_payment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .chats import person
from .stars import Invoice

if TYPE_CHECKING:
    from .peer import Peer

TOO_LATE = "The bot did not answer the pre-checkout within 10 seconds."


async def pay(peer: Peer, user: dict[str, Any], invoice: Invoice) -> dict[str, Any]:
    """{"paid": true, "charge_id"} or {"paid": false, "reason"}. Each successful call is a payment of its own."""
    query_id = peer.checkouts.open()
    query = {
        "id": query_id,
        "from": person(user),
        "currency": "XTR",
        "total_amount": invoice.amount,
        "invoice_payload": invoice.payload,
    }
    with peer.change(user["id"]):
        peer.updates.put(user["id"], "pre_checkout_query", query)
    try:
        why_not = await peer.checkouts.verdict(query_id)
    except TimeoutError:
        return {"paid": False, "reason": TOO_LATE}
    if why_not:
        return {"paid": False, "reason": why_not}
    return {"paid": True, "charge_id": _settle(peer, user, invoice)}


def _settle(peer: Peer, user: dict[str, Any], invoice: Invoice) -> str:
    """Stars, message and update in one transaction."""
    with peer.change(user["id"]):
        charge = peer.stars.pay(invoice, user["id"])
        receipt = {
            "currency": "XTR",
            "total_amount": invoice.amount,
            "invoice_payload": invoice.payload,
            "telegram_payment_charge_id": charge,
            "provider_payment_charge_id": f"{user['id']}_{charge[3:15]}",
        }
        message = peer.chats.add(user, person(user), {"successful_payment": receipt}, outgoing=False)
        peer.updates.put(user["id"], "message", message)
    return charge
