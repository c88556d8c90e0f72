"""Any order of offers, payments and news of them, against a plain model of what is owed to whom (a Hypothesis state machine)."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from payments import ledger, topups
from payments.invariants import INVARIANTS
from payments.models import Customer, Terms, TopUp, Transfer
from payments.signals import topup_credited
from reliability import cid, clock

HOUR, MOMENT = timedelta(hours=1), timedelta(microseconds=1)
WHO = st.sampled_from(["owner", "owner", 0, 1, 2])
RATES = ["1.6", "2", "0.7", "3.3333"]
KOPECK, MOST = Decimal("0.01"), Decimal("50000.00")


@dataclass
class Offer:
    owner: Customer
    rubles: Decimal
    stars: int
    rate: Decimal
    made_at: object
    ended: bool = False  # by the worker
    used: bool = False  # its own row has been paid


@dataclass
class Payment:
    payer: Customer
    stars: int
    currency: str
    worth: Decimal | None  # None: it waits for an operator
    transfer: int | None


class TopUps(RuleBasedStateMachine):
    """Three people, the time, and the operator's rate; each charge is Telegram's id of one payment."""

    met = None  # the fixture, set by the test
    offers, charges = Bundle("offers"), Bundle("charges")

    def __init__(self):
        super().__init__()
        self.people = [self.met() for _ in range(3)]
        self.offered, self.paid = {}, {}
        self.now, self.rate = clock.now(), Decimal("1.6")
        Terms.objects.update_or_create(pk=1, defaults={"stars_per_rub": self.rate})
        self.told = []
        topup_credited.connect(self.hear)

    def hear(self, topup, transfer, **_):
        self.told.append((topup.external_id, transfer.pk))

    def who(self, who, offer):
        return offer.owner if who == "owner" else self.people[who]

    def at(self):
        return clock.owned(lambda: self.now)

    @rule(minutes=st.sampled_from([1, 30, 60, 3000]))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule(rate=st.sampled_from(RATES))
    def the_operator_sets_the_rate(self, rate):
        self.rate = Decimal(rate)
        Terms.objects.update(stars_per_rub=self.rate)

    @rule(target=offers, who=st.integers(0, 2), rubles=st.decimals("50", "50000", places=2))
    def start(self, who, rubles):
        with self.at():
            row = topups.start(self.people[who], rubles, cid=cid.new())
        stars = int((rubles * self.rate).to_integral_value(ROUND_CEILING))
        assert (row.minor_amount, row.rubles, row.currency) == (stars, rubles, "XTR")
        self.offered[row.payload] = Offer(self.people[who], rubles, stars, self.rate, self.now)
        return row.payload

    @rule(
        payload=offers,
        who=WHO,
        off=st.sampled_from([0, 0, 1, -1]),
        currency=st.sampled_from(["XTR", "XTR", "RUB"]),
        age=st.sampled_from([timedelta(0), HOUR - MOMENT, HOUR, 72 * HOUR]),
    )
    def may_it_be_paid(self, payload, who, off, currency, age):
        offer = self.offered[payload]
        payer = self.who(who, offer)
        with clock.owned(lambda: offer.made_at + age):
            why_not = topups.payable(
                payload, currency=currency, minor_amount=offer.stars + off, telegram_id=payer.telegram_id
            )
        if payer != offer.owner:
            assert why_not == "person"
        elif age >= HOUR:
            assert why_not == "stale"
        else:
            assert why_not == (None if (off, currency) == (0, "XTR") else "amount")

    @rule(payload=offers)
    def the_worker_ends_it(self, payload):
        offer = self.offered[payload]
        row = TopUp.objects.filter(offer=payload, external_id=None).first()
        assert (row is None) == offer.used
        if row is not None:
            assert topups.expire(row.pk) == (not offer.ended)
            offer.ended = True

    @rule(
        target=charges, payload=offers, who=WHO, stars=st.sampled_from(["asked", "asked", 1, 80, 170_000]),
        currency=st.sampled_from(["XTR", "XTR", "XTR", "RUB"]), by_row=st.booleans(),
    )  # fmt: skip
    def pay(self, payload, who, stars, currency, by_row):
        """In any order, late, again, by anybody, with any sum."""
        offer, charge = self.offered[payload], f"charge:{self.people[0].pk}:{len(self.paid)}"
        payer = self.who(who, offer)
        stars = offer.stars if stars == "asked" else stars
        as_asked = (stars, currency) == (offer.stars, "XTR")
        worth = offer.rubles if as_asked else max(KOPECK, (stars / offer.rate).quantize(KOPECK, ROUND_FLOOR))
        credited = currency == "XTR" and worth <= MOST
        of = TopUp.objects.filter(offer=payload).order_by("pk").first() if by_row else payload
        made = self.hears(of, charge, stars, currency, payer)
        assert (made is not None) == credited
        if made is not None:
            assert (made.amount, made.customer, made.ref) == (worth, payer, f"topup:stars:{charge}")
        if payer == offer.owner and as_asked:
            offer.used = True
            assert not TopUp.objects.filter(
                offer=payload, external_id=None
            ).exists()  # late or not, its own row is the payment's
        self.paid[charge] = Payment(payer, stars, currency, worth if credited else None, made and made.pk)
        return charge

    @rule(target=charges, who=st.integers(0, 2), stars=st.integers(1, 500))
    def pay_what_nobody_offered(self, who, stars):
        payer, charge = self.people[who], f"charge:{self.people[0].pk}:{len(self.paid)}"
        worth = max(KOPECK, (stars / self.rate).quantize(KOPECK, ROUND_FLOOR))
        made = self.hears(f"nobody's {charge}", charge, stars, "XTR", payer)
        assert (made.amount, made.customer) == (worth, payer)
        self.paid[charge] = Payment(payer, stars, "XTR", worth, made.pk)
        return charge

    @precondition(lambda self: self.offered)
    @rule(charge=charges, payload=offers)
    def the_news_come_again(self, charge, payload):
        """Be it with another offer's payload: a payment is known by its own id."""
        known = self.paid[charge]
        made = self.hears(payload, charge, known.stars, known.currency, known.payer)
        assert (made and made.pk) == known.transfer

    @rule(charge=charges, payload=offers, change=st.sampled_from(["payer", "stars", "currency"]))
    def the_news_come_with_another_fact(self, charge, payload, change):
        known = self.paid[charge]
        facts = {"stars": known.stars, "currency": known.currency, "payer": known.payer}
        other = next(one for one in self.people if one != known.payer)
        facts[change] = {"payer": other, "stars": known.stars + 1, "currency": "USD"}[change]
        with pytest.raises(ledger.RefConflict):
            self.hears(payload, charge, **facts)

    @invariant()
    def everybody_has_what_they_paid(self):
        for person in self.people:
            owed = sum((one.worth for one in self.paid.values() if one.payer == person and one.worth), Decimal(0))
            assert ledger.available(person) == owed

    @invariant()
    def every_payment_has_one_row_and_is_told_once(self):
        rows = TopUp.objects.filter(customer__in=self.people).exclude(external_id=None)
        assert {row.external_id: row.transfer_id for row in rows} == {
            charge: one.transfer for charge, one in self.paid.items()
        }
        assert sorted(self.told) == sorted((charge, one.transfer) for charge, one in self.paid.items() if one.transfer)
        assert Transfer.objects.filter(customer__in=self.people).count() == len(self.told)

    def teardown(self):
        topup_credited.disconnect(self.hear)
        assert [rule.name for rule in INVARIANTS if rule.check()] == []
        assert list(ledger.verify_digests()) == []

    def hears(self, offer, charge, stars, currency, payer):
        facts = {"external_id": charge, "currency": currency, "minor_amount": stars, "telegram_id": payer.telegram_id}
        with self.at():
            return topups.paid(offer, cid=cid.new(), **facts)


def test_any_order_of_offers_and_payments_credits_what_came_once(db, met, monkeypatch):
    monkeypatch.setattr(TopUps, "met", staticmethod(met))
    few = settings(max_examples=25, stateful_step_count=20, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(TopUps, settings=few)
