"""Stars (XTR): bills, the answer to a pre-checkout, refunds, the list of transactions. Other currencies have no provider here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..chats import Message, person
from ..errors import bad
from ..params import Params
from ..stars import Payment
from . import messages

if TYPE_CHECKING:
    from ..peer import Peer

LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_PAYLOAD_BYTES = 32, 255, 128
MOST_STARS = 100_000
SUBSCRIPTION_S = 2_592_000  # the one period that exists: thirty days
MOST_TRANSACTIONS = 100


async def send_invoice(peer: Peer, p: Params) -> Message:
    """A bill as a message, with a pay button of Telegram's own unless the keyboard begins with one."""
    user = peer.chats.reachable(p.text("chat_id"))
    title, payload, amount = _checked(p)
    shown = {
        "title": title,
        "description": p.text("description"),
        "start_parameter": p.text("start_parameter"),
        "currency": "XTR",
        "total_amount": amount,
    }
    keyboard = p.json("reply_markup")
    if not keyboard:
        p.values["reply_markup"] = {"inline_keyboard": [[{"text": f"Pay ⭐️{amount}", "pay": True}]]}
    elif not _begins_with_pay(keyboard):
        raise bad("the first button of an invoice's keyboard must be a Pay button")
    message = messages.send(peer, user, p, {"invoice": shown})
    peer.stars.bill(title, payload, amount, message["message_id"])
    return message


async def create_invoice_link(peer: Peer, p: Params) -> str:
    """A bill as a link; the person's side pays it by its last part."""
    title, payload, amount = _checked(p)
    if p.integer("subscription_period") not in (None, SUBSCRIPTION_S):
        raise bad("SUBSCRIPTION_PERIOD_INVALID")
    return f"{peer.public_url}/${peer.stars.bill(title, payload, amount)}"


def _checked(p: Params) -> tuple[str, str, int]:
    """(title, payload, amount). Raises ApiError."""
    title, description, payload = p.text("title"), p.text("description"), p.text("payload")
    if not 1 <= len(title) <= LONGEST_TITLE:
        raise bad("INVOICE_TITLE_INVALID: 1-32 characters")
    if not 1 <= len(description) <= LONGEST_DESCRIPTION:
        raise bad("INVOICE_DESCRIPTION_INVALID: 1-255 characters")
    if not 1 <= len(payload.encode()) <= LONGEST_PAYLOAD_BYTES:
        raise bad("INVOICE_PAYLOAD_INVALID")
    if p.text("currency") != "XTR":
        raise bad("PAYMENT_PROVIDER_INVALID")
    if p.text("provider_token"):
        raise bad("PAYMENT_PROVIDER_INVALID: payments in Stars take an empty provider_token")
    return title, payload, _amount(p.json("prices"))


def _amount(prices: Any) -> int:
    if not isinstance(prices, list) or not all(isinstance(price, dict) for price in prices):
        raise bad("can't parse prices JSON object")
    if len(prices) != 1:
        raise bad("STARS_INVOICE_INVALID")
    amount = prices[0].get("amount")
    if isinstance(amount, str) and amount.isdecimal():
        amount = int(amount)
    if not isinstance(amount, int) or isinstance(amount, bool) or not prices[0].get("label"):
        raise bad("can't parse labeled price")
    if not 1 <= amount <= MOST_STARS:
        raise bad("CURRENCY_TOTAL_AMOUNT_INVALID")
    return amount


def _begins_with_pay(keyboard: Any) -> bool:
    rows = keyboard.get("inline_keyboard") if isinstance(keyboard, dict) else None
    first = rows[0][0] if isinstance(rows, list) and rows and isinstance(rows[0], list) and rows[0] else None
    return isinstance(first, dict) and bool(first.get("pay"))


async def answer_pre_checkout_query(peer: Peer, p: Params) -> bool:
    """Yes, or no with the reason that the person reads; within ten seconds."""
    ok, why_not = p.flag("ok"), p.text("error_message")
    if not ok and not why_not:
        raise bad("error_message must be non-empty when ok is false")
    peer.checkouts.answer(p.text("pre_checkout_query_id"), "" if ok else why_not)
    return True


async def refund_star_payment(peer: Peer, p: Params) -> bool:
    """Give a payment back, once; a service message of the bot's own tells both sides."""
    user = peer.chats.user(p.integer("user_id") or 0)
    if user is None:
        raise bad("user not found")
    with peer.change(user["id"]):
        refund = peer.stars.refund(user["id"], p.text("telegram_payment_charge_id"))
        told = {
            "currency": "XTR",
            "total_amount": refund.amount,
            "invoice_payload": refund.payload,
            "telegram_payment_charge_id": refund.charge,
        }
        message = peer.chats.add(user, peer.bot, {"refunded_payment": told}, outgoing=True)
        peer.updates.put(user["id"], "message", message)
    return True


async def get_star_transactions(peer: Peer, p: Params) -> dict[str, Any]:
    """In order of time. A refund is outgoing under the id of the payment."""
    offset, limit = p.integer("offset", 0) or 0, p.integer("limit", MOST_TRANSACTIONS) or 0
    if offset < 0 or not 1 <= limit <= MOST_TRANSACTIONS:
        raise bad("invalid offset or limit specified")
    return {"transactions": [_transaction(peer, payment) for payment in peer.stars.transactions(offset, limit)]}


def _transaction(peer: Peer, payment: Payment) -> dict[str, Any]:
    user = peer.chats.user(payment.user)
    assert user is not None  # people are never deleted
    partner = {
        "type": "user",
        "transaction_type": "invoice_payment",
        "user": person(user),
        "invoice_payload": payment.payload,
    }
    side = "source" if payment.incoming else "receiver"
    return {"id": payment.charge, "amount": payment.amount, "date": payment.at, side: partner}


async def get_my_star_balance(peer: Peer, _p: Params) -> dict[str, Any]:
    """What was paid less what was given back."""
    return {"amount": peer.stars.balance()}


METHODS = {
    "sendInvoice": send_invoice,
    "createInvoiceLink": create_invoice_link,
    "answerPreCheckoutQuery": answer_pre_checkout_query,
    "refundStarPayment": refund_star_payment,
    "getStarTransactions": get_star_transactions,
    "getMyStarBalance": get_my_star_balance,
}
