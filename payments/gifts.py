"""What TRT gives by itself, each once a person for ever: something to begin with, and a gift of a sum by chance."""

from decimal import Decimal

import structlog
from django.conf import settings
from django.db import transaction

from payments import ledger
from payments.customer import Customer
from payments.terms import Terms
from payments.transfer import Transfer
from reliability import cid, clock

log = structlog.get_logger()


def welcome(customer: Customer) -> None:
    """At the first meeting, which calls this: the operator's welcome, and in a demo its rubles."""
    if settings.DEMO_BONUS_RUB > 0:
        ledger.bonus(customer, settings.DEMO_BONUS_RUB, ref=_demo(customer), cid=cid.current(), note="demo")
    rubles = Terms.now().welcome_rub
    if rubles > 0 and settings.MOVES_MONEY:
        ledger.bonus(customer, rubles, ref=_welcome(customer), cid=cid.current(), note="welcome")


def welcomed(customer: Customer) -> Decimal:
    """What the person was given at the first meeting, rubles; 0 where nothing was."""
    given = Transfer.objects.filter(ref__in=[_demo(customer), _welcome(customer)])
    return sum(given.values_list("amount", flat=True), Decimal("0.00"))


def open_to(customer: Customer, terms: Terms) -> bool:
    """Whether the gift is offered, and this person has not had it."""
    return terms.gift_on and settings.MOVES_MONEY and _had(customer) is None


@transaction.atomic
def take(customer: Customer) -> tuple[Transfer, bool] | None:
    """The one-time gift, and whether it is given now: from then on the same transfer. None: there is none on offer.

    In whole rubles from the least on, any sum as likely as another. The wallet is locked before the look: a sum by
    chance under a known ref would be a RefConflict.
    """
    ledger.lock(customer)
    if known := _had(customer):
        return known, False
    terms = Terms.now()
    if not open_to(customer, terms):
        return None
    more = clock.chance().randint(0, int(terms.gift_most_rub - terms.gift_least_rub))
    return ledger.bonus(
        customer, terms.gift_least_rub + more, ref=_gift(customer), cid=cid.current(), note="gift"
    ), True


def _had(customer: Customer) -> Transfer | None:
    return Transfer.objects.filter(ref=_gift(customer)).first()


def _demo(customer: Customer) -> str:
    return f"bonus:demo:{customer.telegram_id}"


def _welcome(customer: Customer) -> str:
    return f"welcome:{customer.pk}"


def _gift(customer: Customer) -> str:
    return f"gift:{customer.pk}"
