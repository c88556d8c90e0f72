"""The local Crypto Pay's updates, their signature, and its faults."""

from __future__ import annotations

import hashlib
import hmac

import pytest
import requests

from tests.sandbox.payment_side import CRYPTO_TOKEN, CryptoPay, new_key


def genuine(cryptopay: CryptoPay, headers: dict, number: int) -> bool:
    """By the documentation's own example, over the bytes that came."""
    secret = hashlib.sha256(CRYPTO_TOKEN.encode()).digest()
    signature = hmac.new(secret, cryptopay.receiver.raw[number], hashlib.sha256).hexdigest()
    return headers["crypto-pay-api-signature"] == signature


def paid(cryptopay: CryptoPay) -> dict:
    invoice = cryptopay.invoice(payload="Пополнение")
    assert cryptopay.pay(invoice).status_code == 200
    return invoice


def test_a_payment_is_told_with_a_signature_over_the_raw_body(cryptopay: CryptoPay) -> None:
    invoice = paid(cryptopay)
    headers, body = cryptopay.receiver.next()
    assert (body["update_type"], body["payload"]) == ("invoice_paid", cryptopay.now(invoice))
    assert body["request_date"].endswith("Z")
    assert genuine(cryptopay, headers, 0)


def test_an_update_is_repeated_until_it_is_taken(cryptopay: CryptoPay) -> None:
    cryptopay.receiver.answers[:] = [500, 302, 204]
    invoice = paid(cryptopay)
    updates = {cryptopay.receiver.next()[1]["update_id"] for _ in range(3)}
    (notice,) = cryptopay.settled("invoices", "invoice_id", invoice["invoice_id"])
    assert (len(updates), notice["state"], notice["tries"]) == (1, "answered", 3)


def test_an_update_that_nobody_takes_is_dropped_at_last(cryptopay: CryptoPay) -> None:
    cryptopay.receiver.answers[:] = [500] * 4
    invoice = paid(cryptopay)
    (notice,) = cryptopay.settled("invoices", "invoice_id", invoice["invoice_id"])
    assert (notice["state"], notice["tries"]) == ("dropped", 4)


def test_a_duplicate_comes_twice(cryptopay: CryptoPay) -> None:
    cryptopay.fault("notice", "duplicate")
    invoice = paid(cryptopay)
    assert [cryptopay.told()[1]["invoice_id"] for _ in range(2)] == [invoice["invoice_id"]] * 2


def test_a_late_one_comes_after_that_of_a_later_invoice(cryptopay: CryptoPay) -> None:
    cryptopay.fault("notice", "late", seconds=1)
    first, second = paid(cryptopay), paid(cryptopay)
    told = [cryptopay.told()[1]["invoice_id"] for _ in range(2)]
    assert told == [second["invoice_id"], first["invoice_id"]]


def test_an_undelivered_one_is_never_sent_and_the_invoice_is_paid(cryptopay: CryptoPay) -> None:
    cryptopay.fault("notice", "not_delivered")
    first, second = paid(cryptopay), paid(cryptopay)
    assert cryptopay.told()[1]["invoice_id"] == second["invoice_id"]
    assert cryptopay.settled("invoices", "invoice_id", first["invoice_id"]) == []
    assert cryptopay.now(first)["status"] == "paid"


def test_a_forged_one_claims_that_an_unpaid_invoice_is_paid(cryptopay: CryptoPay) -> None:
    cryptopay.fault("createInvoice", "forged")
    invoice = cryptopay.invoice()
    headers, body = cryptopay.receiver.next()
    assert (body["payload"]["invoice_id"], body["payload"]["status"]) == (invoice["invoice_id"], "paid")
    assert not genuine(cryptopay, headers, 0)
    assert cryptopay.now(invoice)["status"] == "active"


def test_a_forged_one_goes_before_the_true_one(cryptopay: CryptoPay) -> None:
    cryptopay.fault("notice", "forged")
    paid(cryptopay)
    lie, truth = cryptopay.receiver.next(), cryptopay.receiver.next()
    assert (genuine(cryptopay, lie[0], 0), genuine(cryptopay, truth[0], 1)) == (False, True)


@pytest.mark.parametrize(
    ("fault", "params", "refusal"),
    [
        ("429", {}, (429, "TOO_MANY_REQUESTS")),
        ("500", {}, (500, "INTERNAL_ERROR")),
        ("500_after", {}, (500, "INTERNAL_ERROR")),
        ("code", {"code": 400, "name": "USER_NOT_FOUND"}, (400, "USER_NOT_FOUND")),
    ],
)
def test_answers_that_say_no(cryptopay: CryptoPay, fault: str, params: dict, refusal: tuple[int, str]) -> None:
    cryptopay.fault("transfer", fault, **params)
    spend = new_key()
    asked = {"user_id": 1, "asset": "USDT", "amount": "1", "spend_id": spend}
    assert cryptopay.no("transfer", **asked) == refusal
    done = cryptopay.ok("getTransfers", spend_id=spend)["items"]
    assert len(done) == (fault == "500_after")


@pytest.mark.parametrize(("fault", "done"), [("answer_lost", 1), ("refused", 0)])
def test_a_lost_answer_to_a_transfer_is_cleared_up_by_its_spend_id(cryptopay, fault, done) -> None:
    cryptopay.fault("transfer", fault)
    asked = {"user_id": 1, "asset": "USDT", "amount": "1", "spend_id": new_key()}
    with pytest.raises(requests.ConnectionError):
        cryptopay.call("transfer", **asked)
    assert len(cryptopay.ok("getTransfers", spend_id=asked["spend_id"])["items"]) == done


def test_silence_does_nothing(cryptopay: CryptoPay) -> None:
    cryptopay.fault("createInvoice", "timeout")
    before = cryptopay.ok("getInvoices")["items"]
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{cryptopay.origin}/api/createInvoice",
            json={"asset": "TON", "amount": "1"},
            headers={"Crypto-Pay-API-Token": CRYPTO_TOKEN},
            timeout=0.3,
        )
    assert cryptopay.ok("getInvoices")["items"] == before


def test_the_record_can_lie_about_the_amount(cryptopay: CryptoPay) -> None:
    invoice = paid(cryptopay)
    cryptopay.fault("getInvoices", "other_amount", value="5", currency="USD")
    lied, true = cryptopay.now(invoice), cryptopay.now(invoice)
    assert (lied["amount"], lied["fiat"], true["amount"], true["fiat"]) == ("5", "USD", "500", "RUB")
