"""A request with a receipt waits until somebody answers: on the work list after a day, never ended by itself."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from payments import difference, ledger, paying, receipts, topups
from payments.models import Difference, DifferenceKind, TopUp, TopUpState
from reliability import clock, instance
from reliability.due import run_due
from tests.payments.operators import do
from tests.payments.papers import anna, asked, request_, taken

__all__ = ["anna", "request_"]
pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24, seconds=1)


def pays() -> int:
    instance.beat("worker")
    return run_due(paying.QUEUE, instance.me())


def test_a_receipt_that_nobody_answers_for_a_day_is_on_the_work_list_and_never_ends_by_itself(request_):
    taken(request_)
    with clock.moved(timedelta(hours=23)):
        assert pays() == 0
    for hours in (0, 1, 30):
        with clock.moved(DAY + timedelta(hours=hours)):
            assert pays() == 1
    request_.refresh_from_db()
    assert request_.state == TopUpState.PENDING
    line = Difference.objects.get()
    assert (line.kind, line.topup, line.rubles, line.ended_at) == (DifferenceKind.RECEIPT_WAITS, request_, 500, None)


@pytest.mark.django_db(transaction=True)
def test_it_is_an_alert_in_the_log_once(met):
    taken(asked(met()))
    with capture_logs() as lines:
        for hours in (0, 2):
            with clock.moved(DAY + timedelta(hours=hours)):
                pays()
    alerts = [line for line in lines if line["log_level"] == "error"]
    assert [(line["event"], line["kind"]) for line in alerts] == [("money.difference", "receipt_waits")]


@pytest.mark.parametrize(
    "decide",
    [
        lambda pk: topups.approve(pk, by="admin:1"),
        lambda pk: topups.reject(pk, by="admin:1", reason="not in the bank"),
        receipts.take_back,
    ],
)
def test_an_answer_takes_it_off_the_list(request_, decide):
    taken(request_)
    receipts.still_waits(request_.pk)
    assert decide(request_.pk)
    assert not Difference.objects.open().exists()
    assert receipts.still_waits(request_.pk) is None
    assert not Difference.objects.open().exists()


def test_a_step_that_keeps_failing_turns_no_receipt_down(request_, monkeypatch):
    taken(request_)
    found = difference.found
    monkeypatch.setattr(difference, "found", lambda *_, **__: 1 / 0)
    for hours in range(paying.QUEUE.max_attempts):
        with clock.moved(DAY + timedelta(hours=hours)):
            pays()
    monkeypatch.setattr(difference, "found", found)
    with clock.moved(DAY * 3):
        pays()

    request_.refresh_from_db()
    assert (request_.state, request_.reason) == (TopUpState.PENDING, "")
    assert Difference.objects.open().get().kind == DifferenceKind.RECEIPT_WAITS
    with clock.moved(DAY * 3 + timedelta(hours=2)):
        assert pays() == 1
    request_.refresh_from_db()
    assert request_.attempts == 0


def test_a_request_taken_back_is_not_credited_until_a_receipt_opens_it_again(request_, anna):
    taken(request_)
    assert receipts.take_back(request_.pk)
    assert not receipts.take_back(request_.pk)
    assert topups.approve(request_.pk, by="admin:1") is None
    taken(request_)
    assert topups.approve(request_.pk, by="admin:1")
    assert ledger.available(anna) == 500


@pytest.mark.django_db(transaction=True)
def test_a_person_who_takes_back_while_an_operator_approves_has_one_outcome(met, together):
    for _ in range(5):
        anna = met()
        request = asked(anna)
        taken(request)
        both = together(2, lambda n, pk=request.pk: topups.approve(pk, by="admin:1") if n else receipts.take_back(pk))
        request.refresh_from_db()
        assert bool(both[0]) is not bool(both[1])
        assert (ledger.available(anna) == 500) is (request.state == TopUpState.PAID) is bool(both[1])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["approve", "reject"])
def test_an_operator_who_answers_while_its_line_is_written_again_waits_for_it_and_is_not_waited_for(
    met, ann, together, act
):
    """Top-up before line, whoever comes: else one of them would be a deadlock's victim."""
    for _ in range(8):
        request = asked(met())
        taken(request)
        receipts.still_waits(request.pk)

        def comes(number, request=request):
            if number == 3:
                return do(act, TopUp.objects.get(pk=request.pk), ann, "500.00" if act == "approve" else None)
            return receipts.still_waits(request.pk)

        assert [one for one in together(6, comes) if isinstance(one, Exception)] == []
        assert Difference.objects.get(topup=request).ended_by == ann.username
