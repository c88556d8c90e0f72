"""Stars: a bill, the bot's word before it is paid, the payment, the refund, the books."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.sandbox.telegram_side import Hook, Reply, Telegram


def paying(telegram: Telegram, message_id: int, verdict: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The person pays; the bot, polling, says `verdict` to the pre-checkout."""
    said: list[dict[str, Any]] = []
    payer = threading.Thread(target=lambda: said.append(telegram.act("pay", message_id=message_id, **more)))
    payer.start()
    offset, query = 0, None
    while query is None:
        for update in telegram.ok("getUpdates", timeout=10, offset=offset):
            offset, query = update["update_id"] + 1, update.get("pre_checkout_query", query)
    telegram.ok("answerPreCheckoutQuery", pre_checkout_query_id=query["id"], **verdict)
    payer.join()
    telegram.ok("getUpdates", offset=offset)
    return {"query": query, **said[0]}


def test_a_paid_bill_is_a_payment_in_chat_update_and_books(telegram: Telegram) -> None:
    bill, before = telegram.bill(80, "order-7"), telegram.ok("getMyStarBalance")["amount"]
    assert bill["invoice"]["total_amount"] == 80
    assert bill["reply_markup"]["inline_keyboard"][0][0]["pay"] is True
    paid = paying(telegram, bill["message_id"], {"ok": True})
    assert (paid["query"]["invoice_payload"], paid["query"]["currency"], paid["query"]["total_amount"]) == (
        "order-7",
        "XTR",
        80,
    )
    receipt = telegram.ok("getUpdates")[-1]["message"]["successful_payment"]
    assert (receipt["telegram_payment_charge_id"], receipt["invoice_payload"]) == (paid["charge_id"], "order-7")
    assert telegram.chat()["messages"][-1]["successful_payment"] == receipt
    assert telegram.ok("getMyStarBalance")["amount"] == before + 80


def test_the_webhooks_answer_may_carry_the_verdict(telegram: Telegram, hook: Hook) -> None:
    bill = telegram.bill()
    telegram.hook_to(hook)
    said: list[dict[str, Any]] = []
    answering, reply = threading.Event(), Reply()
    reply.after = answering
    hook.replies = [reply]
    payer = threading.Thread(target=lambda: said.append(telegram.act("pay", message_id=bill["message_id"])))
    payer.start()
    query_id = hook.next().update["pre_checkout_query"]["id"]
    reply.body = {"method": "answerPreCheckoutQuery", "pre_checkout_query_id": query_id, "ok": True}
    answering.set()
    payer.join()
    assert said[0]["paid"] is True
    assert hook.next().update["message"]["successful_payment"]["telegram_payment_charge_id"] == said[0]["charge_id"]


def test_a_refusal_reaches_the_person_and_nothing_is_paid(telegram: Telegram) -> None:
    bill, before = telegram.bill(), telegram.ok("getMyStarBalance")
    paid = paying(telegram, bill["message_id"], {"ok": False, "error_message": "Счёт устарел"})
    assert (paid["paid"], paid["reason"]) == (False, "Счёт устарел")
    assert telegram.ok("getMyStarBalance") == before


@pytest.mark.long
def test_a_bot_that_is_silent_for_ten_seconds_loses_the_payment(telegram: Telegram) -> None:
    bill = telegram.bill()
    paid = telegram.act("pay", message_id=bill["message_id"])
    assert paid == {"paid": False, "reason": "The bot did not answer the pre-checkout within 10 seconds."}
    query = telegram.ok("getUpdates")[-1]["pre_checkout_query"]
    late = telegram.refusal("answerPreCheckoutQuery", pre_checkout_query_id=query["id"], ok=True)
    assert late == "Bad Request: query is too old and response timeout expired or query ID is invalid"


def test_a_bill_is_paid_twice_only_when_asked_to(telegram: Telegram) -> None:
    bill = telegram.bill()["message_id"]
    first = paying(telegram, bill, {"ok": True})
    assert telegram.act("pay", message_id=bill)["paid"] is False
    second = paying(telegram, bill, {"ok": True}, again=True)
    assert second["paid"] is True
    assert second["charge_id"] != first["charge_id"]


def test_a_refund_happens_once_and_is_seen_by_all(telegram: Telegram) -> None:
    charge = paying(telegram, telegram.bill(50, "back")["message_id"], {"ok": True})["charge_id"]
    telegram.ok("getUpdates", offset=-1)
    refund = {"user_id": telegram.user, "telegram_payment_charge_id": charge}
    telegram.ok("refundStarPayment", **refund)
    message = telegram.ok("getUpdates")[-1]["message"]
    assert (message["from"]["id"], message["chat"]["id"]) == (telegram.ok("getMe")["id"], telegram.user)
    assert message["refunded_payment"] == {
        "currency": "XTR",
        "total_amount": 50,
        "invoice_payload": "back",
        "telegram_payment_charge_id": charge,
    }
    assert telegram.refusal("refundStarPayment", **refund) == "Bad Request: CHARGE_ALREADY_REFUNDED"
    wrong = telegram.with_person().user
    assert telegram.refusal("refundStarPayment", **{**refund, "user_id": wrong}) == "Bad Request: CHARGE_ID_INVALID"
    books = telegram.ok("getStarTransactions")["transactions"]
    income, outgo = [one for one in books if one["id"] == charge]
    assert income["source"]["user"]["id"] == outgo["receiver"]["user"]["id"] == telegram.user
    assert income["source"]["invoice_payload"] == "back"
    last = telegram.ok("getStarTransactions", offset=len(books) - 1, limit=1)["transactions"]
    assert last == [outgo]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"currency": "RUB"}, "PAYMENT_PROVIDER_INVALID"),
        ({"title": "ж" * 33}, "INVOICE_TITLE_INVALID"),
        ({"description": "ж" * 256}, "INVOICE_DESCRIPTION_INVALID"),
        ({"payload": "ж" * 65}, "INVOICE_PAYLOAD_INVALID"),
        ({"provider_token": "x"}, "PAYMENT_PROVIDER_INVALID"),
        ({"prices": [{"label": "a", "amount": 1}] * 2}, "STARS_INVOICE_INVALID"),
        ({"prices": [{"label": "a", "amount": 1.5}]}, "can't parse labeled price"),
        ({"prices": [{"label": "a", "amount": 0}]}, "CURRENCY_TOTAL_AMOUNT_INVALID"),
    ],
)
def test_a_bill_that_cannot_be(telegram: Telegram, change: dict[str, Any], why: str) -> None:
    bill = {
        "title": "a",
        "description": "b",
        "payload": "c",
        "currency": "XTR",
        "prices": [{"label": "a", "amount": 1}],
    }
    words = telegram.refusal("sendInvoice", chat_id=telegram.user, **(bill | change))
    assert words.startswith(f"Bad Request: {why}")
