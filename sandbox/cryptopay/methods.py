"""The methods of the API. All raise ApiError; none awaits, so each is a whole. Source: help.crypt.bot/crypto-pay-api#available-methods."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .asked import Asked
from .errors import ApiError
from .invoices import ACTIVE, PAID, Invoice, stamp
from .rates import FIATS, plain
from .settings import ASSETS

if TYPE_CHECKING:
    from .peer import Peer

Method = Callable[["Peer", Asked], Any]
LONGEST_LIFE_S = 2_678_400
_BUTTONS = ("viewItem", "openChannel", "openBot", "callback")
_LEAST_USD, _MOST_USD = Decimal("0.01"), Decimal(25_000)


def get_me(_peer: Peer, _asked: Asked) -> dict[str, Any]:
    """The app."""
    return {"app_id": 1, "name": "TRT (песочница)", "payment_processing_bot_username": "CryptoTestnetBot"}


def create_invoice(peer: Peer, asked: Asked) -> dict[str, Any]:
    """A price in a coin, or in money that is paid with any of the accepted coins."""
    kind = asked.one_of("currency_type", ("crypto", "fiat"), "crypto")
    currency = asked.one_of("asset", ASSETS) if kind == "crypto" else asked.one_of("fiat", FIATS)
    amount = asked.amount()
    fields: dict[str, Any] = {
        "currency_type": kind,
        "asset" if kind == "crypto" else "fiat": currency,
        "amount": plain(amount),
        "accepted_assets": asked.several("accepted_assets", ASSETS) if kind == "fiat" else None,
        "description": asked.text("description", 1024),
        "hidden_message": asked.text("hidden_message", 2048),
        "payload": asked.text("payload", 4096),
        "allow_comments": asked.flag("allow_comments", usual=True),
        "allow_anonymous": asked.flag("allow_anonymous", usual=True),
    }
    if "paid_btn_name" in asked:
        fields |= {"paid_btn_name": asked.one_of("paid_btn_name", _BUTTONS), "paid_btn_url": _url(asked)}
    _size(peer, kind, currency, amount)
    lives_s = asked.number("expires_in", 1, LONGEST_LIFE_S) if "expires_in" in asked else None
    with peer.change():
        made = peer.invoices.make(
            currency, lives_s, {name: value for name, value in fields.items() if value is not None}
        )
        peer.lie_of_unpaid(made)
    return shown(peer, made)


def get_invoices(peer: Peer, asked: Asked) -> dict[str, Any]:
    """Newest first; by currency, ids, state. Under the fault other_amount they say another one."""
    currency = asked.one_of("asset", ASSETS) if "asset" in asked else None
    currency = asked.one_of("fiat", FIATS) if "fiat" in asked else currency
    ids = asked.ids("invoice_ids") if "invoice_ids" in asked else None
    status = asked.one_of("status", (ACTIVE, PAID)) if "status" in asked else None
    found = [shown(peer, one) for one in _piece(asked, peer.invoices.all(currency, ids, status))]
    if fault := peer.faults.take("getInvoices", {"other_amount": ""}):
        said = {"amount": str(fault.params.get("value", "1"))}
        said |= {"fiat": str(fault.params["currency"])} if "currency" in fault.params else {}
        found = [one | said for one in found]
    return {"items": found}


def delete_invoice(peer: Peer, asked: Asked) -> bool:
    """One that is not paid."""
    invoice = peer.invoices.get(asked.number("invoice_id", 1, 10**18))
    if invoice is None or invoice.status == PAID:
        raise ApiError("INVOICE_NOT_FOUND")
    peer.invoices.delete(invoice)
    return True


def get_exchange_rates(peer: Peer, _asked: Asked) -> list[dict[str, Any]]:
    """Of every coin in every money."""
    return peer.rates.shown()


def get_balance(peer: Peer, _asked: Asked) -> list[dict[str, str]]:
    """Of every coin."""
    return peer.transfers.balances()


def transfer(peer: Peer, asked: Asked) -> dict[str, Any]:
    """Coins to a person: the only way of giving money back. A spend_id is accepted once; getTransfers finds what it did."""
    if not peer.settings["transfers_enabled"]:
        raise ApiError("METHOD_DISABLED", 403)
    user, asset = asked.number("user_id", 1, 10**16), asked.one_of("asset", ASSETS)
    amount, comment = asked.amount(), asked.text("comment", 1024)
    asked.flag("disable_send_notification", usual=False)
    spend_id = asked.required("spend_id")
    if len(spend_id) > 64:
        raise ApiError("SPEND_ID_INVALID")
    _size(peer, "crypto", asset, amount)
    with peer.change():
        return peer.transfers.make(user, asset, amount, spend_id, comment)


def get_transfers(peer: Peer, asked: Asked) -> dict[str, Any]:
    """Newest first; by coin, ids, spend_id."""
    asset = asked.one_of("asset", ASSETS) if "asset" in asked else None
    found = peer.transfers.all(asset, asked.text("spend_id", 64))
    if "transfer_ids" in asked:
        wanted = set(asked.ids("transfer_ids"))
        found = [one for one in found if one["transfer_id"] in wanted]
    return {"items": _piece(asked, found)}


def shown(peer: Peer, invoice: Invoice) -> dict[str, Any]:
    """The Invoice object as it is now. All its addresses are the one page of this peer."""
    url = f"{peer.public_url}/invoice/{invoice.hash}"
    links = dict.fromkeys(("pay_url", "bot_invoice_url", "mini_app_invoice_url", "web_app_invoice_url"), url)
    head = {"invoice_id": invoice.id, "hash": invoice.hash, "status": invoice.status}
    found = {**head, **invoice.asked, **links, "created_at": stamp(invoice.created_ms), **invoice.paid}
    return found if invoice.expires_ms is None else found | {"expiration_date": stamp(invoice.expires_ms)}


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "createInvoice": create_invoice,
    "getInvoices": get_invoices,
    "deleteInvoice": delete_invoice,
    "getExchangeRates": get_exchange_rates,
    "getBalance": get_balance,
    "transfer": transfer,
    "getTransfers": get_transfers,
}


def _url(asked: Asked) -> str:
    url = asked.required("paid_btn_url")
    if not url.startswith(("https://", "http://")):
        raise ApiError("PAID_BTN_URL_INVALID")
    return url


def _size(peer: Peer, kind: str, currency: str, amount: Decimal) -> None:
    """Too small and too large are measured in dollars."""
    usd = peer.rates.fiat_of(currency, "USD") * amount if kind == "crypto" else peer.rates.dollars(currency, amount)
    if usd < _LEAST_USD:
        raise ApiError("AMOUNT_TOO_SMALL")
    if usd > _MOST_USD:
        raise ApiError("AMOUNT_TOO_BIG")


def _piece(asked: Asked, found: list[Any]) -> list[Any]:
    offset, count = asked.number("offset", 0, 10**9, 0), asked.number("count", 1, 1000, 100)
    return found[offset : offset + count]
