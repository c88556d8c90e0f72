"""The worker's part in a top-up: the invoice is made once, money is credited on the provider's word, offers end."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from payments import ledger, paying, topups
from payments.models import Difference, TopUp, Transfer
from payments.providers import Invoice, Notice, Refused
from payments.signals import topup_moved
from reliability import cid, instance
from reliability.due import run_due
from tests.payments.operators import named

HUNDRED = Decimal("100.00")
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(db, met):
    return met()


@pytest.fixture
def offer(anna, bank):
    return topups.start(anna, HUNDRED, provider="bank", cid=cid.new())


@pytest.fixture
def told():
    """What the person will hear of the top-up besides its credit."""
    moves = []

    def hear(topup, **_):
        moves.append(topup.state)

    topup_moved.connect(hear)
    yield moves
    topup_moved.disconnect(hear)


@pytest.fixture
def turn(work):
    """The worker looks, so much later."""
    return lambda later=timedelta(0): work(paying.QUEUE, later=later)


def row(offer):
    offer.refresh_from_db()
    return offer


def test_an_invoice_is_made_told_and_looked_at_until_it_is_paid(offer, bank, turn, told, anna):
    assert turn() == 1
    assert (row(offer).state, offer.invoice_id, offer.url) == (
        "pending",
        f"invoice-{offer.pk}",
        "https://bank.example/pay",
    )
    assert (turn(), turn(MINUTE), told, bank.asked) == (0, 1, ["pending"], ["create", "query"])

    bank.receives("p1", offer)
    assert turn(2 * MINUTE) == 1
    assert (row(offer).state, offer.external_id, ledger.available(anna)) == ("paid", "p1", HUNDRED)
    assert turn(timedelta(days=2)) == 0


def test_it_is_asked_often_while_the_person_is_likely_to_pay_and_seldom_later(offer, turn):
    turn()
    turn(MINUTE)
    assert row(offer).due_at - offer.created_at <= MINUTE + 2 * paying.OFTEN
    turn(20 * MINUTE)
    assert row(offer).due_at - offer.created_at > 20 * MINUTE + paying.OFTEN


def test_a_notice_has_it_looked_at_now_and_credits_nothing_by_itself(offer, bank, turn, anna):
    turn()
    bank.receives("p1", offer)
    assert turn() == 0
    assert paying.heard(bank, f"invoice-{offer.pk}")
    assert ledger.available(anna) == 0
    assert turn() == 1
    assert ledger.available(anna) == HUNDRED
    assert not paying.heard(bank, f"invoice-{offer.pk}")
    assert not paying.heard(bank, "invoice-of-nobody")


def test_an_unpaid_invoice_ends_with_its_hour(offer, turn):
    turn()
    turn(59 * MINUTE)
    assert row(offer).state == "pending"
    turn(61 * MINUTE)
    assert row(offer).state == "expired"
    assert turn(timedelta(days=1)) == 0


def test_what_was_paid_in_the_last_moment_is_credited_not_ended(offer, bank, turn, anna):
    turn()
    bank.receives("p1", offer)
    turn(61 * MINUTE)
    assert (row(offer).state, ledger.available(anna)) == ("paid", HUNDRED)


def test_an_invoice_that_the_provider_cancels_ends(offer, bank, turn):
    turn()
    bank.no = "cancelled"
    turn(MINUTE)
    assert row(offer).state == "expired"


def test_a_payment_that_the_provider_declined_is_rejected_with_the_class_of_its_reason(offer, bank, turn, told):
    turn()
    bank.no, bank.declined = "cancelled", "funds"
    turn(MINUTE)
    assert (row(offer).state, row(offer).reason, row(offer).decided_by) == ("rejected", "funds", "bank")
    assert told[-1] == "rejected"


def test_a_silent_provider_is_asked_for_a_day(offer, bank, turn):
    turn()
    bank.silent = True
    for hours in (0.5, 1.5, 23):
        turn(timedelta(hours=hours))
        assert row(offer).state == "pending"
    turn(timedelta(hours=25))
    assert row(offer).state == "expired"


def test_a_no_to_the_invoice_is_told_with_its_words(offer, bank, turn, told, monkeypatch):
    def refuses(_topup):
        raise Refused("too much for one payment")

    monkeypatch.setattr(bank, "create", refuses)
    turn()
    assert (row(offer).state, offer.reason, offer.decided_by) == ("rejected", "too much for one payment", "bank")
    assert told == ["rejected"]


def test_a_provider_that_makes_no_invoice_however_often_it_is_asked_is_given_up_and_told(offer, bank, turn, told):
    bank.silent = True
    for minutes in range(6):
        turn(minutes * MINUTE)
    assert (row(offer).state, told, bank.asked) == ("rejected", ["rejected"], ["create"] * 5)


def test_an_offer_that_was_never_billed_ends_without_an_invoice(offer, bank, turn):
    turn(61 * MINUTE)
    assert (row(offer).state, bank.asked) == ("expired", [])


def test_paid_and_returned_before_we_looked_leaves_nothing_on_the_balance(offer, bank, turn, anna, monkeypatch):
    turn()
    said = Notice("bank", "p1", offer.payload, "RUB", 10_000, news="refunded", refund_id="return-1")
    monkeypatch.setattr(bank, "query", lambda _topup: said)
    turn(MINUTE)
    assert (row(offer).state, ledger.available(anna)) == ("refunded", 0)
    assert list(Transfer.objects.order_by("n").values_list("kind", flat=True)) == ["topup", "refund"]


def test_another_sum_than_asked_is_credited_as_what_it_is_and_the_invoice_ends(offer, bank, turn, anna):
    turn()
    bank.receives("p1", offer, 9_000)
    assert turn(MINUTE) == 1
    assert (row(offer).state, ledger.available(anna)) == ("expired", Decimal("90.00"))
    assert turn(2 * MINUTE) == 0


def test_a_payment_id_that_is_known_with_another_sum_is_put_before_an_operator(offer, bank, turn, payment):
    payment()  # p1
    turn()
    bank.receives("p1", offer, 20_000)
    turn(MINUTE)
    assert row(offer).state == "expired"
    assert Difference.objects.open().get().key == "ref_conflict:bank:p1"


@pytest.mark.parametrize("end", ["expire", "reject", "approve", "billed"])
def test_what_has_ended_does_not_move_again(offer, bank, turn, told, end):
    turn()
    topups.reject(offer.pk, by="admin:1", reason="no")
    ends = {
        "expire": lambda: topups.expire(offer.pk),
        "reject": lambda: topups.reject(offer.pk, by="admin:2", reason="other"),
        "approve": lambda: topups.approve(offer.pk, by="admin:2"),
        "billed": lambda: topups.billed(offer.pk, Invoice("another", "https://bank.example/other")),
    }
    assert not ends[end]()
    assert (row(offer).state, offer.reason, told) == ("rejected", "no", ["pending", "rejected"])


def test_what_its_provider_has_not_named_no_operator_credits_or_it_would_come_once_more(offer, bank, turn, anna):
    turn()
    with pytest.raises(topups.NotNamed):
        topups.approve(offer.pk, by="admin:1")
    bank.receives("p1", offer)
    turn(MINUTE)
    assert (row(offer).external_id, ledger.available(anna)) == ("p1", HUNDRED)


def test_nor_does_the_database_take_our_own_offer_for_a_payment_of_theirs(offer, turn):
    turn()
    with pytest.raises(IntegrityError, match="topup_named_by_provider"), transaction.atomic():
        TopUp.objects.filter(pk=offer.pk).update(external_id=offer.payload)


def test_an_approved_top_up_is_credited_once_with_what_the_operator_saw(offer, turn, anna):
    turn()
    named(offer)
    assert topups.approve(offer.pk, by="admin:1", rubles=Decimal("90.00"), reason="fee").amount == Decimal("90.00")
    assert topups.approve(offer.pk, by="admin:2") is None
    assert (row(offer).decided_by, offer.external_id, ledger.available(anna)) == (
        "admin:1",
        "p-odd",
        Decimal("90.00"),
    )


@pytest.mark.django_db(transaction=True)
def test_of_two_operators_who_decide_at_once_one_wins(met, bank, together, work, told):
    for _ in range(4):
        anna = met()
        offer = topups.start(anna, HUNDRED, provider="bank", cid=cid.new())
        work(paying.QUEUE)
        named(offer, f"p-{offer.pk}")
        told.clear()

        outcomes = together(
            8,
            lambda n, pk=offer.pk: (
                topups.approve(pk, by=f"admin:{n}") if n % 2 else topups.reject(pk, by=f"admin:{n}", reason="no")
            ),
        )

        assert len([one for one in outcomes if one]) == 1, outcomes
        credited = row(offer).state == "paid"
        assert (ledger.available(anna), told) == ((HUNDRED, []) if credited else (0, ["rejected"]))
        assert outcomes[int(offer.decided_by.removeprefix("admin:"))]


@pytest.mark.django_db(transaction=True)
def test_eight_workers_make_one_invoice_and_one_credit(met, bank, together):
    anna = met()
    offer = topups.start(anna, HUNDRED, provider="bank", cid=cid.new())
    instance.beat("worker")
    together(8, lambda _: run_due(paying.QUEUE, instance.me()))
    bank.receives("p1", offer)
    paying.heard(bank, f"invoice-{offer.pk}")
    together(8, lambda _: run_due(paying.QUEUE, instance.me()))

    assert bank.asked == ["create", "query"]
    assert (ledger.available(anna), TopUp.objects.count()) == (HUNDRED, 1)
