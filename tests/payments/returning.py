"""Payments that go back, as several tests ask for them and look at what came of it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from payments.refunds import ask
from payments.signals import refund_ended

HUNDRED = Decimal("100.00")
HOUR = timedelta(hours=1)


@pytest.fixture
def told():
    """How returns ended, as the person will hear of them."""
    ends = []

    def hear(refund, **_):
        ends.append((refund.pk, refund.state))

    refund_ended.connect(hear)
    yield ends
    refund_ended.disconnect(hear)


def returned(topup, rubles="100.00"):
    return ask(topup.pk, Decimal(rubles), by="admin:1", reason="as promised")


def states(topup):
    topup.refresh_from_db()
    return topup.state, *topup.refunds.order_by("pk").values_list("state", flat=True)
