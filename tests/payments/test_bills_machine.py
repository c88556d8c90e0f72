"""Bills and bank transfers in any order: paid, late, short, approved, rejected, returned by us or by the provider, against a plain
model of who has how much (a Hypothesis state machine). Every rule of the books is asked after each step."""

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from payments import ledger, providers, receipts, refunds, topups
from payments.invariants import INVARIANTS
from payments.models import Refund, TopUp
from payments.providers import Invoice, Notice
from payments.providers.manual import Manual
from reliability import cid
from tests.payments.papers import sent

BY = "admin:1"
ZERO, HUNDRED, PART = Decimal("0.00"), Decimal("100.00"), Decimal("13.00")


@dataclass
class Payment:
    """What the model knows of a top-up."""

    row: int
    by_bank: bool
    state: str = "created"
    worth: Decimal = ZERO  # credited
    back: dict[int, tuple[Decimal, str]] = field(default_factory=dict)  # by return: rubles, state

    @property
    def left(self) -> Decimal:
        return self.worth - sum((rubles for rubles, state in self.back.values() if state != "refused"), ZERO)

    @property
    def gone(self) -> bool:
        return self.worth > 0 and sum((one for one, state in self.back.values() if state == "done"), ZERO) == self.worth


class Bills(RuleBasedStateMachine):
    """One person, a provider that makes bills, and an operator who looks at receipts."""

    met = None  # the fixture, set by the test
    payments, returns = Bundle("payments"), Bundle("returns")

    def __init__(self):
        super().__init__()
        self.person, self.numbers = self.met(), count(1)
        self.known, self.spent, self.lent = [], ZERO, ZERO

    # Offers.

    @rule(target=payments)
    def a_bill(self):
        row = topups.start(self.person, HUNDRED, provider="bank", cid=cid.new())
        assert topups.billed(row.pk, Invoice(f"invoice-{row.pk}", "https://bank.example"))
        return self.begun(Payment(row.pk, True, "pending"))

    @rule(target=payments)
    def a_bank_transfer(self):
        """One is open at a time: while it is, that is what comes back."""
        row = topups.start(self.person, HUNDRED, provider="manual", cid=cid.new())
        known = next((one for one in self.known if one.row == row.pk), None)
        return known or self.begun(Payment(row.pk, False))

    def begun(self, payment):
        self.known.append(payment)
        return payment

    # Ends.

    @rule(one=payments)
    def its_time_is_over(self, one):
        changed = topups.expire(one.row)
        assert changed == (one.state in {"created", "pending"})
        one.state = "expired" if changed else one.state

    @rule(one=payments)
    def it_is_rejected(self, one):
        changed = topups.reject(one.row, by=BY, reason="no")
        assert changed == (one.state in {"created", "pending"})
        one.state = "rejected" if changed else one.state

    # Money comes.

    @rule(one=payments, kopecks=st.sampled_from([10_000, 10_000, 5_000, 12_000]))
    def the_bank_has_it(self, one, kopecks):
        """In time, or after the end of the bill, or with another sum: it is credited, once for each payment."""
        if not one.by_bank:
            return
        payment = f"{self.person.pk}:{next(self.numbers)}"
        facts = {"currency": "RUB", "minor_amount": kopecks, "provider": "bank"}
        row = TopUp.objects.get(pk=one.row)
        first = topups.paid(row.payload, external_id=payment, cid=cid.new(), **facts)
        again = topups.paid(row.payload, external_id=payment, cid=cid.new(), **facts)
        assert first == again
        worth = Decimal(kopecks).scaleb(-2)
        assert first.amount == worth
        own = TopUp.objects.get(external_id=payment)
        if own.pk == one.row:
            assert kopecks == 10_000
            assert one.state in {"pending", "expired"}
            one.state, one.worth = "paid", worth
        else:
            assert kopecks != 10_000 or one.state not in {"pending", "expired"}
            self.begun(Payment(own.pk, True, "paid", worth))

    @rule(one=payments)
    def a_receipt_comes(self, one):
        if one.by_bank:
            return
        standing = receipts.open_request(self.person)
        other_open = standing is not None and standing.pk != one.row
        try:
            receipts.take(one.row, sent(), cid=cid.new())
        except (receipts.Closed, receipts.Enough):
            assert one.state not in {"created", "pending"} or TopUp.objects.get(pk=one.row).receipts.count() >= 10
            assert one.state != "expired" or other_open or TopUp.objects.get(pk=one.row).receipts.count() >= 10
        else:
            assert one.state in {"created", "pending", "expired"}
            one.state = "pending"

    @rule(one=payments, rubles=st.sampled_from([HUNDRED, Decimal("60.00")]))
    def an_operator_approves(self, one, rubles):
        """As often as you like: once it is credited. What its bank has not named yet is not an operator's to credit."""
        if one.by_bank and one.state == "pending":
            with pytest.raises(topups.NotNamed):
                topups.approve(one.row, by=BY, rubles=rubles, reason="so much came")
            return
        made = topups.approve(one.row, by=BY, rubles=rubles, reason="so much came")
        assert (made is not None) == (one.state == "pending")
        if made is not None:
            assert made.amount == rubles
            one.state, one.worth = "paid", rubles

    # Money goes.

    @rule(target=returns, one=payments, whole=st.booleans())
    def an_operator_returns(self, one, whole):
        rubles = one.left if whole else min(PART, one.left)
        may = one.state == "paid" and ZERO < rubles <= ledger.available(self.person)
        try:
            made = refunds.ask(one.row, rubles, by=BY, reason="asked")
        except (refunds.CannotReturn, ledger.NotEnoughMoney, ValueError):
            assert not may
            return None
        assert may
        one.back[made.pk] = (rubles, "asked")
        return one, made.pk

    @rule(back=returns, how=st.sampled_from(["done", "refused", "unclear"]))
    def a_return_ends(self, back, how):
        """By the provider's answer, or by an operator's word after none; a second answer changes nothing."""
        if back is None:
            return
        one, pk = back
        rubles, was = one.back[pk]
        if how == "unclear":
            refunds.bury(Refund.objects.get(pk=pk), "no answer")
            one.back[pk] = (rubles, "unclear" if was == "asked" else was)
            return
        ends = {"done": lambda: refunds.done(pk, f"r{pk}"), "refused": lambda: refunds.refused(pk, "no")}
        changed = ends[how]()
        assert changed == (was in {"asked", "unclear"})
        one.back[pk] = (rubles, how if changed else was)
        self.settled(one)

    @rule(one=payments, kopecks=st.sampled_from([707, 3_333, 10_000, 99_999]))
    def the_bank_returns_by_itself(self, one, kopecks):
        """Never asked for; told twice; no more than is left of it is taken, and what is spent is lent."""
        row = TopUp.objects.get(pk=one.row)
        same = any(one.back[pk][0] * 100 == kopecks for pk in one.back if one.back[pk][1] in {"asked", "unclear"})
        if not (one.by_bank and one.state == "paid") or same:
            return
        said = Notice(
            "bank", row.external_id, row.payload, "RUB", kopecks, "refunded", refund_id=f"b{next(self.numbers)}"
        )
        before, part = ledger.available(self.person), min(Decimal(kopecks).scaleb(-2), one.left)
        made = refunds.heard(said, cid=cid.new())
        assert refunds.heard(said, cid=cid.new()) is None
        assert (made.rubles if made else ZERO) == part
        if made:
            one.back[made.pk] = (part, "done")
            self.lent += max(ZERO, part - before)
        self.settled(one)

    def settled(self, one):
        one.state = "refunded" if one.gone else one.state

    @precondition(lambda self: ledger.available(self.person) >= PART)
    @rule()
    def the_person_spends(self):
        ref = f"job:{self.person.pk}:{next(self.numbers)}"
        hold = ledger.hold(self.person, PART, ref=f"hold:{ref}", cid=cid.new())
        ledger.capture(hold, ref=f"capture:{ref}", cid=cid.new())
        self.spent += PART

    # What must hold.

    @invariant()
    def the_wallet_has_what_came_and_did_not_go(self):
        assert ledger.available(self.person) == sum((one.left for one in self.known), ZERO) - self.spent + self.lent

    @invariant()
    def every_row_stands_as_the_model_says(self):
        rows = dict(TopUp.objects.filter(customer=self.person).values_list("pk", "state"))
        assert rows == {one.row: one.state for one in self.known}
        backs = dict(Refund.objects.filter(topup__customer=self.person).values_list("pk", "state"))
        assert backs == {pk: state for one in self.known for pk, (_, state) in one.back.items()}

    @invariant()
    def no_rule_of_the_books_is_broken(self):
        assert [rule.name for rule in INVARIANTS if rule.check()] == []

    def teardown(self):
        assert list(ledger.verify_digests()) == []


def test_any_order_of_payments_decisions_and_returns_leaves_what_is_owed(bank, db, met, monkeypatch):
    providers._known["manual"] = Manual()
    monkeypatch.setattr(Bills, "met", staticmethod(met))
    few = settings(max_examples=12, stateful_step_count=25, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Bills, settings=few)
