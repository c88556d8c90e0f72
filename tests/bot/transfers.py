"""Somebody who pays by bank transfer: the operator's details, the way to a request, a receipt."""

from decimal import Decimal

import pytest

from bot.handlers import receipt as handler
from payments import topups
from payments.models import TopUp
from reliability import cid
from tests.bot.person import Person

CARD, PHONE = "2200 7001 2345 6789", "+7 999 123-45-67"


@pytest.fixture(autouse=True)
def bank(settings):
    """The operator's details."""
    settings.PAYMENT_PHONE, settings.PAYMENT_CARD = PHONE, CARD
    settings.PAYMENT_CARD_HOLDER, settings.PAYMENT_BANK = "Иван И.", "Т-Банк"


@pytest.fixture
def transfers(command):
    """Somebody chooses a sum and «Перевод (СБП)», as the screen of methods would have it."""

    def begin(event):
        wanted = topups.start(event.customer, begin.rubles, provider="manual", cid=cid.current())
        return handler.details(event, wanted)

    def start(who: Person, rubles: str = "500"):
        begin.rubles = Decimal(rubles)
        with cid.bound(cid.new()):
            return who.command("transfer")

    command("transfer", begin)
    return start


@pytest.fixture
def paying_anna(person, transfers) -> Person:
    anna = person()
    transfers(anna)
    return anna


def request_of(who: Person) -> TopUp:
    return TopUp.objects.requests(who.customer).latest("pk")


def photo(who: Person, unique_id: str = "unique-1", **facts):
    return who.photo(unique_id=unique_id, **facts)
