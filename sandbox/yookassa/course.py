"""What happens to payments and refunds, each in one transaction with the notice that it owes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .payments import PENDING, WAITING

if TYPE_CHECKING:
    from .payments import Payment
    from .peer import Peer

DECLINED = "general_decline"


def pay(peer: Peer, payment: Payment) -> bool:
    """The person pays. False if the payment is no longer pending."""
    if payment.status != PENDING:
        return False
    with peer.change():
        if payment.capture:
            peer.payments.succeed(payment)
            peer.tell_of(payment.id, "payment.succeeded")
        else:
            peer.payments.wait(payment, peer.settings["capture_within_s"])
            peer.tell_of(payment.id, "payment.waiting_for_capture")
    return True


def decline(peer: Peer, payment: Payment, reason: str = DECLINED) -> bool:
    """The person's bank refuses, or the person. False if the payment is no longer pending."""
    with peer.change():
        if not peer.payments.cancel(payment, "payment_network", reason, PENDING):
            return False
        peer.tell_of(payment.id, "payment.canceled")
    return True


def expire(peer: Peer) -> None:
    """Whatever is due by now: payments too late for the person or the shop, refunds that were under way."""
    payments, refunds = peer.payments.due(), peer.refunds.due()
    if not payments and not refunds:
        return
    with peer.change():
        for payment in payments:
            reason = "expired_on_confirmation" if payment.status == PENDING else "expired_on_capture"
            if peer.payments.cancel(payment, "yoo_money", reason, PENDING, WAITING):
                peer.tell_of(payment.id, "payment.canceled")
        for refund in refunds:
            if peer.refunds.succeed(refund):
                peer.tell_of_refund(refund.id)
