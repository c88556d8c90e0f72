"""Telegram Stars as a provider: its list is read page by page, whatever is in it, and each payment credited once."""

from datetime import timedelta

import pytest

from bot import gateway, refusals, stars
from bot.models import Delivery
from payments import ledger, providers, reconcile, topups
from payments.models import Difference, Reconciliation
from reliability import cid, clock
from tests.bot.star_books import HUNDRED, books, bought, credited

__all__ = ["books", "bought"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def page(monkeypatch):
    """Ten payments a page: of Telegram's hundred a test would take seconds."""
    monkeypatch.setattr(stars, "PAGE", 10)


def place():
    return Reconciliation.objects.get(pk="stars").place


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 25])
def test_every_payment_of_the_list_is_credited_once_whatever_its_length(books, count):
    for number in range(count):
        books.paid(f"c{number:03}", at=clock.now() if number % 2 else None)

    assert reconcile.all() == count
    assert credited() == [row["id"] for row in books.rows]
    assert books.asked == list(range(0, count + 1, 10))
    assert reconcile.all() == 0


def test_what_comes_in_while_it_is_read_is_read_too_or_the_next_time(books):
    for number in range(19):
        books.paid(f"c{number:03}")
    late = [books.paid(f"late{number}") for number in range(3)]
    del books.rows[-3:]
    books.arrives = late[:2]

    reconcile.all()
    books.rows += late[2:]
    reconcile.all()
    assert credited() == sorted(row["id"] for row in books.rows)
    assert len(credited()) == 22


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
    for number in range(25):
        books.paid(f"old{number:03}", ago=timedelta(days=9))
    books.paid("new")
    reconcile.all()
    assert (credited(), books.asked, place()) == (["new"], [0, 10, 20], 24)

    books.asked.clear()
    with clock.moved(timedelta(hours=3)):
        books.paid("newer")
        reconcile.all()
        assert (credited(), books.asked) == (["new", "newer"], [24])
        reconcile.all()  # «new» lies two hours behind the last look now
        assert place() == 25


def test_a_look_that_breaks_off_goes_on_at_its_page_and_loses_nothing(books, monkeypatch):
    for number in range(25):
        books.paid(f"c{number:03}")
    page = books.page

    def breaks(offset, *, most):
        if offset == 20:
            raise refusals.Unclear("no answer")
        return page(offset, most=most)

    monkeypatch.setattr(gateway, "star_transactions", breaks)
    assert reconcile.all() == 20
    mark = Reconciliation.objects.get()
    assert (mark.place, mark.until, mark.error) == (20, None, "no answer")

    monkeypatch.setattr(gateway, "star_transactions", page)
    books.asked.clear()
    assert reconcile.all() == 5
    assert (books.asked, len(credited())) == ([20], 25)


def test_what_could_not_be_booked_is_come_to_again_though_a_later_page_breaks_off(books, monkeypatch):
    bad = books.paid("c000", amount=0)  # which topups refuses
    for number in range(1, 15):
        books.paid(f"c{number:03}")
    page = books.page

    def breaks(offset, *, most):
        if offset:
            raise refusals.Unclear("no answer")
        return page(offset, most=most)

    monkeypatch.setattr(gateway, "star_transactions", breaks)
    assert reconcile.all() == 9
    assert Reconciliation.objects.get().until is None

    monkeypatch.setattr(gateway, "star_transactions", page)
    bad["amount"] = 160
    assert reconcile.all() == 6
    assert (len(credited()), Reconciliation.objects.get().error) == (15, "")


def test_a_hundred_pages_are_read_in_turns_of_ten_seconds(books, monkeypatch):
    for number in range(1000):
        books.paid(f"c{number}", kind="gift_purchase" if number % 100 else "invoice_payment")
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


def test_a_payment_that_telegram_told_nobody_of_is_credited_and_said(books, anna):
    offer = topups.start(anna.customer, HUNDRED, cid=cid.new())
    books.paid("c1", payload=offer.payload, who=anna.chat)
    reconcile.all()
    assert ledger.available(anna.customer) == 2 * HUNDRED
    assert Delivery.objects.get(kind=Delivery.Kind.TOPUP).payload == {"topup": offer.pk}


def test_an_invoice_paid_again_within_its_hour_is_credited_again_under_its_own_charge(books, anna, bought):
    assert topups.payable(bought.payload, currency="XTR", minor_amount=160, telegram_id=anna.chat) is None
    assert anna.pays(bought.payload, 160, "charge-2") is None
    assert (ledger.available(anna.customer), credited()) == (3 * HUNDRED, ["charge-1", "charge-2"])


def test_a_provider_that_needs_no_notice_has_none(db):
    with pytest.raises(providers.Forged):
        providers.get("stars").parse(b"{}", {})
