"""What YooKassa alone has: fiscal receipts, source networks, keys of idempotence, an SDK with habits."""

import base64
import logging
from datetime import timedelta
from decimal import Decimal

import pytest
from structlog.testing import capture_logs
from yookassa import Configuration

from payments import providers, refunds
from payments.providers import Refused, Unavailable
from payments.providers.yookassa import YooKassa, _payment
from reliability import clock
from tests.payments.kit.drivers.driver import HUNDRED, Driver, reloaded, work
from tests.sandbox.payment_side import SECRET_KEY, SHOP_ID
from tests.together import together

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("way", ["yookassa"], indirect=True)]


def asked(way: Driver, method: str) -> dict:
    """The parameters of the last call of a method."""
    return way.side.sandbox("GET", f"journal?method={method}").json()["calls"][-1]["params"]


@pytest.fixture
def receipts(settings):
    """The shop sends its receipts through YooKassa."""
    settings.YOOKASSA_RECEIPTS, settings.YOOKASSA_VAT_CODE = True, 7
    settings.YOOKASSA_RECEIPT_EMAIL = "receipts@example.org"


def test_it_is_there_only_with_both_credentials(way, settings):
    assert "yookassa" in [one.name for one in providers.ready()]
    settings.YOOKASSA_SECRET_KEY = ""
    assert "yookassa" not in [one.name for one in providers.ready()]
    assert way.tells(way.unknown()) == 404


def test_a_payment_names_its_offer_and_the_way_back(way, monkeypatch):
    monkeypatch.setattr(providers, "_comes_back_to", providers.comes_back_to)  # put back afterwards
    providers.come_back_to(lambda: "https://t.me/trt_bot")
    topup = way.offer(way.somebody())
    body = asked(way, "createPayment")

    assert body["amount"] == {"value": "100.00", "currency": "RUB"}
    assert body["metadata"] == {"offer": topup.payload}
    assert (body["capture"], body["description"]) == (True, "Пополнение баланса: 100.00 ₽")
    assert body["confirmation"] == {"type": "redirect", "return_url": "https://t.me/trt_bot"}
    assert "receipt" not in body
    assert topup.url.startswith(way.side.origin)


def test_a_shop_that_must_send_receipts_has_them_on_payments_and_returns(way, receipts):
    way.side.config(receipt_required=True)
    topup = way.paid(way.somebody())
    line = {
        "description": "Пополнение баланса: 100.00 ₽",
        "quantity": "1.0",
        "amount": {"value": "100.00", "currency": "RUB"},
        "vat_code": 7,
        "payment_mode": "advance",
        "payment_subject": "payment",
    }
    assert asked(way, "createPayment")["receipt"] == {"customer": {"email": "receipts@example.org"}, "items": [line]}

    refunds.ask(topup.pk, Decimal("30.00"), by="admin:1", reason="просьба")
    work()
    (back,) = asked(way, "createRefund")["receipt"]["items"]
    assert (back["amount"]["value"], way.went_back(topup)) == ("30.00", ["30.00"])


def test_a_shop_that_must_send_receipts_and_does_not_is_refused_in_its_words(way):
    way.side.config(receipt_required=True)
    topup = way.offer(way.somebody())

    assert topup.state == "rejected"
    assert "Receipt is missing" in topup.reason


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("185.71.76.5", 200),
        ("2a02:5180:0:1509::7", 200),
        ("::ffff:185.71.76.5", 200),
        ("8.8.8.8, 77.75.156.11", 200),
        ("77.75.156.11, 8.8.8.8", 404),  # what a stranger wrote stands before what our proxy saw
        ("8.8.8.8", 404),
        ("junk", 404),
        ("", 404),
    ],
)
def test_behind_a_known_proxy_only_its_networks_get_in(way, settings, address, status):
    settings.YOOKASSA_NOTICE_ADDRESS_HEADER = "X-Forwarded-For"
    told = way.unknown()
    told.headers["x-forwarded-for"] = address
    assert way.tells(told) == status


def test_processing_is_no_answer_yet(way):
    way.fault("create", "202")
    topup = way.offer(way.somebody())
    assert topup.state == "created"


def test_a_return_under_way_is_waited_for(way):
    topup = way.paid(way.somebody())
    way.fault("refund", "refund_pending")
    way.side.config(clock_ahead_s=0)
    refund = refunds.ask(topup.pk, HUNDRED, by="admin:1", reason="просьба")
    with pytest.raises(Unavailable, match="the return is pending"):
        way.provider.refund(refund)
    way.side.config(clock_ahead_s=5)
    assert way.provider.refund(refund)
    assert way.went_back(topup) == ["100.00"]


def test_a_return_that_is_refused_says_why(way):
    topup = way.paid(way.somebody())
    way.refuses_returns()
    refund = refunds.ask(topup.pk, HUNDRED, by="admin:1", reason="просьба")
    with pytest.raises(Refused, match="insufficient_funds"):
        way.provider.refund(refund)


def test_an_invoice_that_is_not_there_is_no_news(way):
    topup = way.offer(way.somebody())
    topup.invoice_id = "00000000-0000-0000-0000-000000000000"
    with pytest.raises(Unavailable, match="404 not_found"):
        way.provider.query(topup)


def test_an_answer_with_a_strange_amount_is_no_news(way):
    topup = way.offer(way.somebody())
    for value in ("NaN", "", "1e400000", "сто"):
        way.well()
        way.side.fault("getPayment", "other_amount", times=0, value=value)
        with pytest.raises(Unavailable, match="cannot be understood"):
            way.provider.query(topup)


def test_the_key_is_in_no_log_and_no_error(way, settings, caplog):
    settings.YOOKASSA_SECRET_KEY = wrong = SECRET_KEY + "-wrong"
    caplog.set_level(logging.DEBUG)
    with capture_logs() as lines:
        topup = way.offer(way.somebody())
        way.fault("create", "refused")
        way.offer(way.somebody())

    assert reloaded(topup).state == "rejected"
    assert "401" in reloaded(topup).reason
    for said in (str(lines), caplog.text, reloaded(topup).reason):
        assert wrong not in said
        assert base64.b64encode(f"{SHOP_ID}:{wrong}".encode()).decode() not in said


def test_nothing_of_the_sdk_is_shared_between_threads(way, settings):
    before = dict(vars(Configuration))
    topup = way.offer(way.somebody())
    outcomes = together(8, lambda _: YooKassa().query(topup).external_id)

    assert outcomes == [topup.invoice_id] * 8
    assert dict(vars(Configuration)) == before


def test_a_return_is_made_once_even_after_its_key_is_forgotten(way):
    topup = way.paid(way.somebody())
    way.fault("refund", "answer_lost")
    refund = refunds.ask(topup.pk, Decimal("30.00"), by="admin:1", reason="просьба")
    work()
    way.side.config(clock_ahead_s=25 * 3600)  # keys are remembered for a day
    with clock.moved(timedelta(hours=25)):
        work()

    assert (reloaded(refund).state, way.went_back(topup)) == ("done", ["30.00"])


@pytest.mark.parametrize(
    ("reason", "declined"),
    [("expired_on_confirmation", ""), ("insufficient_funds", "funds"), ("3d_secure_failed", "check"), ("news_of_tomorrow", "service"), (None, "")],
)  # fmt: skip
def test_a_canceled_payment_says_whether_it_was_declined_or_only_left(way, reason, declined):
    """Reasons: yookassa.ru/developers/payment-acceptance/after-the-payment/declined-payments."""
    said = {"id": "p1", "status": "canceled", "amount": {"value": "100.00", "currency": "RUB"}}
    if reason:
        said["cancellation_details"] = {"party": "payment_network", "reason": reason}

    assert (_payment(said).news, _payment(said).declined) == ("cancelled", declined)
    assert _payment(said | {"status": "succeeded"}).declined == ""
