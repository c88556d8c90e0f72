"""What Crypto Pay alone has: coins behind rubles, returns by transfer, invoices without idempotency."""

import threading
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
import requests
from structlog.testing import capture_logs

from payments import ledger, providers, refunds, topups
from payments.providers import Refused, Unavailable, cryptopay
from reliability import clock
from tests.payments.kit.drivers.driver import HUNDRED, Driver, reloaded, work
from tests.sandbox.payment_side import CRYPTO_TOKEN
from tests.serving import Quiet, serving

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("way", ["cryptopay"], indirect=True)]


def asked(way: Driver, method: str) -> dict:
    """The parameters of the last call of a method."""
    return way.side.sandbox("GET", f"journal?method={method}").json()["calls"][-1]["params"]


def test_it_is_there_only_with_its_token(way, settings):
    assert "cryptopay" in [one.name for one in providers.ready()]
    settings.CRYPTO_PAY_TOKEN = ""
    assert "cryptopay" not in [one.name for one in providers.ready()]


def test_an_invoice_says_rubles_and_ends_with_its_offer(way):
    topup = way.offer(way.somebody(), Decimal("100.50"))
    body = asked(way, "createInvoice")

    assert (body["currency_type"], body["fiat"], body["amount"]) == ("fiat", "RUB", "100.50")
    assert (topup.currency, topup.minor_amount, topup.rate) == ("RUB", 10050, 100)
    assert body["payload"] == topup.payload
    assert 3590 < int(body["expires_in"]) <= topups.OFFER_LASTS.total_seconds()


def test_a_coin_that_falls_before_it_is_paid_changes_nothing_of_what_is_credited(way):
    topup = way.offer(way.somebody())
    way.side.config(rates_rub={"USDT": 50, "TON": 285})
    way.pays(topup)
    way.tells(way.notice())
    work()

    assert reloaded(topup).transfer.amount == HUNDRED


def test_coins_go_back_as_they_came_whatever_they_cost_now(way):
    topup = way.paid(way.somebody())  # 100 rubles at 95: 1.05263158 USDT
    way.side.config(rates_rub={"USDT": 200, "TON": 285})
    for part in ("33.33", "33.33", "33.34"):
        refunds.ask(topup.pk, Decimal(part), by="admin:1", reason="просьба")
        work()

    back = [Decimal(coins) for coins in way.went_back(topup)]
    assert len(back) == 3
    assert Decimal("1.05263158") - Decimal("0.00000003") <= sum(back) <= Decimal("1.05263158")


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("METHOD_DISABLED", "switch transfers on"),
        ("INSUFFICIENT_FUNDS", "top it up"),
        ("USER_NOT_FOUND", "never started"),
    ],
)
def test_a_refused_return_says_what_to_do(way, name, cure):
    topup = way.paid(way.somebody())
    way.side.fault("transfer", "code", code=400, name=name)
    refund = refunds.ask(topup.pk, HUNDRED, by="admin:1", reason="просьба")
    with pytest.raises(Refused, match=cure):
        way.provider.refund(refund)


def test_a_return_that_was_made_is_found_though_transfers_are_off_meanwhile(way):
    topup = way.paid(way.somebody())
    way.fault("refund", "answer_lost")
    refund = refunds.ask(topup.pk, HUNDRED, by="admin:1", reason="просьба")
    work()
    way.refuses_returns()
    with clock.moved(timedelta(seconds=30)):
        work()

    assert reloaded(refund).state == "done"


@contextmanager
def lagging(origin):
    """A Crypto Pay before `origin` whose list of transfers is empty until the event is set; its origin, and the event."""
    caught_up = threading.Event()

    class Lags(Quiet):
        def do_POST(self):
            asked = self.body()
            if self.path == "/api/getTransfers" and not caught_up.is_set():
                status, said = 200, b'{"ok": true, "result": {"items": []}}'
            else:
                headers = {name: self.headers[name] for name in ("Crypto-Pay-API-Token", "Content-Type")}
                answer = requests.post(origin + self.path, data=asked, headers=headers, timeout=30)
                status, said = answer.status_code, answer.content
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

    with serving(Lags) as before:
        yield before, caught_up


def test_a_return_that_was_made_and_is_not_listed_yet_is_not_given_back_to_the_wallet(way, settings):
    topup = way.paid(way.somebody())
    way.fault("refund", "answer_lost")
    refund = refunds.ask(topup.pk, HUNDRED, by="admin:1", reason="просьба")
    work()
    with lagging(settings.CRYPTO_PAY_API_URL) as (settings.CRYPTO_PAY_API_URL, caught_up):
        with clock.moved(timedelta(seconds=30)):
            work()
        assert (reloaded(refund).state, ledger.available(topup.customer)) == ("asked", 0)
        assert "not listed yet" in reloaded(refund).error

        caught_up.set()
        with clock.moved(timedelta(minutes=1)):
            work()
    assert (reloaded(refund).state, ledger.available(topup.customer)) == ("done", 0)
    assert len(way.went_back(topup)) == 1


def test_a_lost_invoice_is_found_beyond_the_first_page(way, monkeypatch):
    monkeypatch.setattr(cryptopay, "PAGE", 2)
    way.fault("create", "answer_lost")
    topup = way.offer(way.somebody())
    for _ in range(3):
        way.offer(way.somebody())
    with clock.moved(timedelta(seconds=10)):
        work()

    topup = reloaded(topup)
    assert way.invoices(topup) == [topup.invoice_id]


def test_an_invoice_that_is_not_there_is_no_news(way):
    topup = way.offer(way.somebody())
    topup.invoice_id = "999999999"
    with pytest.raises(Unavailable, match="does not know the invoice"):
        way.provider.query(topup)


def test_an_invoice_that_ran_out_ends_the_offer(way):
    topup = way.offer(way.somebody())
    way.side.config(clock_ahead_s=3700)
    with clock.moved(timedelta(seconds=20)):
        work()

    assert reloaded(topup).state == "expired"


def test_the_token_is_in_no_log_and_no_error(way, settings):
    settings.CRYPTO_PAY_TOKEN = wrong = CRYPTO_TOKEN + "wrong"
    with capture_logs() as lines:
        topup = way.offer(way.somebody())

    assert (topup.state, "401 UNAUTHORIZED" in topup.reason) == ("rejected", True)
    assert wrong not in str(lines) + topup.reason
