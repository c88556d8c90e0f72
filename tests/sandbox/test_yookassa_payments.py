"""Payments at the local YooKassa, by the official SDK: states, idempotence, lists, receipts, and what is refused."""

from __future__ import annotations

import pytest
import requests
from yookassa import Payment, Settings
from yookassa.domain.exceptions import BadRequestError, NotFoundError, UnauthorizedError
from yookassa.domain.notification import WebhookNotification

from tests.sandbox.kie_side import DEADLINE_S
from tests.sandbox.payment_side import YooKassa, new_key


def test_a_payment_is_pending_until_the_person_pays_and_then_has_succeeded(yookassa: YooKassa) -> None:
    made = yookassa.create("500.50", description="Баланс", metadata={"topup": "17"})
    assert (made.status, made.paid, made.confirmation.type) == ("pending", False, "redirect")
    assert yookassa.press(made.id, "pay").status_code == 200
    found = Payment.find_one(made.id)
    assert (found.status, found.paid, found.refundable, str(found.amount.value)) == ("succeeded", True, True, "500.50")
    assert (found.description, found.metadata["topup"], found.captured_at is not None) == ("Баланс", "17", True)
    assert yookassa.press(made.id, "pay").status_code == yookassa.press(made.id, "decline").status_code == 409


def test_a_notice_is_what_the_sdk_reads(yookassa: YooKassa) -> None:
    made = yookassa.create()
    yookassa.press(made.id, "pay")
    headers, body = yookassa.receiver.next()
    notification = WebhookNotification(body)
    assert (notification.event, notification.object.id, notification.object.status) == (
        "payment.succeeded",
        made.id,
        "succeeded",
    )
    assert not any("sign" in name for name in headers)


def test_without_capture_the_money_is_held_until_the_shop_takes_it_or_lets_it_go(yookassa: YooKassa) -> None:
    taken, partly, let_go = (yookassa.create("100.00", capture=False) for _ in range(3))
    for made in (taken, partly, let_go):
        yookassa.press(made.id, "pay")
        assert yookassa.told()[0] == "payment.waiting_for_capture"
    assert Payment.capture(taken.id, None, new_key()).status == "succeeded"
    less = Payment.capture(partly.id, {"amount": {"value": "60.00", "currency": "RUB"}}, new_key())
    assert (less.status, str(less.amount.value)) == ("succeeded", "60.00")
    canceled = Payment.cancel(let_go.id, new_key())
    details = canceled.cancellation_details
    assert (canceled.status, details.party, details.reason) == ("canceled", "merchant", "canceled_by_merchant")
    told = {about["id"]: event for event, about in (yookassa.told() for _ in range(3))}  # in any order
    succeeded = "payment.succeeded"
    assert told == {taken.id: succeeded, partly.id: succeeded, let_go.id: "payment.canceled"}
    with pytest.raises(BadRequestError):
        Payment.capture(let_go.id, None, new_key())
    with pytest.raises(BadRequestError):
        Payment.cancel(taken.id, new_key())


def test_a_declined_payment_is_canceled_and_told(yookassa: YooKassa) -> None:
    made = yookassa.create()
    yookassa.press(made.id, "decline")
    event, about = yookassa.told()
    assert (event, about["id"], about["paid"]) == ("payment.canceled", made.id, False)
    assert Payment.find_one(made.id).cancellation_details.reason == "general_decline"


@pytest.mark.parametrize(
    ("capture", "ahead_s", "reason"),
    [(True, 3_601, "expired_on_confirmation"), (False, 604_801, "expired_on_capture")],
)
def test_what_nobody_finishes_expires_and_is_told_without_being_asked(yookassa, capture, ahead_s, reason) -> None:
    made = yookassa.create(capture=capture)
    if not capture:
        yookassa.press(made.id, "pay")
        assert yookassa.told()[0] == "payment.waiting_for_capture"
    yookassa.config(clock_ahead_s=ahead_s)
    told = {}
    while told.get("id") != made.id:  # payments that other tests have left open expire too
        event, told = yookassa.told()
    assert (event, told["cancellation_details"]) == ("payment.canceled", {"party": "yoo_money", "reason": reason})
    assert yookassa.press(made.id, "pay").status_code == 409


def test_the_same_key_with_the_same_body_is_the_same_payment(yookassa: YooKassa) -> None:
    key = new_key()
    first = yookassa.create("77.00", key)
    yookassa.press(first.id, "pay")
    second = yookassa.create("77.00", key)
    assert (second.id, second.status) == (first.id, "succeeded")
    with pytest.raises(BadRequestError) as refused:
        yookassa.create("78.00", key)
    error = refused.value.content
    assert (error["description"], error["parameter"]) == ("Idempotence key duplicated", "Idempotence-Key")
    yookassa.config(clock_ahead_s=24 * 3600 + 1)
    assert yookassa.create("78.00", key).id != first.id  # a key is known for a day


def test_a_refusal_uses_up_no_key(yookassa: YooKassa) -> None:
    key = new_key()
    assert yookassa.post("payments", yookassa.body("0.00"), key).status_code == 400
    assert yookassa.post("payments", yookassa.body("1.00"), key).status_code == 200


def test_lists_come_newest_first_in_pieces_and_filtered(yookassa: YooKassa) -> None:
    ids = [yookassa.paid(f"{n}.00").id for n in range(1, 4)]
    start = Payment.find_one(ids[0]).created_at
    query = {"created_at.gte": start, "status": "succeeded", "limit": 2}
    page = Payment.list(query)
    rest = Payment.list(query | {"cursor": page.next_cursor})
    assert [one.id for one in page.items] == [ids[2], ids[1]]
    assert ([one.id for one in rest.items], rest.next_cursor) == ([ids[0]], None)
    assert Payment.list({"created_at.gt": start, "status": "canceled"}).items == []
    assert ids[0] not in [one.id for one in Payment.list({"created_at.gt": start, "limit": 100}).items]
    with pytest.raises(BadRequestError):
        Payment.list({"limit": 101})
    with pytest.raises(BadRequestError):
        Payment.list({"created_at.gte": "yesterday"})


RECEIPT = {
    "customer": {"email": "anna@example.org"},
    "items": [
        {"description": "Баланс", "quantity": "2", "amount": {"value": "250.00", "currency": "RUB"}, "vat_code": 1}
    ],
}


def test_a_shop_that_sends_receipts_must_send_one_that_fits(yookassa: YooKassa) -> None:
    yookassa.config(receipt_required=True)
    missing = yookassa.post("payments", yookassa.body()).json()
    assert (missing["code"], missing["parameter"]) == ("invalid_request", "receipt")
    assert missing["description"] == "Receipt is missing or illegal"
    other_sum = yookassa.post("payments", yookassa.body("500.01", receipt=RECEIPT)).json()
    assert other_sum["parameter"] == "receipt.items"
    nobody = yookassa.post("payments", yookassa.body(receipt=RECEIPT | {"customer": {}})).json()
    assert nobody["parameter"] == "receipt.customer"
    no_vat = [{name: value for name, value in RECEIPT["items"][0].items() if name != "vat_code"}]
    assert (
        "vat_code" in yookassa.post("payments", yookassa.body(receipt=RECEIPT | {"items": no_vat})).json()["parameter"]
    )
    assert yookassa.paid(receipt=RECEIPT).receipt_registration == "succeeded"
    assert Settings.get_account_settings().fiscalization_enabled is True


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"amount": None}, "amount"),
        ({"amount": {"value": "1.001", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": 100, "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "-1.00", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "1.00", "currency": "USD"}}, "amount.currency"),
        ({"confirmation": None}, "confirmation.type"),
        ({"confirmation": {"type": "redirect", "return_url": "javascript:alert(1)"}}, "confirmation.return_url"),
        ({"description": "x" * 129}, "description"),
        ({"metadata": {"key": 5}}, "metadata"),
        ({"metadata": {str(n): "" for n in range(17)}}, "metadata"),
        ({"payment_method_data": {"type": "cheque"}}, "payment_method_data.type"),
    ],
)
def test_a_wrong_request_is_refused_in_yookassas_form(yookassa, change, parameter) -> None:
    answer = yookassa.post("payments", yookassa.body() | change)
    said = answer.json()
    assert (answer.status_code, said["type"], said["code"], said["parameter"]) == (
        400,
        "error",
        "invalid_request",
        parameter,
    )
    assert said["id"]
    assert said["description"]


def test_who_is_not_the_shop_and_what_is_not_there(yookassa: YooKassa, monkeypatch: pytest.MonkeyPatch) -> None:
    from yookassa import Configuration

    assert yookassa.post("payments", yookassa.body(), key=None).json()["parameter"] == "Idempotence-Key"
    assert yookassa.post("payments", yookassa.body(), key="k" * 65).json()["parameter"] == "Idempotence-Key"
    with pytest.raises(NotFoundError):
        Payment.find_one("00000000-0000-0000-0000-000000000000")
    monkeypatch.setattr(Configuration, "secret_key", "anothers")
    with pytest.raises(UnauthorizedError) as refused:
        yookassa.create()
    assert refused.value.content["code"] == "invalid_credentials"


def test_the_page_has_both_buttons_and_shows_what_became_of_it(yookassa: YooKassa) -> None:
    made = yookassa.create("1234.50", description="<b>Баланс</b>")
    page = requests.get(made.confirmation.confirmation_url, timeout=DEADLINE_S)
    assert "1\u00a0234,50\u00a0₽" in page.text
    assert "&lt;b&gt;Баланс&lt;/b&gt;" in page.text
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    for button in ("pay", "decline"):
        assert f"action='/sandbox/payments/{made.id}/{button}'" in page.text
    url = f"{yookassa.origin}/sandbox/payments/{made.id}/pay"
    strange = requests.post(url, headers={"Origin": "https://evil.example"}, timeout=DEADLINE_S)
    after = requests.post(url, headers={"Accept": "text/html", "Origin": yookassa.origin}, timeout=DEADLINE_S)
    assert (strange.status_code, after.url) == (403, made.confirmation.confirmation_url)
    assert "Оплачено" in after.text
    assert "https://t.me/trt_bot" in after.text
    assert "<form" not in after.text
