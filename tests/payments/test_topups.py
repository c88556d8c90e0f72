"""Top-ups: offers, pre-checkout, and every way in which money comes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from payments import ledger, paying, topups
from payments.amount import BadAmount
from payments.models import Customer, Difference, TopUp, TopUpState, Transfer
from payments.signals import topup_credited
from reliability import cid, clock, instance
from reliability.due import run_due

HUNDRED = Decimal("100.00")


@pytest.fixture
def anna(db, met):
    return met()


@pytest.fixture
def offer(anna):
    """100.00 rubles for 160 stars."""
    return topups.start(anna, HUNDRED, cid=cid.new())


@pytest.fixture
def credited():
    """What the signal told, as (top-up, transfer)."""
    told = []

    def hear(topup, transfer, **_):
        told.append((topup, transfer))

    topup_credited.connect(hear)
    yield told
    topup_credited.disconnect(hear)


def paid(offer, charge="c1", stars=160, currency="XTR", by=None):
    return topups.paid(offer, external_id=charge, currency=currency, minor_amount=stars, cid=cid.new(), telegram_id=by)


def payable(offer, stars=160, currency="XTR", by=None):
    return topups.payable(
        offer.payload, currency=currency, minor_amount=stars, telegram_id=by or offer.customer.telegram_id
    )


@pytest.mark.parametrize(
    ("rubles", "stars"), [("50", 80), ("100", 160), ("50.01", 81), ("99.99", 160), ("50000", 80000)]
)
@pytest.mark.django_db
def test_stars_are_rounded_up_to_whole_ones(rubles, stars):
    assert topups.in_stars(Decimal(rubles)).minor_amount == stars


@pytest.mark.parametrize("rubles", ["49.99", "50000.01", "0", "-50", "NaN", "50.001"])
def test_a_sum_outside_the_limits_is_not_offered(anna, rubles):
    with pytest.raises(BadAmount):
        topups.start(anna, Decimal(rubles), cid=cid.new())
    assert not TopUp.objects.exists()


def test_an_offer_is_a_row_before_it_is_an_invoice(offer):
    row = TopUp.objects.get()

    assert (row.state, row.minor_amount, row.currency, row.rate) == ("created", 160, "XTR", Decimal("1.6"))
    assert len(row.payload.encode()) <= 128


def test_nothing_is_offered_while_payments_are_off(anna, settings):
    settings.PAYMENTS_ENABLED = False
    with pytest.raises(topups.PaymentsClosed):
        topups.start(anna, HUNDRED, cid=cid.new())


def test_a_fresh_offer_may_be_paid_by_its_person(offer, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert payable(offer) is None


def test_an_offer_may_not_be_paid_otherwise(offer, anna, settings):
    assert payable(offer, stars=159) == "amount"
    assert payable(offer, currency="USD") == "amount"
    assert payable(offer, by=anna.telegram_id + 1) == "person"
    for payload in ("", "junk", "a\0b", "00000000-0000-0000-0000-000000000000", "я" * 64):
        assert topups.payable(payload, currency="XTR", minor_amount=160, telegram_id=anna.telegram_id) == "unknown"
    with clock.owned(lambda: offer.created_at + timedelta(minutes=60) - timedelta(microseconds=1)):
        assert payable(offer) is None
    with clock.owned(lambda: offer.created_at + timedelta(minutes=60)):
        assert payable(offer) == "stale"
    Customer.objects.update(blocked=True)
    assert payable(offer) == "blocked"
    settings.PAYMENTS_ENABLED = False
    assert payable(offer) == "closed"


def test_a_payment_is_credited_and_told_once(offer, anna, credited):
    first, again = paid(offer.payload, by=anna.telegram_id), paid(offer.payload, by=anna.telegram_id)

    assert first == again
    assert (first.ref, first.debit, first.amount) == ("topup:stars:c1", "provider:stars", HUNDRED)
    assert ledger.available(anna) == HUNDRED
    offer.refresh_from_db()
    assert (offer.state, offer.external_id, offer.transfer, offer.error) == ("paid", "c1", first, "")
    assert credited == [(offer, first)]


def test_an_old_invoice_paid_again_is_credited_again_with_a_row_of_its_own(offer, anna, credited):
    paid(offer)
    with clock.moved(timedelta(days=3)):
        paid(offer.payload, charge="c2", by=anna.telegram_id)

    assert ledger.available(anna) == 2 * HUNDRED
    rows = TopUp.objects.order_by("pk")
    assert [(row.offer, row.external_id, row.state, row.error) for row in rows] == [
        (offer.offer, "c1", "paid", ""),
        (offer.offer, "c2", "paid", ""),
    ]
    assert len(credited) == 2


def test_an_expired_offer_that_is_paid_all_the_same_is_credited(offer, anna):
    assert topups.expire(offer.pk)
    paid(offer)

    assert ledger.available(anna) == HUNDRED
    assert TopUp.objects.get().state == TopUpState.PAID


def test_money_for_an_offer_that_nobody_knows_is_credited_to_who_paid(anna, credited):
    with capture_logs() as lines:
        made = paid("what is this\0", by=anna.telegram_id)

    assert (made.customer, made.amount) == (anna, HUNDRED)
    row = TopUp.objects.get()
    assert row.state == "paid"
    assert "nobody knows the offer" in row.error
    assert len(credited) == 1
    line = Difference.objects.open().get()
    assert (line.kind, line.topup, line.customer, line.rubles) == ("unknown_offer", row, anna, HUNDRED)
    assert [line["event"] for line in lines if line["log_level"] == "error"] == []  # not before the commit


@pytest.mark.django_db(transaction=True)
def test_what_is_odd_is_logged_as_an_error_once_committed(met):
    anna = met()
    with capture_logs() as lines:
        paid("what is this", by=anna.telegram_id)

    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["money.difference", "topup.paid"]


def test_a_payer_nobody_has_met_is_met_and_credited(db):
    made = paid("unknown", by=42)

    assert made.customer.telegram_id == 42
    assert ledger.available(made.customer) == HUNDRED


def test_a_payment_without_offer_and_payer_is_refused_loudly(db):
    with pytest.raises(LookupError):
        paid("unknown")


def test_another_persons_payment_of_an_offer_is_the_payers(offer, anna, met):
    boris = met()
    paid(offer.payload, by=boris.telegram_id)

    assert (ledger.available(anna), ledger.available(boris)) == (0, HUNDRED)
    offer.refresh_from_db()
    assert offer.state == "created"  # still Anna's to pay
    assert "the offer was made to" in TopUp.objects.get(external_id="c1").error


@pytest.mark.parametrize(("stars", "rubles"), [(80, "50.00"), (1, "0.62"), (161, "100.62"), (80000, "50000.00")])
def test_another_sum_than_asked_is_worth_what_it_is(offer, anna, stars, rubles):
    paid(offer, stars=stars)

    assert ledger.available(anna) == Decimal(rubles)
    assert f"paid {stars} XTR" in TopUp.objects.get(external_id="c1").error
    offer.refresh_from_db()
    assert (offer.state, offer.minor_amount) == ("created", 160)  # what was asked stays written


@pytest.mark.parametrize(("stars", "currency"), [(160, "USD"), (80001, "XTR")])
def test_what_cannot_be_credited_by_itself_waits_for_an_operator(offer, anna, credited, stars, currency):
    assert paid(offer, stars=stars, currency=currency) is None
    assert paid(offer, stars=stars, currency=currency) is None

    assert ledger.available(anna) == 0
    row = TopUp.objects.get(external_id="c1")
    assert (row.state, row.minor_amount, row.currency) == ("pending", stars, currency)
    assert row.error
    assert credited == []


def test_the_rate_of_the_offer_counts_not_that_of_the_day(offer, anna, settings):
    settings.STARS_PER_RUB = Decimal("2.0")
    paid(offer)
    paid(offer, charge="c2", stars=80)

    assert ledger.available(anna) == Decimal("150.00")


def test_a_known_payment_with_another_sum_or_payer_is_refused_and_logged(offer, met, anna):
    paid(offer)
    for odd in ({"stars": 161}, {"currency": "USD"}, {"by": met().telegram_id}):
        with capture_logs() as lines, pytest.raises(ledger.RefConflict):
            paid(offer, **odd)
        assert [line["event"] for line in lines] == ["topup.conflict"]
    assert Transfer.objects.get().amount == HUNDRED


@pytest.mark.parametrize("odd", [{"stars": 0}, {"stars": -5}, {"charge": ""}])
def test_what_is_no_payment_is_refused(offer, odd):
    with pytest.raises(ValueError, match="is no payment"):
        paid(offer, **odd)


def test_money_that_came_is_credited_also_while_payments_are_off(offer, anna, settings):
    settings.PAYMENTS_ENABLED = False
    paid(offer)

    assert ledger.available(anna) == HUNDRED


def test_a_receiver_that_fails_leaves_nothing_half_done(offer, anna):
    def fail(**_):
        raise RuntimeError("receiver")

    topup_credited.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            paid(offer)
    finally:
        topup_credited.disconnect(fail)
    assert (ledger.available(anna), TopUp.objects.get().state) == (0, "created")
    paid(offer)
    assert ledger.available(anna) == HUNDRED


@pytest.mark.django_db(transaction=True)
def test_one_notice_a_thousand_times_from_sixteen_threads_credits_once(met, together, credited):
    anna = met()
    offer = topups.start(anna, HUNDRED, cid=cid.new())

    outcomes = together(16, lambda _: [paid(offer.payload, by=anna.telegram_id).pk for _ in range(63)])

    assert {pk for told in outcomes for pk in told} == {Transfer.objects.get().pk}
    assert sum(map(len, outcomes)) >= 1000
    assert ledger.available(anna) == HUNDRED
    assert len(credited) == TopUp.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_payment_told_with_two_payers_at_once_credits_one_of_them(met, together):
    people = [met() for _ in range(8)]

    outcomes = together(8, lambda number: paid("unknown", by=people[number].telegram_id))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["RefConflict"] * 7 + ["Transfer"]
    assert sum(ledger.available(one) for one in people) == HUNDRED


@pytest.mark.django_db(transaction=True)
def test_the_worker_ends_offers_that_nobody_paid(met):
    anna = met()
    old, taken = (topups.start(anna, HUNDRED, cid=cid.new()) for _ in range(2))
    paid(taken)
    with clock.moved(timedelta(minutes=30)):
        fresh = topups.start(anna, HUNDRED, cid=cid.new())
    with clock.moved(timedelta(minutes=61)):
        instance.beat("worker")
        assert run_due(paying.QUEUE, instance.me()) == 1
        assert run_due(paying.QUEUE, instance.me()) == 0

    states = dict(TopUp.objects.values_list("pk", "state"))
    assert states == {old.pk: "expired", taken.pk: "paid", fresh.pk: "created"}
    assert not topups.expire(taken.pk)
