"""Telegram's list of what moved in Stars, as tests keep it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bot import gateway
from payments import people, topups
from payments.models import TopUp
from reliability import cid, clock

HUNDRED = Decimal("100.00")
SOMEBODY = 900_000_001


class Books:
    """Telegram's list of what moved, oldest first. `arrives` come in while it is read, one before each page but the first."""

    def __init__(self):
        self.rows, self.asked, self.arrives, self.trouble = [], [], [], None

    def page(self, offset, *, most=100):
        if self.trouble:
            raise self.trouble
        self.asked.append(offset)
        if len(self.asked) > 1 and self.arrives:
            self.rows.append(self.arrives.pop(0))
        return self.rows[offset : offset + most]

    def paid(self, charge, *, payload="", who=SOMEBODY, amount=160, ago=timedelta(0), kind="invoice_payment", at=None):
        partner = {"type": "user", "transaction_type": kind, "user": {"id": who}, "invoice_payload": payload}
        date = int((at or clock.now() - ago).timestamp())
        self.rows.append({"id": charge, "amount": amount, "date": date, "source": partner})
        return self.rows[-1]

    def back(self, paid):
        row = {name: value for name, value in paid.items() if name != "source"} | {"receiver": paid["source"]}
        self.rows.append(row | {"date": int(clock.now().timestamp())})


@pytest.fixture
def books(monkeypatch, shop, settings):
    settings.DEMO_BONUS_RUB = 0
    with clock.moved(-timedelta(days=30)):  # somebody came long ago: before the first nothing can have been paid
        people.meet(SOMEBODY - 1, first_name="Вера", username=None, language_code="ru")
    books = Books()
    monkeypatch.setattr(clock, "monotonic", lambda: 0.0)  # however busy the machine, a turn is not over by itself
    monkeypatch.setattr(gateway, "star_transactions", books.page)
    return books


def credited():
    return sorted(TopUp.objects.exclude(transfer=None).values_list("external_id", flat=True))


@pytest.fixture
def bought(books, anna):
    """100 rubles more, for 160 stars, under charge-1."""
    offer = topups.start(anna.customer, HUNDRED, cid=cid.new())
    anna.pays(offer.payload, 160)
    books.paid("charge-1", payload=offer.payload, who=anna.chat)
    offer.refresh_from_db()
    return offer
