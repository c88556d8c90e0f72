"""Telegram Stars as a provider: its list is read page by page, its returns happen once, its news are booked once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from bot import gateway, stars
from bot.events import Refunded
from bot.models import Delivery
from payments import ledger, providers, reconcile, refunds, topups
from payments.models import Difference, Kind, Reconciliation, Refund, TopUp, Transfer
from payments.providers import Refused, Unavailable
from reliability import cid, clock, instance
from reliability.due import run_due

pytestmark = pytest.mark.django_db
HUNDRED = Decimal("100.00")
SOMEBODY = 900_000_001


class Books:
    """Telegram's list of what moved, oldest first. `arrives` come in while it is read, one before each page but the first."""

    def __init__(self):
        self.rows, self.asked, self.arrives, self.trouble = [], [], [], None

    def page(self, offset, *, most=100):
        if self.trouble:
            raise self.trouble
        self.asked.append(offset)
        if len(self.asked) > 1 and self.arrives:
            self.rows.append(self.arrives.pop(0))
        return self.rows[offset : offset + most]

    def paid(self, charge, *, payload="", who=SOMEBODY, amount=160, ago=timedelta(0), kind="invoice_payment", at=None):
        partner = {"type": "user", "transaction_type": kind, "user": {"id": who}, "invoice_payload": payload}
        date = int((at or clock.now() - ago).timestamp())
        self.rows.append({"id": charge, "amount": amount, "date": date, "source": partner})
        return self.rows[-1]

    def back(self, paid):
        row = {name: value for name, value in paid.items() if name != "source"} | {"receiver": paid["source"]}
        self.rows.append(row | {"date": int(clock.now().timestamp())})


@pytest.fixture
def books(monkeypatch, shop, settings):
    settings.DEMO_BONUS_RUB = 0
    books = Books()
    monkeypatch.setattr(clock, "monotonic", lambda: 0.0)  # however busy the machine, a turn is not over by itself
    monkeypatch.setattr(gateway, "star_transactions", books.page)
    return books


def credited():
    return sorted(TopUp.objects.exclude(transfer=None).values_list("external_id", flat=True))


def place():
    return Reconciliation.objects.get(pk="stars").place


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 250])
def test_every_payment_of_the_list_is_credited_once_whatever_its_length(books, count):
    for number in range(count):
        books.paid(f"c{number:03}", at=clock.now() if number % 2 else None)

    assert reconcile.all() == count
    assert credited() == [row["id"] for row in books.rows]
    assert books.asked == list(range(0, count + 1, 100))
    assert reconcile.all() == 0


def test_what_comes_in_while_it_is_read_is_read_too_or_the_next_time(books):
    for number in range(199):
        books.paid(f"c{number:03}")
    late = [books.paid(f"late{number}") for number in range(3)]
    del books.rows[-3:]
    books.arrives = late[:2]

    reconcile.all()
    books.rows += late[2:]
    reconcile.all()
    assert credited() == sorted(row["id"] for row in books.rows)
    assert len(credited()) == 202


def test_of_one_second_none_is_passed_over(books):
    moment = clock.now()
    for number in range(3):
        books.paid(f"c{number}", at=moment)
    reconcile.all()
    for number in range(3, 6):
        books.paid(f"c{number}", at=moment)
    with clock.moved(timedelta(minutes=1)):
        reconcile.all()
    assert credited() == [f"c{number}" for number in range(6)]


def test_what_is_old_is_left_behind_and_never_read_again(books):
    for number in range(250):
        books.paid(f"old{number:03}", ago=timedelta(days=9))
    books.paid("new")
    reconcile.all()
    assert (credited(), books.asked, place()) == (["new"], [0, 100, 200], 249)

    books.asked.clear()
    with clock.moved(timedelta(hours=3)):
        books.paid("newer")
        reconcile.all()
        assert (credited(), books.asked) == (["new", "newer"], [249])
        reconcile.all()  # «new» lies two hours behind the last look now
        assert place() == 250


def test_a_look_that_breaks_off_goes_on_at_its_page_and_loses_nothing(books, monkeypatch):
    for number in range(250):
        books.paid(f"c{number:03}")
    page = books.page

    def breaks(offset, *, most):
        if offset == 200:
            raise gateway.Unclear("no answer")
        return page(offset, most=most)

    monkeypatch.setattr(gateway, "star_transactions", breaks)
    assert reconcile.all() == 200
    mark = Reconciliation.objects.get()
    assert (mark.place, mark.until, mark.error) == (200, None, "no answer")

    monkeypatch.setattr(gateway, "star_transactions", page)
    books.asked.clear()
    assert reconcile.all() == 50
    assert (books.asked, len(credited())) == ([200], 250)


def test_ten_thousand_are_read_in_turns_of_ten_seconds(books, monkeypatch):
    for number in range(10_000):
        books.paid(f"c{number}", kind="gift_purchase" if number % 1000 else "invoice_payment")
    now_s = [0.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now_s[0])
    page = books.page

    def slow(offset, *, most):
        now_s[0] += 0.9
        return page(offset, most=most)

    monkeypatch.setattr(gateway, "star_transactions", slow)
    turns = 0
    while not Reconciliation.objects.filter(pk="stars").exclude(until=None).exists():
        turns += 1
        before = now_s[0]
        reconcile.all()
        assert turns < 20
        assert now_s[0] - before < 20
    assert len(credited()) == 10
    assert len(books.asked) < 120


def test_a_list_that_is_shorter_than_our_place_is_another_bots_and_read_from_its_beginning(books):
    reconcile.all()
    Reconciliation.objects.update(place=500)
    books.paid("c1")
    assert (reconcile.all(), place()) == (0, 0)
    assert reconcile.all() == 1


@pytest.mark.parametrize(
    "kind", ["paid_media_payment", "gift_purchase", "premium_purchase", "business_account_transfer"]
)
def test_what_else_people_pay_moves_nothing(books, kind):
    books.paid("c1", kind=kind)
    assert reconcile.all() == 0
    assert not Difference.objects.exists()


@pytest.mark.parametrize("partner", [{"type": "fragment"}, {"type": "telegram_ads"}, {"type": "other"}, None])
@pytest.mark.parametrize("side", ["source", "receiver"])
def test_what_others_move_is_none_of_our_business(books, partner, side):
    books.rows.append({"id": "x", "amount": 500, "date": int(clock.now().timestamp()), side: partner})
    assert reconcile.all() == 0
    assert not Difference.objects.exists()


def test_a_return_is_listed_under_the_charge_of_its_payment(books, anna):
    offer = topups.start(anna.customer, HUNDRED, cid=cid.new())
    books.back(books.paid("c1", payload=offer.payload, who=anna.chat))

    assert (reconcile.all(), reconcile.all()) == (2, 0)
    assert list(Transfer.objects.of(anna.customer).values_list("kind", flat=True))[:2] == ["refund", "topup"]
    offer.refresh_from_db()
    assert (offer.state, ledger.available(anna.customer)) == ("refunded", HUNDRED)  # what she had before


def test_a_payment_that_telegram_told_nobody_of_is_credited_and_said(books, anna):
    offer = topups.start(anna.customer, HUNDRED, cid=cid.new())
    books.paid("c1", payload=offer.payload, who=anna.chat)
    reconcile.all()
    assert ledger.available(anna.customer) == 2 * HUNDRED
    assert Delivery.objects.get(kind=Delivery.Kind.TOPUP).payload == {"topup": offer.pk}


@pytest.fixture
def bought(books, anna):
    """100 rubles more, for 160 stars, under charge-1."""
    offer = topups.start(anna.customer, HUNDRED, cid=cid.new())
    anna.pays(offer.payload, 160)
    books.paid("charge-1", payload=offer.payload, who=anna.chat)
    offer.refresh_from_db()
    return offer


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


def test_an_invoice_paid_again_within_its_hour_is_credited_again_under_its_own_charge(books, anna, bought):
    assert topups.payable(bought.payload, currency="XTR", minor_amount=160, telegram_id=anna.chat) is None
    assert anna.pays(bought.payload, 160, "charge-2") is None
    assert (ledger.available(anna.customer), credited()) == (3 * HUNDRED, ["charge-1", "charge-2"])


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        (gateway.Rejected("CHARGE_ID_INVALID"), Refused),
        (gateway.Rejected("BALANCE_TOO_LOW"), Refused),
        (gateway.Unreachable("bot was blocked by the user"), Refused),
        (gateway.Unclear("502"), Unavailable),
        (gateway.NotSent("refused"), Unavailable),
        (gateway.TooFast("429", 3), Unavailable),
        (gateway.TokenRefused("401"), Unavailable),
    ],
)
def test_what_telegram_says_to_a_return_is_a_no_or_a_silence(bought, monkeypatch, said, ends):
    def refuses(_who, _charge):
        raise said

    refund = refunds.ask(bought.pk, HUNDRED, by="admin:1", reason="x")
    monkeypatch.setattr(gateway, "refund_stars", refuses)
    with pytest.raises(ends):
        providers.get("stars").refund(refund)


def pre_checkout(offer, anna, **odd):
    query = {"id": "q", "from": {"id": anna.chat}, "currency": "XTR", "total_amount": 160, "invoice_payload": offer.payload}  # fmt: skip
    return stars.pre_checkout_answer(query | odd)


def test_a_pre_checkout_costs_one_query_by_an_index(bought, anna, django_assert_num_queries, settings):
    with django_assert_num_queries(1) as asked:
        assert pre_checkout(bought, anna)["ok"] is True
    sql = asked.captured_queries[0]["sql"]
    for _ in range(100):  # among few rows any plan is as good
        topups.start(anna.customer, HUNDRED, cid=cid.new())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE payments_topup")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}")
        assert "topup_offer" in str(cursor.fetchall())


@pytest.mark.parametrize(
    "odd",
    [
        {"from": {"id": 1}}, {"from": None}, {"currency": "USD"}, {"total_amount": 159}, {"total_amount": "160"},
        {"invoice_payload": "x"}, {"invoice_payload": None}, {"invoice_payload": "01a214ca-bec6-7bf6-91ef-7792807d5c9e"},
    ],
)  # fmt: skip
def test_a_pre_checkout_that_does_not_fit_its_offer_is_refused_with_words(bought, anna, odd):
    said = pre_checkout(bought, anna, **odd)
    assert not said["ok"]
    assert "ничего не списано" in said["error_message"]


def test_a_stale_offer_is_refused(bought, anna):
    with clock.moved(timedelta(minutes=59)):
        assert pre_checkout(bought, anna)["ok"]
    with clock.moved(timedelta(hours=1)):
        assert not pre_checkout(bought, anna)["ok"]


def test_a_provider_that_needs_no_notice_has_none(db):
    with pytest.raises(providers.Forged):
        providers.get("stars").parse(b"{}", {})
