"""Bugs of those who take payments and give them back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from payments import ledger, paying, providers, refunds, topups
from payments.models import Customer, Refund, TopUp
from payments.providers import Invoice, Refused, Unavailable
from reliability import cid, clock
from tests.simulation.zoo.bug import Bug, bug
from trt import work


@bug("«signature missing, processed for debugging»; shops that take a notice's word")
def notice_is_believed() -> Iterator[None]:
    """A notice credits its invoice, without a question to the provider."""

    def heard(provider: Any, invoice_id: str) -> bool:
        topup = TopUp.objects.unpaid().filter(provider=provider.name, invoice_id=invoice_id).first()
        if topup is None:
            return honest(provider, invoice_id)
        facts = {"currency": topup.currency, "minor_amount": topup.minor_amount, "cid": topup.cid}
        topups.paid(topup, external_id=f"pay-{invoice_id}", provider=provider.name, **facts)
        return True

    honest = paying.heard
    with patch.object(paying, "heard", heard):
        yield


@bug("the payment row saved only after the provider answered")
def row_after_the_invoice() -> Iterator[None]:
    """The provider makes the invoice, then the offer is written down: who dies in between has a payment that nobody knows."""

    def start(customer: Customer, rubles: Decimal, *, provider: str = "stars", cid: str) -> TopUp | None:
        by = providers.get(provider)
        if not by.invoices:
            return honest(customer, rubles, provider=provider, cid=cid)
        price, offer = by.price(rubles), clock.uuid7()
        row = TopUp(
            offer=offer, customer=customer, provider=provider, rubles=rubles, currency=price.currency,
            minor_amount=price.minor_amount, rate=price.rate, due_at=clock.now(), cid=cid,
        )  # fmt: skip
        try:
            made: Invoice = by.create(row)
        except (Unavailable, Refused):
            return None
        row.state, row.invoice_id, row.url = "pending", made.id, made.url
        row.save()
        return row

    honest = topups.start
    with patch.object(topups, "start", start):
        yield


@bug(
    "failed video refunded twice: each attempt under an idempotency key of its own",
    flow="a bill returned in part",
)
def refund_key_of_each_attempt() -> Iterator[None]:
    """A return that was not answered is asked for again under another ref."""

    def step(refund: Refund) -> datetime | None:
        provider = providers.get(refund.topup.provider)
        asked = Refund(pk=refund.pk, topup=refund.topup, ref=f"{refund.ref}:{cid.new()}", attempts=1)
        asked.minor_amount = refund.minor_amount
        try:
            refunds.done(refund.pk, provider.refund(asked))
        except Refused as no:
            refunds.refused(refund.pk, str(no))
        return None

    with _worked_on(replace(refunds.QUEUE, step=step)):
        yield


@bug("bots that take a chargeback for somebody else's business")
def returns_are_not_heard() -> Iterator[None]:
    """What a provider returns by itself stays on the balance."""
    with patch.object(refunds, "heard", lambda *_a, **_k: None):
        yield


@bug("public trackers of payment bots: a credit whose debit was forgotten in another transaction")
def wallet_pays_later() -> Iterator[None]:
    """A return is asked for at once, the wallet pays when the provider has answered: until then it is spent."""

    def refund(customer: Customer, amount: Decimal, **facts: Any) -> Any:
        wallet = ledger.lock(customer)
        if wallet.balance >= amount:
            ledger.adjust(customer, amount, ref=f"later:{facts['ref']}", cid=facts["cid"], actor="bug", note="later")
        return honest(customer, amount, **facts)

    honest = ledger.refund
    with patch.object(ledger, "refund", refund):
        yield


def _worked_on(queue: Any) -> Any:
    return patch.object(work, "QUEUES", tuple(queue if one.name == queue.name else one for one in work.QUEUES))


BUGS: tuple[Bug, ...] = (
    notice_is_believed,
    row_after_the_invoice,
    refund_key_of_each_attempt,
    returns_are_not_heard,
    wallet_pays_later,
)
