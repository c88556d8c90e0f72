"""Returns that are asked for, told and given up at once, on threads of their own."""

from decimal import Decimal
from threading import Event

import pytest
from django.db import transaction

from payments import difference, ledger, refunds
from payments.models import Wallet
from payments.refunds import heard
from reliability import cid, instance
from reliability.due import run_due
from tests.payments.returning import returned, states
from tests.payments.worklist import lines

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books_agree")]


def test_sixteen_who_ask_at_once_return_no_more_than_came(payment, bank, work, together):
    topup = payment()
    ledger.bonus(topup.customer, Decimal("1000.00"), ref="bonus:more", cid=cid.new())  # the wallet is no guard here

    outcomes = together(16, lambda _: returned(topup, "30.00"))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["BadAmount"] * 13 + ["Refund"] * 3
    work(refunds.QUEUE)
    assert ledger.available(topup.customer) == Decimal("1010.00")


def test_asked_for_by_us_while_the_provider_returns_it_the_sum_leaves_once(payment, bank, together):
    for number in range(1, 6):
        topup = payment()
        said = bank.returns(f"p{number}", number=f"return-{number}")

        outcomes = together(
            6, lambda n, topup=topup, said=said: heard(said, cid=cid.new()) if n % 2 else returned(topup)
        )

        assert {type(one).__name__ for one in outcomes} <= {"Refund", "NoneType", "CannotReturn", "BadAmount"}
        assert (states(topup), ledger.available(topup.customer)) == (("refunded", "done"), 0)


def test_news_of_a_return_that_is_just_being_given_up_wait_for_no_circle(payment, bank, together, monkeypatch):
    """The worker has its row locked and writes a line about the payment; the news have the payment and want the row."""
    topup = payment()
    refund, said = returned(topup), bank.returns("p1")
    locked, asked = Event(), Event()
    found, lock = difference.found, refunds._locked_payment

    def line(*args, **facts):
        locked.set()
        assert asked.wait(10)
        return found(*args, **facts)

    def payment_locked(**which):
        assert locked.wait(10)
        row = lock(**which)
        asked.set()
        return row

    monkeypatch.setattr(difference, "found", line)
    monkeypatch.setattr(refunds, "_locked_payment", payment_locked)

    outcomes = together(2, lambda n: refunds.bury(refund, "no answer") if n else heard(said, cid=cid.new()))

    assert [type(one).__name__ for one in outcomes] == ["Refund", "NoneType"]
    assert (states(topup), lines()) == (("refunded", "done"), [])


def test_nobody_spends_between_the_look_into_the_wallet_and_the_return(payment, bank, together, monkeypatch):
    topup = payment()
    look, spent = ledger.available, []

    @transaction.atomic
    def take(customer):
        return Wallet.objects.select_for_update(nowait=True).get(pk=customer.pk)

    def available(customer):
        found = look(customer)
        spent.extend(type(one).__name__ for one in together(1, lambda _: take(customer)))
        return found

    monkeypatch.setattr(ledger, "available", available)
    heard(bank.returns("p1"), cid=cid.new())
    assert spent == ["OperationalError"]  # the wallet is ours
    assert states(topup) == ("refunded", "done")


def test_eight_workers_make_one_return(payment, bank, together):
    topup = payment()
    returned(topup)
    instance.beat("worker")
    together(8, lambda _: run_due(refunds.QUEUE, instance.me()))

    assert (states(topup), len(bank.made), len(bank.asked)) == (("refunded", "done"), 1, 1)
