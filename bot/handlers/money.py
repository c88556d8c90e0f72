"""The balance, and topping up."""

import re
from decimal import Decimal

from django.conf import settings

from bot.events import Event, Message, Tap
from bot.handlers import flow
from bot.handlers.gate import Whole
from bot.router import on
from bot.screen import Screen
from bot.screens import money as screens
from bot.screens.catalogue import title
from kie.catalogue import AIModel
from payments import ledger, topups
from payments.amount import BadAmount
from payments.ledger import NotEnoughMoney
from payments.models import Kind, Terms, Transfer
from reliability import cid

SHOWN = 5  # operations on the balance screen
WRITTEN = re.compile(r"(\d{1,6})(?:[.,]00?)?\s*(?:₽|р|руб|рублей|rub|rubles)?\.?", re.IGNORECASE)


@on.command("balance", read_only=True)
@on.tap("balance", read_only=True)
def balance(event: Event) -> Screen:
    """Available, on hold, the last operations."""
    flow.back_to_order(event.dialog)
    customer = event.customer
    movements = Transfer.objects.of(customer).select_related("job__model", "settles__job__model")
    shown = movements.exclude(kind=Kind.HOLD, settled_by__isnull=False)[:SHOWN]
    return screens.balance(
        ledger.available(customer),
        ledger.held(customer),
        [screens.Operation(one.kind, one.amount, one.created_at, _what_for(one)) for one in shown],
        can_pay=settings.PAYMENTS_ENABLED,
        waiting=flow.waiting(event),
    )


def _what_for(movement: Transfer) -> str:
    """The model that a hold, a charge or a return was for."""
    job = getattr(movement.settles or movement, "job", None)
    return title(job.model) if job else ""


@on.command("topup")
@on.tap("topup")
def topup(event: Event) -> Screen:
    """The choice of a sum. An order that waits keeps its place."""
    flow.back_to_order(event.dialog)
    waiting = flow.waiting(event)
    if not settings.PAYMENTS_ENABLED:
        return screens.no_payments(waiting=waiting)
    return screens.amounts([_offer(rubles) for rubles in screens.AMOUNTS], Terms.now(), waiting=waiting)


def _offer(rubles: int) -> screens.Offer:
    return screens.Offer(rubles, topups.in_stars(Decimal(rubles)).minor_amount)


@on.tap("own")
def own(tap: Tap) -> Screen:
    """A sum of one's own is waited for."""
    if not settings.PAYMENTS_ENABLED:
        return topup(tap)
    flow.want_amount(tap.dialog)
    return screens.own_amount(Terms.now(), waiting=flow.waiting(tap))


@on.tap("pay", Whole)
def pay(tap: Tap) -> Screen:
    """The bill for a sum."""
    return _bill(tap, tap.arg)


def amount_written(message: Message) -> Screen:
    """A message while a sum is waited for."""
    written = WRITTEN.fullmatch(re.sub(r"(?<=\d)[\s\u00a0\u202f](?=\d)", "", message.text.strip()))
    if message.file or written is None:
        return screens.wrong_amount(Terms.now(), waiting=flow.waiting(message))
    return _bill(message, int(written[1]))


def _bill(event: Event, rubles: int) -> Screen:
    waiting = flow.waiting(event)
    try:
        offered = topups.start(event.customer, Decimal(rubles), cid=cid.current())
    except BadAmount:
        return screens.wrong_amount(Terms.now(), waiting=waiting)
    except topups.PaymentsClosed:
        return screens.no_payments(waiting=waiting)
    flow.back_to_order(event.dialog)
    return screens.bill(offered.rubles, offered.minor_amount, offered.payload, waiting=waiting)


def not_enough(tap: Tap, model: AIModel, gap: NotEnoughMoney) -> Screen:
    """How much is missing, and how to get it; the order stays as it is, under its revision."""
    return screens.not_enough(
        title(model),
        gap.needed,
        gap.available,
        [_offer(rubles) for rubles in screens.closing(gap.needed - gap.available, Terms.now())],
        revision=tap.dialog.revision,
        can_pay=settings.PAYMENTS_ENABLED,
    )
