"""The bank transfer as a way to pay: when it is offered, what it costs, how long it stands, how it goes back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.utils import translation

from payments import ledger, paying, providers, receipts, reconcile, refunds, saying, topups
from payments.amount import BadAmount
from payments.models import Difference, DifferenceKind, Refund, RefundState, TopUp, TopUpState, Transfer
from payments.providers import Forged, Price
from reliability import cid, clock, instance
from reliability.due import run_due
from tests.payments.papers import taken

pytestmark = pytest.mark.django_db
FIVE_HUNDRED = Decimal("500.00")


@pytest.fixture
def anna(met):
    return met()


@pytest.fixture
def request_(anna) -> TopUp:
    return topups.start(anna, FIVE_HUNDRED, provider="manual", cid=cid.new())


def works(queue=paying.QUEUE) -> int:
    instance.beat("worker")
    return run_due(queue, instance.me())


@pytest.mark.parametrize(
    ("given", "ready"),
    [
        ({}, False),
        ({"PAYMENT_PHONE": "+79990001122"}, False),
        ({"PAYMENT_CARD": "2200 0000 0000 0001"}, False),
        ({"PAYMENT_CARD_HOLDER": "Анна И.", "PAYMENT_BANK": "Банк"}, False),
        ({"PAYMENT_PHONE": "+79990001122", "PAYMENT_BANK": "Банк"}, True),
        ({"PAYMENT_CARD": "2200 0000 0000 0001", "PAYMENT_CARD_HOLDER": "Анна И."}, True),
    ],
)
def test_it_is_offered_only_where_a_person_can_pay_by_its_details(settings, given, ready):
    for name in ("PAYMENT_PHONE", "PAYMENT_CARD", "PAYMENT_CARD_HOLDER", "PAYMENT_BANK"):
        setattr(settings, name, given.get(name, ""))
    assert providers.get("manual").ready() is ready
    assert ("manual" in [one.name for one in providers.ready()]) is ready


def test_its_price_is_the_sum_in_kopecks():
    assert providers.get("manual").price(Decimal("512.50")) == Price("RUB", 51250, Decimal(100))


def test_nobody_outside_can_tell_us_of_one():
    with pytest.raises(Forged):
        providers.get("manual").parse(b"{}", {})


def test_an_open_request_is_what_comes_back_instead_of_a_second_one(request_, anna):
    again = topups.start(anna, Decimal("70.00"), provider="manual", cid=cid.new())

    assert again == request_
    assert again.rubles == FIVE_HUNDRED
    receipts.take_back(request_.pk)
    assert topups.start(anna, Decimal("70.00"), provider="manual", cid=cid.new()).rubles == 70


def test_two_open_requests_of_one_person_cannot_be(request_, anna, sql, met):
    boris = topups.start(met(), FIVE_HUNDRED, provider="manual", cid=cid.new())
    with pytest.raises(IntegrityError, match="topup_request_open_once"):
        sql("UPDATE payments_topup SET customer_id = %s WHERE id = %s", anna.pk, boris.pk)


@pytest.mark.django_db(transaction=True)
def test_requests_made_at_once_by_one_person_leave_one_open(met, together):
    anna = met()
    outcomes = together(8, lambda _: topups.start(anna, FIVE_HUNDRED, provider="manual", cid=cid.new()))

    made = {one.pk for one in outcomes if isinstance(one, TopUp)}
    assert len(made) == TopUp.objects.requests(anna).count() == 1
    assert all(isinstance(one, TopUp | IntegrityError) for one in outcomes)


def test_a_request_without_a_receipt_stands_for_a_day_and_then_ends(request_):
    with clock.moved(timedelta(hours=23, minutes=59)):
        assert works() == 0
    with clock.moved(timedelta(hours=24, seconds=1)):
        assert works() == 1
    request_.refresh_from_db()
    assert (request_.state, request_.error) == (TopUpState.EXPIRED, "")


def test_stars_stand_for_an_hour_as_ever(anna):
    offer = topups.start(anna, FIVE_HUNDRED, cid=cid.new())
    with clock.moved(timedelta(minutes=61)):
        assert works() == 1
    offer.refresh_from_db()
    assert offer.state == TopUpState.EXPIRED


def test_what_the_operator_says_has_come_is_what_came(request_, anna):
    taken(request_)
    with pytest.raises(BadAmount, match="needs a reason"):
        topups.approve(request_.pk, by="admin:1", rubles=Decimal("450.00"))
    topups.approve(request_.pk, by="admin:1", rubles=Decimal("450.00"), reason="The bank has received 450")

    request_.refresh_from_db()
    assert ledger.available(anna) == Decimal("450.00")
    assert (request_.rubles, request_.minor_amount, request_.reason) == (450, 45000, "The bank has received 450")
    assert Transfer.objects.get().ref == f"topup:manual:{request_.payload}"


@pytest.mark.parametrize("rubles", ["0", "-5", "50000.01", "1.001"])
def test_a_sum_that_cannot_have_come_is_not_credited(request_, anna, rubles):
    taken(request_)
    with pytest.raises(BadAmount):
        topups.approve(request_.pk, by="admin:1", rubles=Decimal(rubles), reason="typed so")
    assert ledger.available(anna) == 0


def test_a_request_without_a_receipt_is_not_credited(request_, anna):
    assert topups.approve(request_.pk, by="admin:1") is None
    assert ledger.available(anna) == 0


@pytest.mark.django_db(transaction=True)
def test_of_operators_who_decide_at_once_one_does(met, together):
    anna = met()
    for number in range(6):
        asked = topups.start(anna, FIVE_HUNDRED, provider="manual", cid=cid.new())
        taken(asked)

        def decide(which: int, pk: int = asked.pk) -> object:
            by = f"admin:{which}"
            if which % 3 == 2:
                return topups.reject(pk, by=by, reason="not in the bank") or None
            return topups.approve(pk, by=by)

        decided = [one for one in together(6, decide) if one is not None]
        assert len(decided) == 1, number
        asked.refresh_from_db()
        assert isinstance(decided[0], Transfer) is (asked.state == TopUpState.PAID)
    credited = TopUp.objects.filter(state=TopUpState.PAID).count()
    assert ledger.available(anna) == credited * FIVE_HUNDRED
    assert Transfer.objects.count() == credited


def test_money_goes_back_by_an_operators_hand(request_, anna):
    taken(request_)
    topups.approve(request_.pk, by="admin:1")
    refund = refunds.ask(request_.pk, Decimal("200.00"), by="admin:1", reason="asked to")
    assert ledger.available(anna) == 300
    assert works(refunds.QUEUE) == 1

    refund.refresh_from_db()
    assert (refund.state, refund.attempts) == (RefundState.UNCLEAR, 0)
    with translation.override("ru"):
        assert (
            saying.trouble(refund.error)
            == "Отправьте деньги клиенту банковским переводом, затем отметьте здесь, что это сделано."
        )
    line = Difference.objects.open().get()
    assert (line.kind, line.rubles) == (DifferenceKind.REFUND_UNCLEAR, 200)
    assert works(refunds.QUEUE) == 0

    assert refunds.done(refund.pk, "by bank, 26.11.", by="admin:1")
    assert not Difference.objects.open().exists()
    request_.refresh_from_db()
    assert (request_.state, ledger.available(anna)) == (TopUpState.PAID, 300)


def test_what_the_operator_could_not_send_is_in_the_wallet_again(request_, anna):
    taken(request_)
    topups.approve(request_.pk, by="admin:1")
    refund = refunds.ask(request_.pk, FIVE_HUNDRED, by="admin:1", reason="asked to")
    works(refunds.QUEUE)
    refunds.refused(refund.pk, "the card is closed", by="admin:1")

    assert Refund.objects.get().state == RefundState.REFUSED
    assert ledger.available(anna) == 500


def test_reconciliation_asks_no_machine_about_transfers(request_, settings):
    settings.PAYMENT_PHONE, settings.PAYMENT_BANK = "+79990001122", "Банк"
    taken(request_)
    topups.approve(request_.pk, by="admin:1")
    with clock.moved(timedelta(hours=1)):
        assert reconcile._compare(providers.get("manual")) == 0
    assert not Difference.objects.exists()
