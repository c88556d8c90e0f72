"""Any order of movements of every kind, repeats and refusals, against a model of two sums (a Hypothesis state machine)."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from payments import ledger, topups
from payments.invariants import INVARIANTS
from payments.models import Kind, Transfer
from reliability import cid

AMOUNTS = st.decimals("0.01", "60.00", places=2)
PRICES = st.one_of(st.just(Decimal("7.00")), AMOUNTS)  # many cost the same
TOPUP = Decimal("50.00")
WITHOUT_ROWS = {"refund_is_its_transfer", "refused_refund_is_back"}  # returns move here without theirs
RULES = [one for one in INVARIANTS if one.name not in WITHOUT_ROWS]
BY = {"actor": "admin:1", "note": "test"}
CREDITS = {
    "bonus": ledger.bonus,
    "adjust_in": partial(ledger.adjust, **BY),
}
DEBITS = {
    "refund": partial(ledger.refund, provider="stars"),  # wholly or in part: whatever is there may go back
    "payout": partial(ledger.payout, **BY),
    "adjust_out": partial(ledger.adjust, debit=True, **BY),
}


class Ledger(RuleBasedStateMachine):
    """Each run has two people of its own, who start with 100.00; the second only ever wants what is the first one's."""

    met = None  # the fixture, set by the test
    holds = Bundle("holds")
    refunds = Bundle("refunds")
    done = Bundle("done")  # movements made: how each is asked for again, under its ref

    def __init__(self):
        super().__init__()
        self.customer, self.stranger = self.met("100.00"), self.met("100.00")
        self.free, self.set_aside, self.moved = Decimal("100.00"), Decimal("0.00"), 1
        self.settled = {}  # ref of a hold: ref of what settled it

    def ref(self, kind):
        return f"{kind}:{self.customer.pk}:{self.moved}"

    def went(self, transfer, free=Decimal(0), set_aside=Decimal(0)):
        self.free, self.set_aside, self.moved = self.free + free, self.set_aside + set_aside, self.moved + 1
        assert (transfer.n, transfer.balance_after, transfer.held_after) == (self.moved, self.free, self.set_aside)
        assert transfer.effect == free

    @rule(target=done, kind=st.sampled_from(sorted(CREDITS)), amount=AMOUNTS)
    def credit(self, kind, amount):
        again = partial(CREDITS[kind], amount=amount, ref=self.ref(kind))
        made = again(self.customer, cid=cid.new())
        self.went(made, free=amount)
        return made.pk, again

    @rule(target=done)
    def top_up(self):
        offer, charge = topups.start(self.customer, TOPUP, cid=cid.new()), self.ref("charge")
        made = topups.paid(offer, external_id=charge, currency="XTR", minor_amount=offer.minor_amount, cid=cid.new())
        self.went(made, free=TOPUP)
        return made.pk, partial(ledger.topup, amount=TOPUP, provider="stars", external_id=charge)

    @rule(target=done, kind=st.sampled_from(sorted(DEBITS)), amount=AMOUNTS)
    def debit(self, kind, amount):
        again = partial(DEBITS[kind], amount=amount, ref=self.ref(kind))
        if amount > self.free:
            self.is_refused_for_lack_of(amount, again)
            return multiple()
        made = again(self.customer, cid=cid.new())
        self.went(made, free=-amount)
        return made.pk, again

    @rule(target=holds, amount=PRICES)
    def hold(self, amount):
        again = partial(ledger.hold, amount=amount, ref=self.ref("hold"))
        if amount > self.free:
            self.is_refused_for_lack_of(amount, again)
            return multiple()
        self.went(again(self.customer, cid=cid.new()), free=-amount, set_aside=amount)
        return self.last().ref

    @rule(ref=holds, how=st.sampled_from([ledger.capture, ledger.release]))
    def settle(self, ref, how):
        held, by = Transfer.objects.get(ref=ref), f"{how.__name__}:{ref}"
        if self.settled.get(ref, by) != by:
            with pytest.raises(ledger.AlreadySettled):
                how(held, ref=by, cid=cid.new())
            return
        made = how(held, ref=by, cid=cid.new())
        if ref in self.settled:  # a repeat
            assert made.settles == held
            return
        self.settled[ref] = by
        self.went(made, free=held.amount if how is ledger.release else Decimal(0), set_aside=-held.amount)

    @rule(target=refunds, amount=AMOUNTS)
    def refund(self, amount):
        again = partial(ledger.refund, amount=amount, provider="stars", ref=self.ref("refund"))
        if amount > self.free:
            self.is_refused_for_lack_of(amount, again)
            return multiple()
        self.went(again(self.customer, cid=cid.new()), free=-amount)
        return self.last().ref

    @rule(ref=refunds)
    def refund_fails(self, ref):
        """The provider says no, once or again and again."""
        refund = Transfer.objects.get(ref=ref)
        made = ledger.refund_failure(refund, ref=f"failed:{ref}", cid=cid.new(), **BY)
        if ref not in self.settled:
            self.settled[ref] = made.ref
            self.went(made, free=refund.amount)
        with pytest.raises(ledger.AlreadySettled):
            ledger.refund_failure(refund, ref=f"again:{ref}", cid=cid.new(), **BY)
        with pytest.raises(ledger.LedgerError):
            ledger.release(refund, ref=f"release:{ref}", cid=cid.new())

    @rule(movement=done)
    def repeat(self, movement):
        """Also when there would not be enough money for it any more."""
        pk, again = movement
        assert again(self.customer, cid=cid.new()).pk == pk

    @rule(movement=done, more=AMOUNTS)
    def known_ref_with_another_amount(self, movement, more):
        _, again = movement
        self.conflicts(lambda: again(self.customer, amount=again.keywords["amount"] + more, cid=cid.new()))

    @rule(movement=done)
    def known_ref_by_somebody_else(self, movement):
        self.conflicts(lambda: movement[1](self.stranger, cid=cid.new()))

    @rule(movement=done)
    def known_ref_of_another_kind(self, movement):
        ref = Transfer.objects.get(pk=movement[0]).ref
        self.conflicts(lambda: ledger.hold(self.customer, Decimal("0.01"), ref=ref, cid=cid.new()))

    @rule(ref=holds, more=AMOUNTS)
    def known_hold_with_another_amount(self, ref, more):
        amount = Transfer.objects.get(ref=ref).amount + more
        self.conflicts(lambda: ledger.hold(self.customer, amount, ref=ref, cid=cid.new()))

    @rule(ref=holds)
    def one_ref_for_two_holds(self, ref):
        """What has settled one hold settles no other, be they equal."""
        price = Transfer.objects.get(ref=ref).amount
        if ref in self.settled and price <= self.free:
            other = ledger.hold(self.customer, price, ref=self.ref("hold"), cid=cid.new())
            self.went(other, free=-price, set_aside=price)
            self.conflicts(lambda: ledger.capture(other, ref=self.settled[ref], cid=cid.new()))

    @rule(kind=st.sampled_from([*sorted(DEBITS), "hold"]))
    def a_kopeck_more_than_there_is(self, kind):
        move = DEBITS.get(kind, ledger.hold)
        more = self.free + Decimal("0.01")
        self.is_refused_for_lack_of(more, partial(move, amount=more, ref=self.ref(kind)))

    @invariant()
    def stands_as_modelled(self):
        assert (ledger.available(self.customer), ledger.held(self.customer)) == (self.free, self.set_aside)
        assert Transfer.objects.filter(customer=self.customer).count() == self.moved
        assert ledger.available(self.stranger) == Decimal("100.00")

    def teardown(self):
        assert [rule.name for rule in RULES if rule.check()] == []
        assert list(ledger.verify_digests()) == []

    def last(self):
        return Transfer.objects.of(self.customer)[0]

    def is_refused_for_lack_of(self, amount: Decimal, move: Callable[..., Transfer]) -> None:
        with pytest.raises(ledger.NotEnoughMoney) as refusal:
            move(self.customer, cid=cid.new())
        assert (refusal.value.needed, refusal.value.available) == (amount, self.free)

    def conflicts(self, move: Callable[[], Transfer]) -> None:
        with pytest.raises(ledger.RefConflict):
            move()


def test_any_order_of_movements_keeps_the_books(db, met, monkeypatch):
    monkeypatch.setattr(Ledger, "met", staticmethod(met))
    few = settings(max_examples=25, stateful_step_count=20, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Ledger, settings=few)


def test_the_machine_knows_every_kind():
    assert {*CREDITS, *DEBITS, "topup", "hold", "capture", "release", "refund_failure"} == set(Kind.values)
