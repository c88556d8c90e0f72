"""Top-ups: what is offered, whether it may still be paid, and what happens with money that came.

Money that came is always credited or put before an operator, never dropped: an offer paid late, twice, by another person or
with another sum, and a payment whose offer nobody knows, all end in a TopUp row of their own under the provider's payment id.
"""

from datetime import timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction

from payments import arrived, difference, ledger, providers, receipts
from payments.amount import BadAmount, exact
from payments.customer import Customer
from payments.difference import DifferenceKind
from payments.providers import XTR, Invoice, Notice, Price
from payments.signals import topup_credited, topup_moved
from payments.terms import MANUAL, STARS, Terms
from payments.topup import TopUp, TopUpState
from payments.transfer import Transfer
from reliability import clock
from reliability.log import person
from reliability.wake import wake

log = structlog.get_logger()

OFFER_LASTS: Final = providers.OFFER_LASTS


class NotNamed(Exception):
    """The provider has not said yet that this payment exists, and only it can."""


class PaymentsClosed(Exception):
    """No money is taken now: a demo beside a real service, or a test mode."""


def in_stars(rubles: Decimal) -> Price:
    """The price of `rubles` in whole stars, rounded up, by the operator's rate."""
    rate = Terms.now().rate
    return Price(XTR, int((rubles * rate).to_integral_value(ROUND_CEILING)), rate)


def start(customer: Customer, rubles: Decimal, *, provider: str = STARS, cid: str) -> TopUp:
    """Offer to top up by `rubles`, within the operator's terms; the row is there before any invoice. Each call is a new offer,
    but a person has one request by bank transfer at a time: while one is open, that is what comes back.

    Where the provider makes invoices, the worker has one made as soon as this is committed. Raises BadAmount outside the
    limits, PaymentsClosed.
    """
    terms = Terms.now()
    rubles = exact(rubles, least=terms.least_rub, most=terms.greatest_rub)
    if not settings.PAYMENTS_ENABLED:
        raise PaymentsClosed
    by = providers.get(provider)
    if provider == MANUAL and (standing := receipts.open_request(customer)):
        return standing
    price = by.price(rubles)
    due_at = clock.now() + (timedelta(0) if by.invoices else providers.offer_lasts(provider))
    if by.invoices:
        transaction.on_commit(wake)
    return TopUp.objects.create(
        customer=customer, provider=provider, rubles=rubles, currency=price.currency, minor_amount=price.minor_amount,
        rate=price.rate, due_at=due_at, cid=cid,
    )  # fmt: skip


def payable(payload: str, *, currency: str, minor_amount: int, telegram_id: int) -> str | None:
    """Whether an invoice may be paid now, by one indexed query; None: yes. Changes nothing.

    Else why not: closed, unknown, person (it is another's offer), blocked, stale, amount. An offer paid already may be
    paid again within its hour: each payment is credited.
    """
    if not settings.PAYMENTS_ENABLED:
        return "closed"
    topup = arrived.offer_of(payload)
    if topup is None:
        return "unknown"
    if topup.customer.telegram_id != telegram_id:
        return "person"
    if topup.customer.blocked:
        return "blocked"
    if clock.now() >= topup.created_at + OFFER_LASTS:
        return "stale"
    if (topup.currency, topup.minor_amount) != (currency, minor_amount):
        return "amount"
    return None


def paid(
    offer: TopUp | str,
    *,
    external_id: str,
    currency: str,
    minor_amount: int,
    cid: str,
    telegram_id: int | None = None,
    provider: str = STARS,
) -> Transfer | None:
    """Credit a payment that the provider says it has, once for each `external_id`; a repeat returns the first transfer.

    `offer` is the TopUp or the invoice's payload; `telegram_id` the payer, where the provider names one: it is the payer
    who is credited. None: the money cannot be put into rubles here (a strange currency or sum), so its row waits for an
    operator, logged as an error. Raises RefConflict when the payment id is known with another payer or sum: that is a line
    of the work list then; LookupError when neither offer nor payer is known.
    """
    payload = offer.payload if isinstance(offer, TopUp) else offer
    notice = Notice(provider, external_id, payload, currency, minor_amount, payer=telegram_id)
    if minor_amount <= 0 or not external_id:
        raise ValueError(f"{notice} is no payment")
    try:
        return _paid(offer, notice, cid)
    except ledger.RefConflict:
        difference.told_otherwise(notice)
        raise


@transaction.atomic
def _paid(offer: TopUp | str, notice: Notice, cid: str) -> Transfer | None:
    offered = offer if isinstance(offer, TopUp) else arrived.offer_of(notice.payload)
    customer = arrived.payer(offered, notice)
    payments = TopUp.objects.named(notice.payment).select_related("transfer")
    if known := payments.first():  # without a lock: what is written of a payment stays
        return _repeated(known, customer, notice)
    ledger.lock(customer)  # notices of one person's payments come one after the other
    if known := payments.first():
        return _repeated(known, customer, notice)
    topup = arrived.row(offered, customer, notice, cid)
    topup.external_id, topup.paid_at = notice.external_id, clock.now()
    topup.state, topup.error = arrived.judged(topup, offered, notice)
    if topup.state == TopUpState.PAID:
        _credit(topup)
        if offered is None:
            arrived.listed(DifferenceKind.UNKNOWN_OFFER, topup, notice)
    else:
        topup.save()
        arrived.listed(DifferenceKind.NOT_CREDITED, topup, notice)
        topup_moved.send(sender=TopUp, topup=topup)
    _log_on_commit(topup, notice)
    return topup.transfer


@transaction.atomic
def billed(topup_id: int, invoice: Invoice) -> bool:
    """created → pending: the provider has made `invoice`; the person is told where to pay. False: it was before, or has ended."""
    topup = TopUp.objects.lock(topup_id, TopUpState.CREATED)
    if topup is None:
        return False
    topup.state, topup.invoice_id, topup.url = TopUpState.PENDING, invoice.id, invoice.url
    topup.save(update_fields=["state", "invoice_id", "url"])
    if invoice.url:  # else it has been paid before we knew of it, and there is nothing to tell
        topup_moved.send(sender=TopUp, topup=topup)
    transaction.on_commit(lambda: log.info("topup.pending", **topup.as_log()))
    return True


@transaction.atomic
def expire(topup_id: int, *states: str) -> bool:
    """created, pending (or what of them `states` names) → expired: the offer has ended.

    False: it was paid or went on meanwhile, or has ended before.
    """
    topup = TopUp.objects.unpaid().lock(topup_id, *(states or TopUp.OPEN))
    if topup is None:
        return False
    topup.state = TopUpState.EXPIRED
    topup.save(update_fields=["state"])
    topup_moved.send(sender=TopUp, topup=topup)
    transaction.on_commit(lambda: log.info("topup.expired", **topup.as_log()))
    return True


@transaction.atomic
def reject(topup_id: int, *, by: str, reason: str) -> bool:
    """created, pending → rejected, by an operator (admin:<id>) or the provider, with the reason that the person is told.

    False: it was decided before, by whomever; then nothing changes and nobody is told twice.
    """
    topup = TopUp.objects.lock(topup_id, TopUpState.CREATED, TopUpState.PENDING)
    if topup is None:
        return False
    topup.state, topup.decided_by, topup.reason = TopUpState.REJECTED, by, reason[:500]
    topup.save(update_fields=["state", "decided_by", "reason"])
    difference.settled(DifferenceKind.RECEIPT_WAITS, str(topup.pk), note="rejected")
    topup_moved.send(sender=TopUp, topup=topup)
    transaction.on_commit(lambda: log.info("topup.rejected", **topup.as_log(), by=by, why=reason))
    return True


def approvable(topup: TopUp) -> bool:
    """Whether an operator's word alone may credit it: its payment has an id of its own, or never will have one."""
    return bool(topup.external_id) or topup.provider == MANUAL


@transaction.atomic
def approve(topup_id: int, *, by: str, rubles: Decimal | None = None, reason: str = "") -> Transfer | None:
    """pending → paid, by an operator who has seen the money: credits `rubles`, or what was asked.

    A bank transfer has no payment id: it is known by its offer from then on, and what the operator says is what has come. Every
    other provider has to name the payment first, by its notice or its list: credited without its id, it would come once more
    under it. None: it was decided before. Raises NotNamed, BadAmount, also for another sum without a reason: the person is
    told it.
    """
    ledger.lock(Customer.objects.get(topups=topup_id))  # before its top-up, as `paid` does
    topup = TopUp.objects.lock(topup_id, TopUpState.PENDING)
    if topup is None:
        return None
    if not approvable(topup):
        raise NotNamed(f"{topup.provider} has not named a payment of {topup.payload}")
    came = exact(topup.rubles if rubles is None else rubles, most=arrived.GREATEST)
    asked, changed = topup.rubles, came != topup.rubles
    if changed and not reason.strip():
        raise BadAmount(f"{came} instead of {asked} needs a reason")
    if changed and not topup.external_id:
        topup.minor_amount = max(1, int(came * topup.rate))
    topup.rubles = came
    topup.external_id, topup.paid_at = topup.external_id or topup.payload, topup.paid_at or clock.now()
    topup.decided_by, topup.reason = by, reason.strip()[:500] if changed else ""
    topup.state, topup.error = TopUpState.PAID, ""
    _credit(topup, by=by)
    difference.settled(DifferenceKind.RECEIPT_WAITS, str(topup.pk), note="approved")
    transaction.on_commit(lambda: log.info("topup.approved", **topup.as_log(), by=by, asked=str(asked)))
    return topup.transfer


def _credit(topup: TopUp, by: str = "") -> None:
    """The transfer and its row, in the caller's transaction."""
    topup.transfer = ledger.topup(
        topup.customer,
        topup.rubles,
        provider=topup.provider,
        external_id=topup.external_id or "",
        cid=topup.cid,
        actor=by,
    )
    topup.save()
    topup_credited.send(sender=TopUp, topup=topup, transfer=topup.transfer)


def _repeated(known: TopUp, customer: Customer, notice: Notice) -> Transfer | None:
    if (known.customer_id, known.currency, known.minor_amount) != (customer.pk, notice.currency, notice.minor_amount):
        ledger.note_conflict(
            "topup.conflict", topup=known.pk, person=person(customer.telegram_id), minor_amount=notice.minor_amount
        )
        raise ledger.RefConflict(f"payment {notice.external_id} is known with another payer or sum")
    return known.transfer


def _log_on_commit(topup: TopUp, notice: Notice) -> None:
    facts = topup.as_log() | {"paid": notice.minor_amount, "currency": notice.currency}
    say = log.error if topup.error else log.info  # the money is safe, but somebody should look
    transaction.on_commit(lambda: say(f"topup.{topup.state}", **facts, why=topup.error))
