"""Telegram Stars, the provider that lives here because only the bot talks to Telegram.

Source: core.telegram.org/bots/payments-stars. A pre-checkout must be answered within ten seconds, so it is answered
inside the webhook's own reply, after one indexed query.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.utils import translation
from django.utils.translation import gettext as _

from bot import gateway, refusals
from payments import providers, topups
from payments.providers import XTR, Forged, Invoice, Notice, Price, Reached, Refused, Unavailable
from payments.refund import Refund
from payments.terms import STARS
from payments.topup import TopUp

PAGE = 100


class Stars:
    """The provider. Its invoices are messages, and its notices are updates: neither passes through here."""

    name: ClassVar[str] = STARS
    invoices: ClassVar[bool] = False
    partial: ClassVar[bool] = False

    def ready(self) -> bool:
        """Wherever there is a bot."""
        return True

    def price(self, rubles: Decimal) -> Price:
        """Whole stars by the operator's rate."""
        return topups.in_stars(rubles)

    def create(self, topup: TopUp) -> Invoice:
        """Never asked: the bot sends the invoice itself."""
        raise Refused("Stars are billed in the chat")

    def parse(self, body: bytes, headers: Mapping[str, str]) -> str:
        """Telegram tells of Stars by updates alone."""
        raise Forged("Stars have no notices of their own")

    def query(self, topup: TopUp) -> Notice:
        """Never asked: an offer has no id at Telegram until it is paid."""
        raise Unavailable("an offer in Stars cannot be asked for")

    def refund(self, refund: Refund) -> str:
        """All of a payment. Asked again it is one return: Telegram knows it by the charge, and says when it was made before."""
        charge = refund.topup.external_id or ""
        try:
            gateway.refund_stars(refund.topup.customer.telegram_id, charge)
        except (refusals.Rejected, refusals.Unreachable) as no:
            raise Refused(str(no)) from no
        except refusals.TelegramError as trouble:
            raise Unavailable(str(trouble)) from trouble
        return charge

    def reconcile(self, since: datetime, place: int) -> Iterator[Notice | Reached]:
        """Telegram's list has numbers and no search by date, so the number where to begin is kept.

        It only grows, at its end, so numbers stay. The place goes on with each page that was dealt with: a look that is
        cut off is taken up there. One that comes to the end goes back to where `since` begins, for the next.
        """
        start = at = place
        while page := _page(at):
            for number, one in enumerate(page, start=at):
                if datetime.fromtimestamp(one["date"], UTC) < since:
                    start = number  # the last that lies before
                elif (notice := _notice(one)) is not None:
                    yield notice
            if len(page) < PAGE:
                break
            at += PAGE
            yield Reached(at)
        else:
            if at == place:  # not even the one that was there: the list is another bot's
                start = 0
        yield Reached(start)


def _page(place: int) -> list[dict[str, Any]]:
    try:
        return gateway.star_transactions(place, most=PAGE)
    except refusals.TelegramError as trouble:
        raise Unavailable(str(trouble)) from trouble


def _notice(transaction: dict[str, Any]) -> Notice | None:
    """A payment of a person, or its return; None for what else moves Stars (withdrawals, advertising, gifts)."""
    outgoing = "receiver" in transaction
    partner = transaction.get("receiver" if outgoing else "source") or {}
    if not partner.get("user") or partner.get("transaction_type", "invoice_payment") != "invoice_payment":
        return None
    charge = str(transaction["id"])  # a return has its payment's
    return Notice(
        STARS, charge, str(partner.get("invoice_payload", "")), XTR, int(transaction["amount"]),
        news="refunded" if outgoing else "paid", payer=int(partner["user"]["id"]), refund_id=charge if outgoing else "",
    )  # fmt: skip


providers.register(Stars())


def pre_checkout_answer(query: dict[str, Any]) -> dict[str, Any]:
    """The answerPreCheckoutQuery call for a query: yes, or no with a sentence that Telegram shows. Changes nothing."""
    person = query["from"] if isinstance(query.get("from"), dict) else {}
    refusal = topups.payable(
        str(query.get("invoice_payload", "")),
        currency=str(query.get("currency", "")),
        minor_amount=_whole(query.get("total_amount")),
        telegram_id=_whole(person.get("id")),
    )
    call: dict[str, Any] = {
        "method": "answerPreCheckoutQuery",
        "pre_checkout_query_id": str(query.get("id", "")),
        "ok": refusal is None,
    }
    if refusal is not None:
        with translation.override("ru" if str(person.get("language_code", "ru")).startswith("ru") else "en"):
            call["error_message"] = _(
                "This offer is no longer valid. Open «Balance» and choose the sum again: nothing was charged."
            )
    return call


def _whole(value: Any) -> int:
    """A number of Telegram's; 0, which fits no offer, for what is none."""
    return value if isinstance(value, int) else 0
