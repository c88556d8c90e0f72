"""Topping up: a sum, a way to pay it, its bill."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from bot.events import Event, Message, Tap
from bot.handlers import flow, gate, receipt, shop
from bot.handlers.gate import Whole
from bot.models import Dialog
from bot.router import on
from bot.screen import Screen
from bot.screens import bill, frame, payment
from bot.screens import topup as screens
from bot.screens.catalogue import title
from bot.screens.ways import Way
from kie.catalogue import AIModel
from payments import ledger, topups, ways
from payments.amount import BadAmount
from payments.ledger import NotEnoughMoney
from payments.models import Terms, TopUp, TopUpState
from payments.providers import Provider
from payments.terms import MANUAL, STARS
from reliability import cid, clock
from reliability.wake import wake

WRITTEN: Final = re.compile(r"(\d{1,6})(?:[.,]00?)?\s*(?:₽|р|руб|рублей|rub|rubles)?\.?", re.IGNORECASE)
SAME_BILL: Final = timedelta(minutes=10)  # a second tap within them shows the bill that stands
SHOWN_BY: Final[dict[str, Callable[[Event, TopUp], Screen]]] = {MANUAL: receipt.details}  # neither stars nor a page


@on.command("topup")
@on.tap("topup")
def topup(event: Event) -> Screen:
    """The choice of a sum. An order that waits keeps its place."""
    flow.back_to_order(event.dialog)
    waiting = flow.waiting(event)
    if not open_to(event):
        return screens.no_payments(waiting=waiting)
    with Terms.held() as terms:
        sums = [rubles for rubles in screens.AMOUNTS if terms.least_rub <= rubles <= terms.greatest_rub]
        return screens.amounts(offers(sums, event.customer.locale), terms, shop.usual(), waiting=waiting)


@on.tap("own")
def own(tap: Tap) -> Screen:
    """A sum of one's own is waited for."""
    if not open_to(tap):
        return topup(tap)
    flow.want_amount(tap.dialog)
    return screens.own_amount(Terms.now(), waiting=flow.waiting(tap))


@on.tap("pay", Whole)
def pay(tap: Tap) -> Screen:
    """A sum is chosen."""
    return _how(tap, tap.arg)


def amount_written(message: Message) -> Screen:
    """A message while a sum is waited for."""
    written = WRITTEN.fullmatch(re.sub(r"(?<=\d)[\s\u00a0\u202f](?=\d)", "", message.text.strip()))
    if message.file or written is None:
        return screens.wrong_amount(Terms.now(), waiting=flow.waiting(message))
    return _how(message, int(written[1]))


def _how(event: Event, rubles: int) -> Screen:
    """The ways to pay a sum, or, where there is one alone, its bill."""
    with Terms.held() as terms:
        return _ways(event, rubles, terms)


def _ways(event: Event, rubles: int, terms: Terms) -> Screen:
    waiting, found = flow.waiting(event), open_to(event)
    if not terms.least_rub <= rubles <= terms.greatest_rub:
        return _another(event)
    if not found:
        return screens.no_payments(waiting=waiting)
    if len(found) == 1:
        return _bill(event, found[0], rubles)
    flow.back_to_order(event.dialog)
    return screens.methods(rubles, [way(one, Decimal(rubles)) for one in found], waiting=waiting)


def _another(event: Event) -> Screen:
    """A sum outside the limits: another is asked for, and waited for."""
    flow.want_amount(event.dialog)
    return screens.wrong_amount(Terms.now(), waiting=flow.waiting(event))


@on.tap("by", str, Whole)
def by(tap: Tap) -> Screen:
    """A way is chosen for a sum. One that has been closed meanwhile is said to be, above those that are open."""
    name, rubles = tap.args
    provider = ways.open_way(tap.customer.locale, name) if settings.PAYMENTS_ENABLED else None
    if provider is None:
        return frame.noted(_how(tap, rubles), _("This way to pay is not open any more."), "EXPIRED_BUTTON")
    with Terms.held():
        return _bill(tap, provider, rubles)


def _bill(event: Event, provider: Provider, rubles: int) -> Screen:
    waiting = flow.waiting(event)
    try:
        standing = _standing(event, provider, rubles)
        offered = standing or topups.start(event.customer, Decimal(rubles), provider=provider.name, cid=cid.current())
    except BadAmount:
        return _another(event)
    except topups.PaymentsClosed:
        return screens.no_payments(waiting=waiting)
    flow.back_to_order(event.dialog)
    if provider.invoices:
        return state(event, offered)
    if provider.name in SHOWN_BY:
        return SHOWN_BY[provider.name](event, offered)
    if standing:
        return bill.stands(standing, waiting=waiting)
    return bill.in_stars(offered.rubles, offered.minor_amount, offered.payload, waiting=waiting)


@on.tap("bill", Whole)
def once_more(tap: Tap) -> Screen:
    """The bill of an offer in stars, sent again: the same offer, so each payment of it is credited, as always."""
    found = TopUp.objects.filter(customer=tap.customer, pk=tap.arg, provider=STARS).first()
    if found is None:
        return gate.outdated(tap)
    if found.external_id or clock.now() >= ends(found) or not open_to(tap):
        return topup(tap)
    return bill.in_stars(found.rubles, found.minor_amount, found.payload, waiting=flow.waiting(tap))


def _standing(event: Event, provider: Provider, rubles: int) -> TopUp | None:
    """A bill of this sum and price that was asked for just now: the second tap of a double one makes no other. A request by bank
    transfer is one at a time anyway."""
    if provider.name == MANUAL:
        return None
    price = provider.price(Decimal(rubles))
    asked = TopUp.objects.unpaid().filter(
        customer=event.customer, provider=provider.name, rubles=rubles, minor_amount=price.minor_amount,
        state__in=TopUp.OPEN, created_at__gt=clock.now() - SAME_BILL,
    )  # fmt: skip
    return asked.order_by("pk").last()


@on.tap("paid", Whole)
def look(tap: Tap) -> Screen:
    """“I have paid”: the provider is asked now, and what is known is said."""
    found = TopUp.objects.filter(customer=tap.customer, pk=tap.arg).select_related("transfer").first()
    if found is None:
        return gate.outdated(tap)
    if found.state == TopUpState.PENDING and TopUp.objects.unpaid().nudge(pk=found.pk):
        transaction.on_commit(wake)
        return frame.noted(state(tap, found), bill.not_seen_yet(), "DUPLICATE")
    return state(tap, found)


def state(event: Event, found: TopUp) -> Screen:
    """How a top-up through a provider's page stands."""
    waiting = flow.waiting(event)
    if found.transfer:
        available = ledger.available(event.customer)
        return payment.credited(found, found.transfer, available, asked=found.asked(), waiting=waiting)
    if found.external_id:
        return payment.under_review()
    if found.state == TopUpState.PENDING:
        return bill.page(found, ends(found), clock.now(), waiting=waiting)
    if found.state == TopUpState.CREATED:
        return bill.preparing(found, waiting=waiting)
    return unpaid(found, waiting=waiting)


def unpaid(found: TopUp, *, waiting: bool = False) -> Screen:
    """How a top-up without money has ended, with the other ways to pay where it was refused."""
    if found.state == TopUpState.EXPIRED and found.url:
        return bill.expired(found, waiting=waiting)
    others = [one for one in ways.open_to(found.customer.locale) if one.name != found.provider]
    other = [way(one, found.rubles) for one in others]
    by_provider = found.state == TopUpState.EXPIRED or found.decided_by == found.provider
    made_none = by_provider and not found.url
    return bill.not_made(found, other, waiting=waiting) if made_none else bill.rejected(found, other, waiting=waiting)


def ends(found: TopUp) -> datetime:
    """Until when a bill may be paid."""
    return found.created_at + topups.OFFER_LASTS


def open_to(event: Event) -> list[Provider]:
    """The ways to pay that this person has now; none in a demonstration."""
    return ways.open_to(event.customer.locale) if settings.PAYMENTS_ENABLED else []


def way(provider: Provider, rubles: Decimal) -> Way:
    """A way with its price of a sum."""
    price = provider.price(rubles)
    return Way(provider.name, price.currency, price.minor_amount)


def offers(sums: list[int], locale: str) -> list[screens.Offer]:
    """Sums to choose from; with their price where there is one way to pay alone."""
    found = ways.open_to(locale)
    only = found[0] if len(found) == 1 else None
    return [screens.Offer(rubles, way(only, Decimal(rubles)) if only else None) for rubles in sums]


def not_enough(dialog: Dialog, model: AIModel, gap: NotEnoughMoney) -> Screen:
    """How much is missing, and how to get it; the order stays as it is, under its revision."""
    locale = dialog.customer.locale
    with Terms.held() as terms:
        return screens.not_enough(
            title(model),
            gap.needed,
            gap.available,
            offers(screens.closing(gap.needed - gap.available, terms), locale),
            revision=dialog.revision,
            can_pay=settings.PAYMENTS_ENABLED and bool(ways.open_to(locale)),
        )
