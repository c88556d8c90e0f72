"""What every way to pay must stand: its provider is silent, or does what was asked and its answer is lost."""

from datetime import timedelta

import pytest

from payments import ledger, reconcile, refunds
from payments.difference import Difference, DifferenceKind
from payments.providers import wire
from payments.signals import topup_moved
from reliability import clock
from tests.payments.kit.cases import every_way
from tests.payments.kit.drivers.driver import HUNDRED, Driver, reloaded, work

pytestmark = pytest.mark.django_db
SILENCES = ["500", "502", "429", "refused"]


@every_way("bills")
@pytest.mark.parametrize("silence", [*SILENCES, "500_after", "answer_lost"])
def test_a_provider_that_does_not_answer_makes_one_invoice_in_the_end(way: Driver, silence: str) -> None:
    way.fault("create", silence, times=3)
    topup = way.offer(way.somebody())
    for second in (5, 10, 20):
        with clock.moved(timedelta(seconds=second)):
            work()

    topup = reloaded(topup)
    assert (topup.state, way.invoices(topup)) == ("pending", [topup.invoice_id])


@every_way("bills")
def test_a_provider_that_never_answers_is_given_up_and_the_person_told_once(way: Driver) -> None:
    told = []
    hear = lambda topup, **_: told.append(topup.state)  # noqa: E731
    topup_moved.connect(hear)
    try:
        way.fault("create", "500", times=0)
        topup = way.offer(way.somebody())
        for second in range(0, 120, 5):
            with clock.moved(timedelta(seconds=second)):
                work()
    finally:
        topup_moved.disconnect(hear)

    topup = reloaded(topup)
    assert (topup.state, topup.decided_by, told) == ("rejected", way.name, ["rejected"])


@every_way("asked")
@pytest.mark.parametrize("silence", SILENCES)
def test_a_payment_that_cannot_be_asked_for_is_asked_for_again(way: Driver, silence: str) -> None:
    topup = way.offer(way.somebody())
    way.pays(topup)
    way.fault("query", silence, times=2)
    for minute in range(1, 5):
        with clock.moved(timedelta(minutes=minute)):
            work()

    assert (reloaded(topup).state, ledger.available(topup.customer)) == ("paid", HUNDRED)


@every_way("asked")
def test_a_silent_provider_holds_the_worker_for_no_longer_than_the_limit(
    way: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "TOTAL_S", 0.3)
    topup = way.offer(way.somebody())
    way.fault("query", "timeout")

    with pytest.raises(way.unavailable, match="no answer: ReadTimeout"):
        way.provider.query(topup)


@every_way("returns")
@pytest.mark.parametrize("silence", ["500", "429"])
def test_a_return_that_is_not_answered_is_asked_for_again(way: Driver, silence: str) -> None:
    topup = way.paid(way.somebody())
    way.fault("refund", silence, times=2)
    refund = refunds.ask(topup.pk, HUNDRED, by="admin:1", reason="просьба")
    for second in (0, 10, 30, 60):
        with clock.moved(timedelta(seconds=second)):
            work()

    assert (reloaded(refund).state, reloaded(topup).state) == ("done", "refunded")
    assert len(way.went_back(topup)) == 1
    assert ledger.available(topup.customer) == 0


@every_way("returns")
def test_a_return_whose_answer_is_lost_is_made_once(way: Driver) -> None:
    topup = way.paid(way.somebody())
    way.fault("refund", "answer_lost")
    refund = refunds.ask(topup.pk, HUNDRED, by="admin:1", reason="просьба")
    work()
    assert (reloaded(refund).state, len(way.went_back(topup))) == ("asked", 1)
    with clock.moved(timedelta(seconds=30)):
        work()

    assert (reloaded(refund).state, len(way.went_back(topup))) == ("done", 1)
    assert ledger.available(topup.customer) == 0


@every_way("returns", "lists")
def test_a_return_that_nobody_knows_the_end_of_is_settled_by_comparing(way: Driver) -> None:
    topup = way.paid(way.somebody())
    way.fault("refund", "answer_lost")
    refund = refunds.ask(topup.pk, HUNDRED, by="admin:1", reason="просьба")
    work()
    refunds.bury(reloaded(refund), "no answer")
    line = Difference.objects.get(kind=DifferenceKind.REFUND_UNCLEAR, key__endswith=refund.ref)
    assert (reloaded(refund).state, line.ended_at) == ("unclear", None)
    reconcile.all()

    assert (reloaded(refund).state, ledger.available(topup.customer)) == ("done", 0)
    assert reloaded(line).ended_at is not None
