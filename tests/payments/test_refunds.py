"""Payments that go back: who asks, who answers, in whatever order, how often and in how many parts."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.db import transaction

from payments import difference, ledger, refunds, topups
from payments.amount import BadAmount
from payments.difference import DifferenceKind
from payments.invariants import INVARIANTS
from payments.models import Difference, Kind, Refund, TopUp, Transfer, Wallet
from payments.refunds import CannotReturn, ask, done, heard, refused
from payments.signals import refund_ended, topup_moved
from reliability import cid, instance
from reliability.due import run_due

HUNDRED = Decimal("100.00")
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rules(db):
    """After each of these the books must agree."""
    yield
    assert {rule.name: rows for rule in INVARIANTS if (rows := rule.check())} == {}


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


def lines(kind=None):
    rows = Difference.objects.open()
    return list((rows.filter(kind=kind) if kind else rows).values_list("key", flat=True))


def test_money_leaves_the_wallet_when_it_is_asked_for_and_comes_back_to_the_person(payment, bank, work, told):
    topup = payment()
    refund = returned(topup)

    assert (ledger.available(topup.customer), states(topup), told) == (0, ("paid", "asked"), [])
    assert (refund.transfer.kind, refund.transfer.actor, refund.transfer.note) == ("refund", "admin:1", "as promised")
    assert work(refunds.QUEUE) == 1
    assert states(topup) == ("refunded", "done")
    assert bank.made == {refund.ref: Refund.objects.get().external_id}
    assert told == [(refund.pk, "done")]
    assert work(refunds.QUEUE, later=HOUR) == 0


def test_part_by_part_all_of_it_goes_back_and_not_a_kopeck_more(payment, bank, work):
    topup = payment()
    for rubles in ("33.33", "33.33"):
        returned(topup, rubles)
    with pytest.raises(BadAmount, match=r"more than the 33\.34"):
        returned(topup, "33.35")
    work(refunds.QUEUE)
    assert states(topup) == ("paid", "done", "done")

    returned(topup, "33.34")
    work(refunds.QUEUE)
    assert states(topup) == ("refunded", "done", "done", "done")
    assert list(topup.refunds.order_by("pk").values_list("minor_amount", flat=True)) == [
        3333,
        3333,
        3334,
    ]
    with pytest.raises(CannotReturn):
        returned(topup, "0.01")


def test_what_the_provider_does_not_return_is_in_the_wallet_again_and_may_be_asked_anew(payment, bank, work, told):
    topup, bank.no = payment(), "the card is gone"
    first = returned(topup)
    work(refunds.QUEUE)

    assert (ledger.available(topup.customer), states(topup)) == (HUNDRED, ("paid", "refused"))
    assert told == [(first.pk, "refused")]
    back = Refund.objects.get().returned
    assert (back.debit, back.credit, back.settles) == ("provider:bank", "wallet", first.transfer)
    assert (back.kind, back.actor, "the card is gone" in back.note) == ("refund_failure", "bank", True)

    bank.no = ""
    second = returned(topup)
    work(refunds.QUEUE)
    assert second.ref != first.ref
    assert (ledger.available(topup.customer), states(topup)) == (0, ("refunded", "refused", "done"))


def test_a_silent_provider_is_asked_for_a_day_under_one_reference_then_an_operator_is(payment, bank, work, told):
    topup, bank.silent = payment(), True
    refund = returned(topup)
    for minutes in (0, 1, 10, 60, 60 * 23):
        assert work(refunds.QUEUE, later=timedelta(minutes=minutes)) == 1
        assert (states(topup), lines(), told) == (("paid", "asked"), [], [])
    assert "no answer" in Refund.objects.get().error

    assert work(refunds.QUEUE, later=timedelta(hours=25)) == 1
    assert (states(topup), set(bank.asked[1:])) == (("paid", "unclear"), {refund.ref})
    assert lines() == [f"refund_unclear:{refund.ref}"]
    assert work(refunds.QUEUE, later=timedelta(days=3)) == 0


@pytest.mark.parametrize("was_done", [True, False])
def test_what_nobody_knows_an_operator_ends_once(payment, bank, work, told, was_done):
    topup, bank.silent = payment(), True
    refund = returned(topup)
    work(refunds.QUEUE, later=timedelta(hours=25))

    ends = [lambda: done(refund.pk, "", by="admin:1"), lambda: refused(refund.pk, "looked there", by="admin:1")]
    assert [end() for end in (ends if was_done else reversed(ends))] == [True, False]
    assert ledger.available(topup.customer) == (0 if was_done else HUNDRED)
    assert (lines(), len(told)) == ([], 1)


def test_a_step_that_is_wrong_is_tried_eight_times_and_then_unclear(payment, bank, work, monkeypatch):
    topup = payment()
    returned(topup)
    monkeypatch.setattr(bank, "refund", lambda _refund: 1 / 0)
    for hour in range(9):
        work(refunds.QUEUE, later=hour * HOUR)
    assert states(topup) == ("paid", "unclear")
    assert len(lines(DifferenceKind.REFUND_UNCLEAR)) == 1


def test_a_lost_answer_is_asked_for_again_and_the_return_is_one(payment, bank, work):
    topup, bank.loses_answers = payment(), True
    returned(topup)
    work(refunds.QUEUE)
    assert states(topup) == ("paid", "asked")

    bank.loses_answers = False
    work(refunds.QUEUE, later=HOUR)
    assert (states(topup), len(bank.made)) == (("refunded", "done"), 1)


@pytest.mark.parametrize("order", sorted(set(permutations(["message", "message", "list", "worker"]))))
def test_by_whatever_way_and_however_often_it_is_told_the_sum_leaves_once(payment, bank, work, told, order):
    topup, bank.loses_answers = payment(), True
    returned(topup)
    work(refunds.QUEUE)
    bank.loses_answers = False
    said = bank.listed[-1][1]
    for way in order:
        if way == "worker":
            work(refunds.QUEUE, later=HOUR)
        else:
            heard(said, cid=cid.new())

    assert (states(topup), ledger.available(topup.customer)) == (("refunded", "done"), 0)
    assert Transfer.objects.filter(kind=Kind.REFUND).count() == len(told) == 1
    assert lines() == []


def test_what_the_provider_returns_by_itself_leaves_the_wallet_once(payment, bank, told):
    topup = payment()
    said = bank.returns("p1", 2_550)

    assert heard(said, cid=cid.new()).rubles == Decimal("25.50")
    assert [heard(said, cid=cid.new()) for _ in range(3)] == [None] * 3
    assert (ledger.available(topup.customer), states(topup), len(told)) == (Decimal("74.50"), ("paid", "done"), 1)

    heard(bank.returns("p1", 7_450, "return-y"), cid=cid.new())
    assert (ledger.available(topup.customer), states(topup)) == (0, ("refunded", "done", "done"))


@pytest.mark.parametrize(("spent", "lent"), [("0.01", "0.01"), ("60.00", "60.00"), ("100.00", "100.00")])
def test_what_was_spent_before_is_lent_and_listed(payment, bank, spent, lent):
    topup = payment()
    ledger.hold(topup.customer, Decimal(spent), ref="hold:job:1", cid=cid.new())
    said = bank.returns("p1")
    for _ in range(2):
        heard(said, cid=cid.new())

    assert (ledger.available(topup.customer), ledger.held(topup.customer)) == (0, Decimal(spent))
    line = Difference.objects.open().get()
    assert (line.kind, line.rubles, line.customer) == ("refund_short", Decimal(lent), topup.customer)
    assert Transfer.objects.get(ref__startswith="short:").amount == Decimal(lent)
    assert states(topup) == ("refunded", "done")


def test_a_return_of_a_payment_that_nobody_knows_is_listed_until_it_is_known(bank, met):
    offer = topups.start(met(), HUNDRED, provider="bank", cid=cid.new())
    said = bank.returns("p1")
    assert [heard(said, cid=cid.new()) for _ in range(2)] == [None, None]
    assert lines() == ["refund_unknown:bank:p1"]

    topups.paid(offer, external_id="p1", currency="RUB", minor_amount=10_000, cid=cid.new(), provider="bank")
    assert heard(said, cid=cid.new())
    assert (lines(), ledger.available(offer.customer), states(offer)) == ([], 0, ("refunded", "done"))


def test_what_was_never_credited_is_rejected_when_it_goes_back(bank, met):
    offer, moved = topups.start(met(), HUNDRED, provider="bank", cid=cid.new()), []
    topups.paid(offer, external_id="p1", currency="USD", minor_amount=99, cid=cid.new(), provider="bank")
    assert lines() == ["not_credited:bank:p1"]

    def hear(topup, **_):
        moved.append(topup.state)

    topup_moved.connect(hear)
    assert [heard(bank.returns("p1", 99), cid=cid.new()) for _ in range(2)] == [None, None]
    topup_moved.disconnect(hear)

    topup = TopUp.objects.get(external_id="p1")
    assert (topup.state, topup.reason, moved) == ("rejected", refunds.NOT_OURS, ["rejected"])
    assert (lines(), Transfer.objects.count()) == ([], 0)


def test_more_than_came_takes_the_payment_and_is_listed(payment, bank):
    topup = payment()
    heard(bank.returns("p1", 10_001), cid=cid.new())
    assert (states(topup), ledger.available(topup.customer)) == (("refunded", "done"), 0)
    assert lines() == ["sum:refund:bank:p1:return-x"]

    assert heard(bank.returns("p1", 1, "return-y"), cid=cid.new()) is None
    assert len(lines()) == 2


def test_two_returns_of_one_sum_are_told_apart_by_the_workers_question_alone(payment, bank, work):
    """Were the first one done by the news of the second, nobody would ask for it any more: the person would have one of two."""
    topup = payment()
    first, second = returned(topup, "40.00"), returned(topup, "40.00")
    bank.made[second.ref] = "return-9"
    said = bank.returns("p1", 4_000, "return-9")

    assert heard(said, cid=cid.new()) is None
    work(refunds.QUEUE)
    assert states(topup) == ("paid", "done", "done")
    assert set(bank.made) == {first.ref, second.ref}
    for _at, notice in bank.listed[1:]:
        assert heard(notice, cid=cid.new()) is None
    assert ledger.available(topup.customer) == Decimal("20.00")


def test_a_return_that_an_operator_has_ended_learns_its_number_from_the_list(payment, bank):
    topup = payment()
    refund = returned(topup, "40.00")
    done(refund.pk, "", by="admin:1")

    assert [heard(bank.returns("p1", 4_000), cid=cid.new()) for _ in range(2)] == [None, None]
    assert (Refund.objects.get().external_id, ledger.available(topup.customer)) == ("return-x", Decimal("60.00"))


def test_a_provider_that_refused_and_returned_it_all_the_same_is_believed_the_second_time(payment, bank, work):
    topup, bank.no = payment(), "no"
    returned(topup)
    work(refunds.QUEUE)
    heard(bank.returns("p1"), cid=cid.new())
    assert (states(topup), ledger.available(topup.customer)) == (("refunded", "refused", "done"), 0)


def test_a_return_that_its_provider_refused_is_a_line_for_who_had_asked_for_it(payment, bank, work):
    topup, bank.no = payment(), "not enough on the account"
    first = returned(topup, "10.00")
    work(refunds.QUEUE)

    line = Difference.objects.get(kind=DifferenceKind.REFUND_REFUSED)
    assert (line.customer, line.topup, line.rubles) == (topup.customer, topup, Decimal("10.00"))
    assert (line.facts["by"], line.facts["why"]) == ("admin:1", "not enough on the account")
    assert line.key == f"refund_refused:{first.ref}"

    bank.no = ""
    returned(topup)
    work(refunds.QUEUE)
    assert lines() == []  # all of it is back: nothing is promised any more


def test_a_return_that_an_operator_himself_calls_refused_needs_no_line(payment, work):
    refund = returned(payment(), "10.00")
    refused(refund.pk, "it never left", by="admin:1")
    assert lines() == []


def test_what_had_no_room_beside_a_return_of_ours_is_taken_once_that_is_refused(payment, bank, work):
    """Found by the simulator: the bank returned all of it while ten rubles of it were asked for, and then refused those."""
    topup = payment()
    returned(topup, "10.00")
    all_of_it = bank.returns("p1")
    heard(all_of_it, cid=cid.new())
    assert len(lines(DifferenceKind.SUM)) == 1
    bank.no = "nothing is left of it"
    work(refunds.QUEUE)
    assert ledger.available(topup.customer) == Decimal("10.00")

    heard(all_of_it, cid=cid.new())
    assert (states(topup), ledger.available(topup.customer)) == (("refunded", "refused", "done", "done"), 0)
    assert lines() == []
    assert heard(all_of_it, cid=cid.new()) is None


def test_what_is_not_there_is_not_returned(payment, bank, met):
    topup = payment()
    offer = topups.start(met(), HUNDRED, provider="bank", cid=cid.new())
    for pk in (offer.pk, 0):
        with pytest.raises(CannotReturn):
            ask(pk, HUNDRED, by="admin:1", reason="x")
    ledger.hold(topup.customer, Decimal("0.01"), ref="hold:job:1", cid=cid.new())
    with pytest.raises(ledger.NotEnoughMoney):
        returned(topup)
    assert not Refund.objects.exists()


def test_stars_go_back_only_whole(met):
    offer = topups.start(met(), HUNDRED, cid=cid.new())
    topups.paid(offer, external_id="c1", currency="XTR", minor_amount=160, cid=cid.new())
    with pytest.raises(CannotReturn, match="целиком"):
        returned(offer, "50.00")
    assert returned(offer).minor_amount == 160


def test_a_receiver_that_fails_leaves_nothing_half_done(payment, bank, work):
    topup = payment()
    refund = returned(topup)

    def fail(**_):
        raise RuntimeError("receiver")

    refund_ended.connect(fail)
    with pytest.raises(RuntimeError):
        done(refund.pk, "return-1")
    refund_ended.disconnect(fail)
    assert states(topup) == ("paid", "asked")
    assert done(refund.pk, "return-1")


@pytest.mark.django_db(transaction=True)
def test_sixteen_who_ask_at_once_return_no_more_than_came(payment, bank, work, together):
    topup = payment()
    ledger.bonus(topup.customer, Decimal("1000.00"), ref="bonus:more", cid=cid.new())  # the wallet is no guard here

    outcomes = together(16, lambda _: returned(topup, "30.00"))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["BadAmount"] * 13 + ["Refund"] * 3
    work(refunds.QUEUE)
    assert ledger.available(topup.customer) == Decimal("1010.00")


@pytest.mark.django_db(transaction=True)
def test_asked_for_by_us_while_the_provider_returns_it_the_sum_leaves_once(payment, bank, together):
    for number in range(1, 6):
        topup = payment()
        said = bank.returns(f"p{number}", number=f"return-{number}")

        outcomes = together(
            6, lambda n, topup=topup, said=said: heard(said, cid=cid.new()) if n % 2 else returned(topup)
        )

        assert {type(one).__name__ for one in outcomes} <= {"Refund", "NoneType", "CannotReturn", "BadAmount"}
        assert (states(topup), ledger.available(topup.customer)) == (("refunded", "done"), 0)


@pytest.mark.django_db(transaction=True)
def test_news_of_a_return_that_is_just_being_given_up_wait_for_no_circle(payment, bank, together, monkeypatch):
    """The worker has its row locked and writes a line about the payment; the news have the payment and want the row."""
    from threading import Event

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


@pytest.mark.django_db(transaction=True)
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


@pytest.mark.django_db(transaction=True)
def test_eight_workers_make_one_return(payment, bank, together):
    topup = payment()
    returned(topup)
    instance.beat("worker")
    together(8, lambda _: run_due(refunds.QUEUE, instance.me()))

    assert (states(topup), len(bank.made), len(bank.asked)) == (("refunded", "done"), 1, 1)
