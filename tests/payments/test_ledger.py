"""Movements of money, one at a time: what each does, what a repeat does, what is refused."""

from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from payments import ledger
from payments.amount import BadAmount
from payments.models import Kind, Transfer
from reliability import cid

TEN = Decimal("10.00")
BY = {"actor": "admin:1", "note": "asked for by phone"}


def standing(customer):
    return ledger.available(customer), ledger.held(customer)


def hold(customer, amount=TEN, ref="hold:job:1"):
    return ledger.hold(customer, amount, ref=ref, cid=cid.new())


MOVEMENTS = {  # what it does to 100.00 available and 20.00 held
    "topup": (
        lambda who: ledger.topup(who, TEN, provider="stars", external_id="c1", cid=cid.new()),
        "provider:stars",
        "wallet",
        "110.00",
        "20.00",
    ),
    "hold": (hold, "wallet", "hold", "90.00", "30.00"),
    "bonus": (lambda who: ledger.bonus(who, TEN, ref="b:1", cid=cid.new()), "promo", "wallet", "110.00", "20.00"),
    "refund": (
        lambda who: ledger.refund(who, TEN, provider="stars", ref="r:1", cid=cid.new()),
        "wallet",
        "provider:stars",
        "90.00",
        "20.00",
    ),
    "refund_failure": (
        lambda who: ledger.refund_failure(returned_twenty(who), ref="f:1", cid=cid.new(), **BY),
        "provider:stars",
        "wallet",
        "120.00",
        "20.00",
    ),
    "payout": (
        lambda who: ledger.payout(who, TEN, ref="p:1", cid=cid.new(), **BY),
        "wallet",
        "payout",
        "90.00",
        "20.00",
    ),
    "adjust_in": (
        lambda who: ledger.adjust(who, TEN, ref="a:1", cid=cid.new(), **BY),
        "adjustment",
        "wallet",
        "110.00",
        "20.00",
    ),
    "adjust_out": (
        lambda who: ledger.adjust(who, TEN, ref="a:1", cid=cid.new(), debit=True, **BY),
        "wallet",
        "adjustment",
        "90.00",
        "20.00",
    ),
    "capture": (
        lambda who: ledger.capture(held_twenty(who), ref="capture:job:0", cid=cid.new()),
        "hold",
        "revenue",
        "100.00",
        "0.00",
    ),
    "release": (
        lambda who: ledger.release(held_twenty(who), ref="release:job:0", cid=cid.new()),
        "hold",
        "wallet",
        "120.00",
        "0.00",
    ),
}


def returned_twenty(customer):
    return Transfer.objects.get(ref=f"refund:twenty:{customer.pk}")


def held_twenty(customer):
    return Transfer.objects.get(ref=f"hold:twenty:{customer.pk}")


@pytest.mark.parametrize("kind", Kind.values)
def test_a_movement_moves_once_and_its_repeat_returns_it(db, met, kind):
    act, debit, credit, balance, held = MOVEMENTS[kind]
    customer = met("140.00")
    ledger.refund(customer, Decimal("20.00"), provider="stars", ref=f"refund:twenty:{customer.pk}", cid=cid.new())
    hold(customer, Decimal("20.00"), ref=f"hold:twenty:{customer.pk}")

    made, again = act(customer), act(customer)

    assert again == made
    assert (made.kind, made.debit, made.credit, made.n) == (kind, debit, credit, 4)
    assert standing(customer) == (made.balance_after, made.held_after) == (Decimal(balance), Decimal(held))
    assert made.effect == Decimal(balance) - 100


def test_transfers_are_numbered_without_gaps_also_after_a_refusal(customer):
    hold(customer)
    with pytest.raises(ledger.NotEnoughMoney):
        hold(customer, Decimal("90.01"), ref="hold:job:2")
    hold(customer, ref="hold:job:3")

    assert list(Transfer.objects.of(customer).values_list("n", flat=True)) == [3, 2, 1]


def test_not_enough_money_says_how_much_is_missing_and_moves_nothing(customer):
    with pytest.raises(ledger.NotEnoughMoney) as refusal:
        hold(customer, Decimal("100.01"))

    assert (refusal.value.needed, refusal.value.available) == (Decimal("100.01"), Decimal("100.00"))
    assert standing(customer) == (Decimal("100.00"), Decimal("0.00"))


def test_the_last_kopeck_may_be_held(customer):
    hold(customer, Decimal("100.00"))

    assert standing(customer) == (Decimal("0.00"), Decimal("100.00"))


@pytest.mark.parametrize("settle", [ledger.capture, ledger.release])
def test_a_settled_hold_is_not_settled_again_under_another_ref(customer, settle):
    held = hold(customer)
    ledger.capture(held, ref="capture:job:1", cid=cid.new())

    with pytest.raises(ledger.AlreadySettled):
        settle(held, ref="again:job:1", cid=cid.new())
    assert standing(customer) == (Decimal("90.00"), Decimal("0.00"))


def test_one_ref_does_not_settle_two_holds_of_the_same_amount(customer):
    first, second = hold(customer), hold(customer, ref="hold:job:2")
    ledger.capture(first, ref="capture:job:1", cid=cid.new())

    with pytest.raises(ledger.RefConflict):
        ledger.capture(second, ref="capture:job:1", cid=cid.new())
    assert ledger.held(customer) == TEN


def test_only_a_hold_is_settled(customer):
    gift = Transfer.objects.get(customer=customer, kind=Kind.BONUS)

    with pytest.raises(ledger.LedgerError):
        ledger.release(gift, ref="release:x", cid=cid.new())
    assert standing(customer) == (Decimal("100.00"), Decimal("0.00"))


@pytest.mark.parametrize(
    "other",
    [
        lambda who, met: hold(who, Decimal("10.01")),
        lambda who, met: hold(met("50.00")),
        lambda who, met: ledger.bonus(who, TEN, ref="hold:job:1", cid=cid.new()),
        lambda who, met: ledger.release(hold(who, ref="hold:job:2"), ref="hold:job:1", cid=cid.new()),
    ],
    ids=["amount", "person", "kind", "settles"],
)
def test_other_facts_under_a_known_ref_are_refused_and_logged(customer, met, other):
    hold(customer)
    moved = Transfer.objects.count()

    with capture_logs() as lines, pytest.raises(ledger.RefConflict):
        other(customer, met)

    assert not Transfer.objects.filter(ref="hold:job:1").exclude(customer=customer, amount=TEN, kind="hold").exists()
    assert Transfer.objects.filter(ref="hold:job:1").count() == 1
    assert Transfer.objects.count() - moved <= 1  # the other person's bonus, the other hold
    assert [(line["event"], line["log_level"], line["ref"]) for line in lines] == [
        ("ledger.ref_conflict", "error", "hold:job:1")
    ]


def test_one_payment_id_at_two_providers_is_two_payments(customer):
    for provider in ("stars", "yookassa"):
        ledger.topup(customer, TEN, provider=provider, external_id="1", cid=cid.new())

    assert ledger.available(customer) == Decimal("120.00")


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "Infinity"])
def test_what_is_no_amount_does_not_move(customer, amount):
    with pytest.raises(BadAmount):
        hold(customer, Decimal(amount))


def test_a_topup_and_a_correction_have_their_limits(customer):
    with pytest.raises(BadAmount):
        ledger.topup(customer, Decimal("50000.01"), provider="stars", external_id="1", cid=cid.new())
    with pytest.raises(BadAmount):
        ledger.adjust(customer, Decimal("1000000.01"), ref="a:1", cid=cid.new(), **BY)
    assert ledger.available(customer) == Decimal("100.00")
