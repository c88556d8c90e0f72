"""A person pays an invoice: the coins arrive less the fee, and the app is told, in one transaction."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .invoices import ACTIVE, Invoice, stamp
from .rates import plain

if TYPE_CHECKING:
    from .peer import Peer


def price(peer: Peer, invoice: Invoice, asset: str) -> Decimal:
    """Coins that the invoice costs now."""
    amount = Decimal(invoice.asked["amount"])
    if invoice.asked["currency_type"] == "crypto":
        return amount
    return peer.rates.coins(asset, invoice.asked["fiat"], amount)


def accepted(invoice: Invoice) -> list[str]:
    """The coins that it can be paid with."""
    return list(invoice.asked.get("accepted_assets") or [invoice.asked["asset"]])


def pay(peer: Peer, invoice: Invoice, asset: str) -> bool:
    """With this coin, one of the accepted. False if the invoice is not active."""
    if invoice.status != ACTIVE or asset not in accepted(invoice):
        return False
    coins, now = price(peer, invoice, asset), peer.now_ms()
    fee = coins * Decimal(str(peer.settings["fee_percent"])) / 100
    usd = plain(peer.rates.fiat_of(asset, "USD"))
    paid: dict[str, Any] = {
        "paid_at": stamp(now),
        "paid_anonymously": False,
        "paid_usd_rate": usd,
        "usd_rate": usd,
        "fee_asset": asset,
        "fee_amount": plain(fee),
        "fee": plain(fee),
    }
    if invoice.asked["currency_type"] == "fiat":
        rate = plain(peer.rates.fiat_of(asset, invoice.asked["fiat"]))
        paid |= {"paid_asset": asset, "paid_amount": plain(coins), "paid_fiat_rate": rate}
    with peer.change():
        peer.invoices.pay(invoice, paid)
        peer.transfers.add(asset, coins - fee)
        peer.tell_of(invoice.id)
    return True
