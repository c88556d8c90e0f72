"""The local YooKassa's notices and faults, each seen through the official SDK as the shop would see it."""

from __future__ import annotations

import pytest
from yookassa import Payment
from yookassa.domain.exceptions import (
    ApiError,
    InternalServerError,
    ResponseProcessingError,
    TooManyRequestsError,
)

from tests.sandbox.payment_side import YooKassa, new_key


def made(yookassa: YooKassa) -> int:
    return sum(call["answer"].get("status") == "pending" for call in calls(yookassa))


def calls(yookassa: YooKassa) -> list[dict]:
    return yookassa.sandbox("GET", "journal?method=createPayment").json()["calls"]


def test_a_notice_is_repeated_until_200_and_no_other_answer_will_do(yookassa: YooKassa) -> None:
    yookassa.receiver.answers[:] = [503, 202, 307]
    payment = yookassa.create()
    yookassa.press(payment.id, "pay")
    assert [yookassa.told()[1]["id"] for _ in range(4)] == [payment.id] * 4
    (notice,) = yookassa.settled("payments", "id", payment.id)
    assert (notice["state"], notice["tries"], notice["answer"]) == ("answered", 4, "HTTP 200")


def test_a_notice_that_nobody_takes_is_dropped_at_last(yookassa: YooKassa) -> None:
    yookassa.receiver.answers[:] = [500] * 4
    payment = yookassa.create()
    yookassa.press(payment.id, "pay")
    (notice,) = yookassa.settled("payments", "id", payment.id)
    assert (notice["state"], notice["tries"]) == ("dropped", 4)


def test_a_duplicate_comes_twice(yookassa: YooKassa) -> None:
    yookassa.fault("notice", "duplicate")
    payment = yookassa.create()
    yookassa.press(payment.id, "pay")
    assert [yookassa.told()[1]["id"] for _ in range(2)] == [payment.id] * 2


def test_a_late_one_comes_after_that_of_a_later_payment(yookassa: YooKassa) -> None:
    yookassa.fault("notice", "late", seconds=1)
    first, second = yookassa.create(), yookassa.create()
    for payment in (first, second):
        yookassa.press(payment.id, "pay")
    assert [yookassa.told()[1]["id"] for _ in range(2)] == [second.id, first.id]


def test_an_undelivered_one_is_never_sent_and_the_payment_is_paid(yookassa: YooKassa) -> None:
    yookassa.fault("notice", "not_delivered")
    payment = yookassa.create()
    yookassa.press(payment.id, "pay")
    later = yookassa.create()
    yookassa.press(later.id, "pay")
    assert yookassa.told()[1]["id"] == later.id
    assert yookassa.settled("payments", "id", payment.id) == []
    assert Payment.find_one(payment.id).status == "succeeded"


def test_a_forged_one_claims_success_of_a_payment_that_is_not_paid(yookassa: YooKassa) -> None:
    yookassa.fault("createPayment", "forged")
    payment = yookassa.create()
    event, about = yookassa.told()
    assert (event, about["id"], about["status"], about["paid"]) == ("payment.succeeded", payment.id, "succeeded", True)
    assert Payment.find_one(payment.id).status == "pending"


@pytest.mark.parametrize(("button", "known"), [("pay", False), ("decline", True)])
def test_a_forged_one_comes_beside_the_true_one(yookassa: YooKassa, button: str, known: bool) -> None:
    yookassa.fault("notice", "forged")
    payment = yookassa.create()
    yookassa.press(payment.id, button)
    told = [yookassa.told(), yookassa.told()]  # two connections: the later one may arrive first
    true = payment.id, Payment.find_one(payment.id).status
    lies = [
        (event, one["status"], one["id"] == payment.id) for event, one in told if (one["id"], one["status"]) != true
    ]
    assert lies == [("payment.succeeded", "succeeded", known)]


@pytest.mark.parametrize(
    ("fault", "error"),
    [("429", TooManyRequestsError), ("500", InternalServerError), ("202", ResponseProcessingError)],
)
def test_an_answer_that_says_nothing_was_done_is_true(yookassa: YooKassa, fault: str, error: type[ApiError]) -> None:
    yookassa.fault("createPayment", fault)
    before, key = made(yookassa), new_key()
    with pytest.raises(error) as refused:
        yookassa.create(key=key)
    assert refused.value.content["retry_after"] == 1800
    assert made(yookassa) == before
    assert yookassa.create(key=key).status == "pending"


@pytest.mark.parametrize("fault", ["answer_lost", "500_after", "refused", "502"])
def test_after_doubt_the_same_key_tells(yookassa: YooKassa, fault: str) -> None:
    yookassa.fault("createPayment", fault)
    before, key = made(yookassa), new_key()
    with pytest.raises(Exception):  # noqa: B017, PT011  the SDK has no error of its own for a lost answer or for HTML
        yookassa.create(key=key)
    done = made(yookassa) - before
    assert done == (fault in {"answer_lost", "500_after"})
    assert yookassa.create(key=key).status == "pending"
    payments = yookassa.sandbox("GET", "payments").json()["payments"]
    assert len({call["answer"]["id"] for call in calls(yookassa)[-1 - done :]}) == 1
    assert payments[0]["id"] == calls(yookassa)[-1]["answer"]["id"]


def test_the_record_can_lie_about_the_amount(yookassa: YooKassa) -> None:
    payment = yookassa.paid("100.00")
    yookassa.fault("getPayment", "other_amount", value="5.00", currency="USD")
    lied, true = Payment.find_one(payment.id), Payment.find_one(payment.id)
    assert (str(lied.amount.value), lied.amount.currency) == ("5.00", "USD")
    assert (str(true.amount.value), true.amount.currency) == ("100.00", "RUB")


def test_a_fault_that_could_never_strike_is_refused(yookassa: YooKassa) -> None:
    wrong = {"method": "getPayment", "fault": "duplicate"}, {"method": "notice", "fault": "500"}
    answers = [yookassa.sandbox("POST", "faults", body).json() for body in wrong]
    assert not any(answer["ok"] for answer in answers)
    assert "use the method 'notice'" in answers[0]["error"]
    assert yookassa.sandbox("POST", "config", {"receipt_required": 1}).json()["error"].startswith("receipt_required")
    assert yookassa.sandbox("GET", "faults").json()["faults"] == []
