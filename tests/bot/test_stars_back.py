"""Stars that go back leave the balance once, by whatever way it is told; and what Telegram says to a return that we ask for."""

from decimal import Decimal

import pytest

from bot import gateway, reading, refusals
from bot.events import Refunded
from payments import ledger, providers, reconcile, refunds, topups
from payments.models import Difference, Kind, Refund, Transfer
from payments.providers import Refused, Unavailable
from reliability import cid, instance
from reliability.due import run_due
from tests.bot.star_books import HUNDRED, books, bought

__all__ = ["books", "bought"]
pytestmark = pytest.mark.django_db


def test_a_return_is_listed_under_the_charge_of_its_payment(books, anna):
    offer = topups.start(anna.customer, HUNDRED, cid=cid.new())
    books.back(books.paid("c1", payload=offer.payload, who=anna.chat))

    assert (reconcile.all(), reconcile.all()) == (2, 0)
    assert list(Transfer.objects.of(anna.customer).values_list("kind", flat=True))[:2] == ["refund", "topup"]
    offer.refresh_from_db()
    assert (offer.state, ledger.available(anna.customer)) == ("refunded", HUNDRED)  # what she had before


def went_back(anna, charge="charge-1"):
    return anna.does(Refunded, payload="x", currency="XTR", amount=160, charge_id=charge)


def test_stars_that_went_back_leave_the_balance_once_by_whatever_way_it_is_told(books, anna, bought, monkeypatch):
    monkeypatch.setattr(gateway, "refund_stars", lambda _who, _charge: None)
    asked = refunds.ask(bought.pk, HUNDRED, by="admin:1", reason="as promised")
    books.back(books.rows[0])
    assert [went_back(anna), went_back(anna), reconcile.all()] == [None, None, 0]
    instance.beat("worker")
    run_due(refunds.QUEUE, instance.me())

    bought.refresh_from_db()
    assert (bought.state, Refund.objects.get().pk, ledger.available(anna.customer)) == ("refunded", asked.pk, HUNDRED)
    assert Transfer.objects.filter(kind=Kind.REFUND).count() == 1


def test_stars_that_telegram_returns_by_itself_leave_the_balance_and_what_is_spent_is_listed(books, anna, bought):
    ledger.hold(anna.customer, Decimal("150.00"), ref="hold:job:1", cid=cid.new())
    assert [went_back(anna), went_back(anna)] == [None, None]
    assert ledger.available(anna.customer) == 0
    assert Difference.objects.open().get().rubles == Decimal("50.00")
    assert Refund.objects.get().external_id == "charge-1"


def test_a_return_that_comes_before_its_payment_is_said_and_mended_by_the_list(books, anna):
    offer = topups.start(anna.customer, HUNDRED, cid=cid.new())
    assert "160 ⭐" in went_back(anna).text
    assert Difference.objects.open().get().kind == "refund_unknown"

    books.back(books.paid("charge-1", payload=offer.payload, who=anna.chat))
    reconcile.all()
    assert (Difference.objects.open().count(), ledger.available(anna.customer)) == (0, HUNDRED)


def test_the_message_about_a_return_is_the_bots_own_and_its_person_is_whose_chat_it_stands_in(anna):
    told = {"currency": "XTR", "total_amount": 160, "invoice_payload": "x", "telegram_payment_charge_id": "charge-1"}
    ours = {"id": 4242, "is_bot": True, "first_name": "TRT", "username": "trt_bot"}
    chat = {"id": anna.chat, "type": "private", "first_name": "Анна", "username": "anna"}
    message = {"message_id": 5, "date": 0, "chat": chat, "from": ours}

    event = reading.event({"update_id": 1, "message": message | {"refunded_payment": told}}, "message")

    assert isinstance(event, Refunded)
    assert (event.customer, event.charge_id) == (anna.customer, "charge-1")
    assert (event.customer.first_name, event.customer.username) == ("Анна", "anna")
    assert reading.event({"update_id": 2, "message": message | {"text": "Слово"}}, "message") is None


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        (refusals.Rejected("CHARGE_ID_INVALID"), Refused),
        (refusals.Rejected("BALANCE_TOO_LOW"), Refused),
        (refusals.Unreachable("bot was blocked by the user"), Refused),
        (refusals.Unclear("502"), Unavailable),
        (refusals.NotSent("refused"), Unavailable),
        (refusals.TooFast("429", 3), Unavailable),
        (refusals.TokenRefused("401"), Unavailable),
    ],
)
def test_what_telegram_says_to_a_return_is_a_no_or_a_silence(bought, monkeypatch, said, ends):
    def refuses(_who, _charge):
        raise said

    refund = refunds.ask(bought.pk, HUNDRED, by="admin:1", reason="x")
    monkeypatch.setattr(gateway, "refund_stars", refuses)
    with pytest.raises(ends):
        providers.get("stars").refund(refund)
