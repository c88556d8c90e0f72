"""Operators for the tests of what they do, a way to pay that is never asked, and payments in each state."""

import itertools
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from payments import acting, providers, topups
from payments.acts import ACTS
from payments.models import TopUp
from payments.order import Order
from payments.providers import Invoice, Price, Unavailable
from reliability import cid, clock

_names = itertools.count()


class Bank:
    """A way to pay that makes invoices and returns parts, and is never asked in these tests."""

    name, invoices, partial = "bank", True, True

    def ready(self):
        return True

    def price(self, rubles):
        return Price("RUB", int(rubles * 100), Decimal(100))

    def query(self, topup):
        raise Unavailable("asked")

    def refund(self, refund):
        raise Unavailable("asked")


@pytest.fixture
def bank(monkeypatch):
    """`Bank` is a way to pay."""
    monkeypatch.setitem(providers._known, "bank", Bank())


@pytest.fixture
def operator(db):
    """A new operator who may do all."""
    return lambda: User.objects.create_superuser(f"operator{next(_names)}")


@pytest.fixture
def ann(operator):
    return operator()


@pytest.fixture
def ben(operator):
    return operator()


def order(act, target, by, rubles=None, **more):
    given = {"key": clock.uuid7(), "reason": "так надо", "rubles": Decimal(rubles) if rubles else None}
    return Order(ACTS[act], target, by, **(given | more))


def do(act, target, by, rubles=None, **more):
    return acting.perform(order(act, target, by, rubles, **more))


def pending(customer, rubles="100.00"):
    """A top-up whose invoice waits for its payer."""
    topup = topups.start(customer, Decimal(rubles), provider="bank", cid=cid.new())
    topups.billed(topup.pk, Invoice(f"inv{topup.pk}", "https://bank.example/1"))
    topup.refresh_from_db()
    return topup


def named(topup, payment="p-odd"):
    """Its provider has told of the payment, and only an operator can say what it is worth."""
    TopUp.objects.filter(pk=topup.pk).update(state="pending", external_id=payment, paid_at=clock.now())
    topup.refresh_from_db()
    return topup


def paid(customer, rubles="100.00", provider="bank"):
    topup = topups.start(customer, Decimal(rubles), provider=provider, cid=cid.new())
    facts = {"currency": topup.currency, "minor_amount": topup.minor_amount}
    topups.paid(topup, external_id=f"pay{topup.pk}", cid=topup.cid, provider=provider, **facts)
    topup.refresh_from_db()
    return topup
