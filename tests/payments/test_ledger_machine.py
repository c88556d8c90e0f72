"""Any order of movements, repeats and refusals, against a model of two sums (a Hypothesis state machine)."""

from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from payments import ledger
from payments.invariants import INVARIANTS
from payments.models import Transfer
from reliability import cid

AMOUNTS = st.decimals("0.01", "60.00", places=2)


class Ledger(RuleBasedStateMachine):
    """Each run has a person of its own, who starts with 100.00."""

    met = None  # the fixture, set by the test
    holds = Bundle("holds")

    def __init__(self):
        super().__init__()
        self.customer = self.met("100.00")
        self.free, self.set_aside, self.moved = Decimal("100.00"), Decimal("0.00"), 1
        self.settled = {}  # ref of a hold: ref of what settled it

    def ref(self, kind):
        return f"{kind}:{self.customer.pk}:{self.moved}"

    def went(self, free=Decimal(0), set_aside=Decimal(0)):
        self.free, self.set_aside, self.moved = self.free + free, self.set_aside + set_aside, self.moved + 1

    @rule(amount=AMOUNTS)
    def gift_twice_under_one_ref(self, amount):
        made = [ledger.bonus(self.customer, amount, ref=self.ref("bonus"), cid=cid.new()) for _ in range(2)]
        assert made[0] == made[1]
        self.went(free=amount)

    @rule(amount=AMOUNTS)
    def debit(self, amount):
        facts = {"ref": self.ref("adjust"), "cid": cid.new(), "actor": "admin:1", "note": "test", "debit": True}
        if amount > self.free:
            with pytest.raises(ledger.NotEnoughMoney):
                ledger.adjust(self.customer, amount, **facts)
        else:
            ledger.adjust(self.customer, amount, **facts)
            self.went(free=-amount)

    @rule(target=holds, amount=AMOUNTS)
    def hold(self, amount):
        ref = self.ref("hold")
        if amount > self.free:
            with pytest.raises(ledger.NotEnoughMoney) as refusal:
                ledger.hold(self.customer, amount, ref=ref, cid=cid.new())
            assert (refusal.value.needed, refusal.value.available) == (amount, self.free)
            return multiple()
        ledger.hold(self.customer, amount, ref=ref, cid=cid.new())
        self.went(free=-amount, set_aside=amount)
        return ref

    @rule(ref=holds, how=st.sampled_from([ledger.capture, ledger.release]))
    def settle(self, ref, how):
        held, by = Transfer.objects.get(ref=ref), f"{how.__name__}:{ref}"
        if self.settled.get(ref, by) != by:
            with pytest.raises(ledger.AlreadySettled):
                how(held, ref=by, cid=cid.new())
            return
        how(held, ref=by, cid=cid.new())
        if ref not in self.settled:  # else a repeat
            self.settled[ref] = by
            self.went(free=held.amount if how is ledger.release else Decimal(0), set_aside=-held.amount)

    @rule(ref=holds, more=AMOUNTS)
    def other_facts(self, ref, more):
        with pytest.raises(ledger.RefConflict):
            ledger.hold(self.customer, Transfer.objects.get(ref=ref).amount + more, ref=ref, cid=cid.new())

    @invariant()
    def stands_as_modelled(self):
        assert (ledger.available(self.customer), ledger.held(self.customer)) == (self.free, self.set_aside)
        assert Transfer.objects.filter(customer=self.customer).count() == self.moved

    def teardown(self):
        assert [rule.name for rule in INVARIANTS if rule.check()] == []
        assert list(ledger.verify_digests()) == []


def test_any_order_of_movements_keeps_the_books(db, met, monkeypatch):
    monkeypatch.setattr(Ledger, "met", staticmethod(met))
    few = settings(max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Ledger, settings=few)
