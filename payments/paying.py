"""The worker's part in a top-up: have an invoice made, ask the provider whether it is paid, end the offer."""

from datetime import datetime, timedelta
from typing import Final

import structlog

from payments import ledger, providers, receipts, refunds, topups
from payments.providers import Notice, Provider, Refused, Unavailable
from payments.topup import TopUp, TopUpState
from reliability import clock
from reliability.due import DueQuerySet, Queue

log = structlog.get_logger()
MAX_BYTES: Final = 100_000  # of a notice

OFTEN: Final = timedelta(seconds=15)  # while the person is likely to pay
SELDOM: Final = timedelta(minutes=1)
LIKELY: Final = timedelta(minutes=15)
# a silent provider's invoice is asked for so long; then reconciliation finds it
WAITS_FOR_PROVIDER: Final = timedelta(days=1)


def rows(_now: datetime) -> DueQuerySet:
    """Offers and invoices; what money has come for is an operator's."""
    return TopUp.objects.unpaid()


def step(topup: TopUp) -> datetime | None:
    """Move one top-up on by what its state says. Says when to look again; None if it has ended."""
    provider = providers.get(topup.provider)
    if _is_an_operators(topup):
        return receipts.still_waits(topup.pk)
    ended = clock.now() >= topup.created_at + providers.offer_lasts(topup.provider)
    if topup.state == TopUpState.CREATED and (ended or not provider.invoices):
        topups.expire(topup.pk, TopUpState.CREATED)  # a receipt may come just now
        return None
    return _bill(topup, provider) if topup.state == TopUpState.CREATED else _look(topup, provider, ended=ended)


def bury(topup: TopUp, why: str) -> None:
    """The provider could not be brought to make an invoice, or its words are not to be understood: the person may try another way.

    A receipt is never turned down so: it goes on waiting for its operator.
    """
    if _is_an_operators(topup):
        again = receipts.still_waits(topup.pk)
        TopUp.objects.unpaid().filter(pk=topup.pk).update(attempts=0, due_at=again or topup.due_at)
        return
    topups.reject(topup.pk, by=topup.provider, reason=why)


def _is_an_operators(topup: TopUp) -> bool:
    """Whether a receipt has come for it: no provider can be asked, and it never ends by itself."""
    return topup.state == TopUpState.PENDING and not providers.get(topup.provider).invoices


def _bill(topup: TopUp, provider: Provider) -> datetime | None:
    try:
        invoice = provider.create(topup)
    except Refused as no:
        topups.reject(topup.pk, by=provider.name, reason=str(no))
        return None
    topups.billed(topup.pk, invoice)
    return clock.now() + OFTEN


def _look(topup: TopUp, provider: Provider, *, ended: bool) -> datetime | None:
    try:
        said = provider.query(topup)
    except Unavailable as silence:
        log.warning("topup.provider_silent", topup=topup.pk, provider=provider.name, why=str(silence))
        if clock.now() < topup.created_at + WAITS_FOR_PROVIDER:
            return clock.now() + SELDOM
        topups.expire(topup.pk)
        return None
    if said.news in {"paid", "refunded"}:
        _received(topup, said)
        return None
    if said.declined:
        topups.reject(topup.pk, by=topup.provider, reason=said.declined)
        return None
    if said.news == "cancelled" or ended:
        topups.expire(topup.pk)
        return None
    return clock.now() + (OFTEN if clock.now() < topup.created_at + LIKELY else SELDOM)


def _received(topup: TopUp, said: Notice) -> None:
    """Credit what the provider has; what it has given back already goes again."""
    try:
        topups.paid(topup, external_id=said.external_id, currency=said.currency, minor_amount=said.minor_amount, cid=topup.cid, provider=said.provider)  # fmt: skip
    except ledger.RefConflict as conflict:  # a line of the work list by now
        log.warning("topup.told_otherwise", topup=topup.pk, provider=said.provider, why=str(conflict))
    else:
        if said.news == "refunded":
            refunds.heard(said, cid=topup.cid)
    topups.expire(topup.pk)  # another sum than asked is a row of its own, and this one would be due for ever


def heard(provider: Provider, invoice_id: str) -> bool:
    """A notice: the invoice is looked at now. False: we know none that is open; if money came, reconciliation finds it."""
    known = TopUp.objects.unpaid().nudge(provider=provider.name, invoice_id=invoice_id) > 0
    log.info("payment.notice", provider=provider.name, invoice=invoice_id, known=known)
    return known


QUEUE: Final[Queue[TopUp]] = Queue("topup", rows=rows, step=step, bury=bury, max_attempts=5)
