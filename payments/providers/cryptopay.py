"""Crypto Pay (@CryptoBot): coins for rubles. Source: help.crypt.bot/crypto-pay-api.

An invoice says rubles, so what is asked, paid and credited is one exact sum whatever a coin costs meanwhile; the coins go
through Crypto Pay's rate at the moment of payment, which the invoice keeps, and money that goes back goes in those coins.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any, ClassVar, Final

from django.conf import settings

from payments import providers, topups
from payments.providers import Forged, Invoice, Notice, Price, Reached, Refused, Unavailable, wire
from payments.refund import Refund, RefundState
from payments.topup import TopUp
from reliability import clock

NAME: Final = "cryptopay"
PAGE: Final = 100
COIN: Final = Decimal("0.00000001")  # the smallest part of a coin that is shown, and taken
SIGNATURE: Final = "crypto-pay-api-signature"
LEAST_LIFE_S: Final = 60
CLOCKS_DIFFER: Final = timedelta(minutes=10)
USED: Final = "SPEND_ID_ALREADY_USED"
CURES: Final[Mapping[str, str]] = {
    "METHOD_DISABLED": "switch transfers on: @CryptoBot, Crypto Pay, My Apps, Security",
    "INSUFFICIENT_FUNDS": "the app has too little of this coin: top it up in @CryptoBot",
    "NOT_ENOUGH_COINS": "the app has too little of this coin: top it up in @CryptoBot",
    "USER_NOT_FOUND": "the person has never started @CryptoBot",
    "AMOUNT_TOO_SMALL": "Crypto Pay transfers no less than one dollar",
}


class CryptoPay:
    """The provider. It knows no idempotency when it makes invoices, and returns nothing itself: a return is a transfer to the person."""

    name: ClassVar[str] = NAME
    invoices: ClassVar[bool] = True
    partial: ClassVar[bool] = True

    def ready(self) -> bool:
        """With the app's token."""
        return bool(settings.CRYPTO_PAY_TOKEN)

    def price(self, rubles: Decimal) -> Price:
        """Kopecks: the rate is frozen with the offer, and only the payer's coins move."""
        return providers.in_kopecks(rubles)

    def create(self, topup: TopUp) -> Invoice:
        """One invoice an offer. After an answer that was lost Crypto Pay's list is looked at first."""
        made = self._known(topup) if topup.attempts > 1 or topup.error else None
        made = made or _ask(
            "createInvoice",
            currency_type="fiat",
            fiat=providers.RUB,
            amount=wire.major(topup.minor_amount),
            description=wire.description(topup),
            payload=topup.payload,
            allow_comments=False,
            paid_btn_name="openBot",
            paid_btn_url=providers.comes_back_to(),
            expires_in=_left_s(topup),
        )
        with wire.understood():
            return Invoice(str(made["invoice_id"]), str(made["bot_invoice_url"]))

    def parse(self, body: bytes, headers: Mapping[str, str]) -> str:
        """The invoice of an update that Crypto Pay has signed: the raw bytes, with the hash of the token."""
        key = hashlib.sha256(settings.CRYPTO_PAY_TOKEN.encode()).digest()
        signed = hmac.new(key, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signed.encode(), headers.get(SIGNATURE, "").encode()):
            raise Forged("wrong signature")
        try:
            found = json.loads(body)["payload"]["invoice_id"]
        except (ValueError, RecursionError, LookupError, TypeError):
            raise Forged("signed, and speaks of no invoice") from None
        return str(found)[:200]

    def query(self, topup: TopUp) -> Notice:
        """As the invoice stands; one that has run out counts as cancelled."""
        said = _invoice(topup.invoice_id or "")
        if said is None:
            raise Unavailable(f"it does not know the invoice {topup.invoice_id}")
        return _notice(said)

    def refund(self, refund: Refund) -> str:
        """The coins that were paid, or their share, to the person; each `ref` once, as its digest is the transfer's spend_id."""
        if sent := _sent(refund):  # first: a transfer that was made may be refused for other reasons now
            return sent
        paid = _invoice(refund.topup.external_id or "")
        if paid is None or paid.get("status") != "paid":
            raise Refused(f"Crypto Pay knows no paid invoice {refund.topup.external_id}")
        with wire.understood():
            asset, coins = _share(paid, refund)
        try:
            made = _ask(
                "transfer",
                user_id=refund.topup.customer.telegram_id,
                asset=asset,
                amount=f"{coins:f}",
                spend_id=_key(refund),
            )
        except Refused as no:
            if USED not in str(no):
                raise
            if sent := _sent(refund):
                return sent
            raise Unavailable("made before, and not listed yet") from no  # the coins have left: it is no refusal
        with wire.understood():
            return str(made["transfer_id"])

    def reconcile(self, since: datetime, place: int) -> Iterator[Notice | Reached]:
        """Paid invoices; and of returns those of ours that nobody knows the end of, since a transfer names no payment.

        The list has no search by date and grows at its beginning, so a reading that goes on at its place passes nothing over:
        what came meanwhile has moved the rest further back. What itself came is for the next reading.
        """
        made_since = since - topups.OFFER_LASTS - CLOCKS_DIFFER  # an older invoice could not be paid so late
        for page in _pages(made_since, place, status="paid"):
            for said in page:
                with wire.understood():
                    late_enough = datetime.fromisoformat(said["paid_at"]) >= since
                if late_enough and (notice := _notice(said)).minor_amount > 0:
                    yield notice
            place += len(page)
            yield Reached(place)
        for refund in Refund.objects.filter(topup__provider=NAME, state=RefundState.UNCLEAR).select_related("topup"):
            if sent := _sent(refund):
                topup = refund.topup
                yield Notice(
                    NAME, topup.external_id or "", topup.payload, topup.currency, refund.minor_amount, news="refunded", refund_id=sent
                )  # fmt: skip
        yield Reached()

    def _known(self, topup: TopUp) -> dict[str, Any] | None:
        pages = _pages(topup.created_at - CLOCKS_DIFFER)
        return next((said for page in pages for said in page if said.get("payload") == topup.payload), None)


def _ask(method: str, **params: Any) -> Any:
    """What a method returns. Raises Refused, Unavailable."""
    headers = {"Crypto-Pay-API-Token": settings.CRYPTO_PAY_TOKEN}
    url = f"{settings.CRYPTO_PAY_API_URL}/api/{method}"
    status, said = wire.ask(NAME, "POST", url, headers=headers, body=params)
    if status == 200 and said.get("ok") is True:
        return said.get("result")
    told = said["error"] if isinstance(said.get("error"), dict) else {}
    code = status if status != 200 else told.get("code")
    name = str(told.get("name", ""))[:100]
    words = f"{code} {name}" + (f": {CURES[name]}" if name in CURES else "")
    definite = isinstance(code, int) and 400 <= code < 500 and code not in {408, 429}
    raise (Refused if definite else Unavailable)(words)


def _read(method: str, **params: Any) -> list[dict[str, Any]]:
    try:
        said = _ask(method, **params)
    except Refused as no:
        raise Unavailable(str(no)) from no
    with wire.understood():
        return [dict(one) for one in said["items"]]


def _pages(made_since: datetime, place: int = 0, **filters: str) -> Iterator[list[dict[str, Any]]]:
    """Invoices, the newest first, from a place in their list down to those made before that moment."""
    while True:
        page = _read("getInvoices", offset=place, count=PAGE, **filters)
        yield page
        with wire.understood():
            if len(page) < PAGE or datetime.fromisoformat(page[-1]["created_at"]) < made_since:
                return
        place += PAGE


def _invoice(invoice_id: str) -> dict[str, Any] | None:
    """None: it has no such invoice; an id that is no number is never one of its own, and it would not answer for it."""
    if not invoice_id.isdecimal():
        return None
    return next(iter(_read("getInvoices", invoice_ids=invoice_id)), None)


def _notice(said: Mapping[str, Any]) -> Notice:
    with wire.understood():
        fiat = said["currency_type"] == "fiat"
        currency, amount = said["fiat" if fiat else "asset"], wire.minor(said["amount"], 2 if fiat else 8)
        news: Any = {"paid": "paid", "expired": "cancelled"}.get(said["status"], "waiting")
        return Notice(NAME, str(said["invoice_id"]), str(said.get("payload", "")), str(currency)[:8], amount, news=news)


def _share(paid: Mapping[str, Any], refund: Refund) -> tuple[str, Decimal]:
    """The coin that it was paid in, and how much of it: never more than came, whatever parts it goes back in."""
    fiat = paid["currency_type"] == "fiat"
    asset, came = (paid["paid_asset"], paid["paid_amount"]) if fiat else (paid["asset"], paid["amount"])
    coins = Decimal(came) * refund.minor_amount / refund.topup.minor_amount
    return str(asset), coins.quantize(COIN, ROUND_FLOOR)


def _sent(refund: Refund) -> str:
    """The transfer of a return, by its spend_id; "" if there is none."""
    sent = _read("getTransfers", spend_id=_key(refund))
    return next((str(one["transfer_id"]) for one in sent if one.get("spend_id") == _key(refund)), "")


def _key(refund: Refund) -> str:
    """At most 64 characters are taken."""
    return hashlib.sha256(refund.ref.encode()).hexdigest()


def _left_s(topup: TopUp) -> int:
    left = topup.created_at + topups.OFFER_LASTS - clock.now()
    return max(LEAST_LIFE_S, int(left.total_seconds()))


providers.register(CryptoPay())
