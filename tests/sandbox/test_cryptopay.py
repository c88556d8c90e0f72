"""The local Crypto Pay: invoices in coins and in rubles, rates, balances, transfers, and what is refused."""

from __future__ import annotations

import pytest
import requests

from tests.sandbox.kie_side import DEADLINE_S
from tests.sandbox.payment_side import CRYPTO_TOKEN, CryptoPay, new_key


def test_an_invoice_in_rubles_is_paid_with_one_of_the_accepted_coins(cryptopay: CryptoPay) -> None:
    made = cryptopay.invoice(
        "950", accepted_assets="USDT,TON", payload="topup:17", expires_in=900, allow_comments=False
    )
    assert (made["status"], made["currency_type"], made["fiat"], made["amount"]) == ("active", "fiat", "RUB", "950")
    assert (made["payload"], made["accepted_assets"], made["allow_comments"]) == ("topup:17", ["USDT", "TON"], False)
    assert cryptopay.pay(made, "BTC").status_code == 409
    assert cryptopay.pay(made, "USDT").status_code == 200
    now = cryptopay.now(made)
    assert (now["status"], now["paid_asset"], now["paid_amount"], now["paid_fiat_rate"]) == ("paid", "USDT", "10", "95")
    assert (now["fee_asset"], now["fee_amount"], now["amount"]) == ("USDT", "0.3", "950")
    assert cryptopay.balance("USDT") == "109.7"
    assert cryptopay.pay(made, "USDT").status_code == 409


def test_a_price_in_money_takes_the_rate_of_the_moment_of_paying(cryptopay: CryptoPay) -> None:
    made = cryptopay.invoice("1000")
    cryptopay.config(rates_rub={"USDT": 300})
    cryptopay.pay(made, "USDT")
    assert cryptopay.now(made)["paid_amount"] == "3.33333334"  # rounded up: nobody pays less than the price


def test_an_invoice_in_a_coin_is_paid_with_it(cryptopay: CryptoPay) -> None:
    made = cryptopay.ok("createInvoice", asset="TON", amount="2.50")
    assert (made["currency_type"], made["asset"], made["amount"], "fiat" in made) == ("crypto", "TON", "2.5", False)
    cryptopay.pay(made)
    now = cryptopay.now(made)
    assert (now["status"], "paid_asset" in now, now["fee_amount"], now["paid_usd_rate"]) == (
        "paid",
        False,
        "0.075",
        "3",
    )


def test_parameters_come_by_query_form_or_json(cryptopay: CryptoPay) -> None:
    headers, given = {"Crypto-Pay-API-Token": CRYPTO_TOKEN}, {"asset": "USDT", "amount": "1", "allow_comments": "false"}
    url = f"{cryptopay.origin}/api/createInvoice"
    answers = [
        requests.get(url, params=given, headers=headers, timeout=DEADLINE_S),
        requests.post(url, data=given, headers=headers, timeout=DEADLINE_S),
        requests.post(url, json=given | {"amount": 1, "allow_comments": False}, headers=headers, timeout=DEADLINE_S),
    ]
    made = [answer.json()["result"] for answer in answers]
    assert [(one["amount"], one["allow_comments"]) for one in made] == [("1", False)] * 3


def test_an_invoice_expires_and_can_no_longer_be_paid(cryptopay: CryptoPay) -> None:
    made = cryptopay.invoice(expires_in=60)
    cryptopay.config(clock_ahead_s=61)
    assert cryptopay.now(made)["status"] == "expired"
    assert cryptopay.pay(made).status_code == 409
    assert made["invoice_id"] not in [
        one["invoice_id"] for one in cryptopay.ok("getInvoices", status="active")["items"]
    ]


def test_lists_are_newest_first_by_ids_state_and_in_pieces(cryptopay: CryptoPay) -> None:
    made = [cryptopay.invoice(str(100 + n)) for n in range(3)]
    ids = [one["invoice_id"] for one in made]
    cryptopay.pay(made[1])

    def found(**query: object) -> list[int]:
        query = {"invoice_ids": ",".join(map(str, ids)), **query}
        return [one["invoice_id"] for one in cryptopay.ok("getInvoices", **query)["items"]]

    assert found() == ids[::-1]
    assert found(status="paid") == [ids[1]]
    assert found(offset=1, count=1) == [ids[1]]
    assert found(fiat="USD") == []
    assert cryptopay.no("getInvoices", count=1001) == (400, "COUNT_INVALID")
    assert cryptopay.no("getInvoices", invoice_ids="1;2") == (400, "INVOICE_IDS_INVALID")


def test_an_unpaid_invoice_can_be_deleted(cryptopay: CryptoPay) -> None:
    made, paid = cryptopay.invoice(), cryptopay.invoice()
    cryptopay.pay(paid)
    assert cryptopay.ok("deleteInvoice", invoice_id=made["invoice_id"]) is True
    assert cryptopay.ok("getInvoices", invoice_ids=str(made["invoice_id"]))["items"] == []
    for gone in (made, paid):
        assert cryptopay.no("deleteInvoice", invoice_id=gone["invoice_id"]) == (400, "INVOICE_NOT_FOUND")
    assert requests.get(made["pay_url"], timeout=DEADLINE_S).status_code == 404


def test_a_transfer_is_made_once_for_each_spend_id_and_can_be_found_by_it(cryptopay: CryptoPay) -> None:
    spend, asked = new_key(), {"user_id": 4242, "asset": "USDT", "amount": "12.5", "comment": "Возврат"}
    made = cryptopay.ok("transfer", spend_id=spend, **asked)
    assert (made["amount"], made["status"], made["user_id"], made["comment"]) == ("12.5", "completed", 4242, "Возврат")
    assert cryptopay.no("transfer", spend_id=spend, **asked) == (400, "SPEND_ID_ALREADY_USED")
    assert cryptopay.ok("getTransfers", spend_id=spend)["items"] == [made]
    assert cryptopay.balance("USDT") == "87.5"
    assert cryptopay.no("transfer", spend_id=new_key(), **asked | {"amount": "88"}) == (400, "INSUFFICIENT_FUNDS")
    assert cryptopay.no("transfer", **asked) == (400, "SPEND_ID_REQUIRED")
    cryptopay.config(transfers_enabled=False)
    assert cryptopay.no("transfer", spend_id=new_key(), **asked) == (403, "METHOD_DISABLED")
    assert cryptopay.balance("USDT") == "87.5"


def test_rates_are_settings_of_the_peer(cryptopay: CryptoPay) -> None:
    cryptopay.config(rates_rub={"TON": 190}, rub_per_usd=95)
    rates = {(one["source"], one["target"]): one["rate"] for one in cryptopay.ok("getExchangeRates")}
    assert (rates["TON", "RUB"], rates["TON", "USD"]) == ("190", "2")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"amount": ""}, "AMOUNT_REQUIRED"),
        ({"amount": "1e3"}, "AMOUNT_INVALID"),
        ({"amount": "0"}, "AMOUNT_INVALID"),
        ({"amount": "0.5"}, "AMOUNT_TOO_SMALL"),
        ({"amount": "99999999"}, "AMOUNT_TOO_BIG"),
        ({"fiat": "XXX"}, "FIAT_INVALID"),
        ({"currency_type": "crypto"}, "ASSET_REQUIRED"),
        ({"accepted_assets": "USDT,DOGE"}, "ACCEPTED_ASSETS_INVALID"),
        ({"expires_in": 0}, "EXPIRES_IN_INVALID"),
        ({"expires_in": 2_678_401}, "EXPIRES_IN_INVALID"),
        ({"payload": "x" * 4097}, "PAYLOAD_INVALID"),
        ({"allow_comments": "perhaps"}, "ALLOW_COMMENTS_INVALID"),
        ({"paid_btn_name": "openBot"}, "PAID_BTN_URL_REQUIRED"),
        ({"paid_btn_name": "openBot", "paid_btn_url": "javascript:alert(1)"}, "PAID_BTN_URL_INVALID"),
    ],
)
def test_a_wrong_invoice_is_refused_by_its_name(cryptopay: CryptoPay, change: dict, name: str) -> None:
    asked = {"currency_type": "fiat", "fiat": "RUB", "amount": "500"} | change
    assert cryptopay.no("createInvoice", **asked) == (400, name)


def test_who_is_not_the_app_and_what_is_no_method(cryptopay: CryptoPay) -> None:
    assert cryptopay.no("getMe", token="70003:another") == (401, "UNAUTHORIZED")
    assert cryptopay.no("mintCoins") == (405, "METHOD_NOT_FOUND")
    assert cryptopay.ok("getMe")["payment_processing_bot_username"]


def test_the_page_shows_the_price_in_each_coin_and_what_became_of_it(cryptopay: CryptoPay) -> None:
    button = {"paid_btn_name": "openBot", "paid_btn_url": "https://t.me/trt_bot"}
    made = cryptopay.invoice("1234.50", accepted_assets="USDT,TON", description="<b>Баланс</b>", **button)
    assert made["bot_invoice_url"] == made["mini_app_invoice_url"] == made["web_app_invoice_url"] == made["pay_url"]
    page = requests.get(made["pay_url"], timeout=DEADLINE_S).text
    assert "1\u00a0234,50\u00a0₽" in page
    assert "&lt;b&gt;Баланс&lt;/b&gt;" in page
    assert "Оплатить 12,99473685 USDT" in page
    path = f"/sandbox/invoices/{made['invoice_id']}"
    assert all(f"action='{path}/{to}'" in page for to in ("pay/USDT", "pay/TON", "decline"))
    browser = {"Accept": "text/html", "Origin": cryptopay.origin}
    declined = requests.post(f"{cryptopay.origin}{path}/decline", headers=browser, timeout=DEADLINE_S)
    assert "Вы отказались" in declined.text
    assert cryptopay.now(made)["status"] == "active"
    strange = requests.post(
        f"{cryptopay.origin}{path}/pay", headers={"Origin": "https://evil.example"}, timeout=DEADLINE_S
    )
    paid = requests.post(f"{cryptopay.origin}{path}/pay/TON", headers=browser, timeout=DEADLINE_S)
    assert (strange.status_code, paid.url) == (403, made["pay_url"])
    assert "Оплачено" in paid.text
    assert "https://t.me/trt_bot" in paid.text
    assert "<form" not in paid.text
