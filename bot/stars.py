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

from bot import gateway
from payments import providers, topups
from payments.providers import Forged, Invoice, Notice, Price, Refused, Unavailable
from payments.reconcile import Reconciliation
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
        """All of a payment. After an answer that was lost Telegram's own list is looked at first."""
        charge = refund.topup.external_id or ""
        if refund.attempts > 1 and any(one.news == "refunded" and one.external_id == charge for one in self._listed(0)):
            return charge
        try:
            gateway.refund_stars(refund.topup.customer.telegram_id, charge)
        except (gateway.Rejected, gateway.Unreachable) as no:
            raise Refused(str(no)) from no
        except gateway.TelegramError as trouble:
            raise Unavailable(str(trouble)) from trouble
        return charge

    def reconcile(self, since: datetime) -> Iterator[Notice]:
        """Telegram's list has numbers and no search by date, so the place where `since` begins is kept."""
        mark, _new = Reconciliation.objects.get_or_create(pk=self.name)
        place = mark.place
        for number, (made_at, notice) in enumerate(self._numbered(place), start=place):
            if made_at < since:
                mark.place = number
            elif notice is not None:
                yield notice
        Reconciliation.objects.filter(pk=self.name).update(place=mark.place)

    def _listed(self, place: int) -> Iterator[Notice]:
        return (notice for _at, notice in self._numbered(place) if notice is not None)

    def _numbered(self, place: int) -> Iterator[tuple[datetime, Notice | None]]:
        while True:
            try:
                page = gateway.star_transactions(place, most=PAGE)
            except gateway.TelegramError as trouble:
                raise Unavailable(str(trouble)) from trouble
            for one in page:
                yield datetime.fromtimestamp(one["date"], UTC), _notice(one)
            if len(page) < PAGE:
                return
            place += PAGE


def _notice(transaction: dict[str, Any]) -> Notice | None:
    """A payment of a person, or its return; None for what else moves Stars (withdrawals, advertising)."""
    outgoing = "receiver" in transaction
    partner = transaction.get("receiver" if outgoing else "source") or {}
    if not partner.get("user") or partner.get("transaction_type", "invoice_payment") != "invoice_payment":
        return None
    charge = str(transaction["id"])  # a return has its payment's
    return Notice(
        STARS, charge, str(partner.get("invoice_payload", "")), topups.XTR, int(transaction["amount"]),
        news="refunded" if outgoing else "paid", payer=int(partner["user"]["id"]), refund_id=charge,
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
