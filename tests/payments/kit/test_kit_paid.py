"""What every way to pay must stand: money that comes is credited once, as what it is, however the news of it come."""

from datetime import timedelta
from decimal import Decimal

import pytest

from payments import ledger, reconcile, topups
from payments.difference import Difference, DifferenceKind
from payments.models import TopUp, Transfer
from reliability import clock
from tests.payments.kit.cases import every_way
from tests.payments.kit.drivers.driver import HUNDRED, Driver, reloaded, work

pytestmark = pytest.mark.django_db
OVER = topups.OFFER_LASTS + timedelta(minutes=1)


def credits(topup: TopUp) -> list[Decimal]:
    return list(Transfer.objects.filter(customer=topup.customer, kind="topup").values_list("amount", flat=True))


@every_way()
def test_a_payment_is_credited_and_its_row_says_so(way: Driver) -> None:
    topup = way.paid(way.somebody())

    assert credits(topup) == [HUNDRED]
    assert (topup.provider, topup.error, topup.transfer.amount) == (way.name, "", HUNDRED)
    assert topup.external_id
    assert ledger.available(topup.customer) == HUNDRED


@every_way()
def test_kopecks_arrive_as_they_were_asked_for(way: Driver) -> None:
    assert credits(way.paid(way.somebody(), Decimal("1234.56"))) == [Decimal("1234.56")]


@every_way()
def test_a_notice_that_comes_again_changes_nothing(way: Driver) -> None:
    topup = way.offer(way.somebody())
    way.pays(topup)
    told = way.notice()
    for _ in range(3):
        assert way.tells(told) == 200
        work()

    assert credits(topup) == [HUNDRED]
    assert TopUp.objects.filter(customer=topup.customer).count() == 1


@every_way("listens")
def test_a_notice_alone_credits_nothing(way: Driver) -> None:
    topup = way.offer(way.somebody())
    assert way.tells(way.claims(topup, "paid")) == 200
    work()

    assert (reloaded(topup).state, credits(topup)) == ("pending", [])


@every_way("listens")
def test_older_news_after_the_payment_do_not_undo_it(way: Driver) -> None:
    topup = way.offer(way.somebody())
    way.pays(topup)
    way.tells(way.claims(topup, "waiting"))
    work()
    way.tells(way.notice())
    way.tells(way.claims(topup, "waiting"))
    work()

    assert (reloaded(topup).state, credits(topup)) == ("paid", [HUNDRED])


@every_way("bills", "listens")
def test_a_notice_before_our_row_knows_its_invoice_is_no_loss(way: Driver) -> None:
    way.fault("create", "answer_lost")
    topup = way.offer(way.somebody())
    (invoice_id,) = way.invoices(topup)
    assert (topup.state, topup.invoice_id) == ("created", None)
    way.pays(topup, invoice_id)
    assert way.tells(way.notice()) == 200
    with clock.moved(timedelta(seconds=10)):
        work()
    assert reloaded(topup).invoice_id == invoice_id
    with clock.moved(timedelta(seconds=40)):
        work()

    assert (way.invoices(topup), credits(topup)) == ([invoice_id], [HUNDRED])


@every_way("listens")
def test_forged_notices_are_no_page_and_move_nothing(way: Driver) -> None:
    topup = way.offer(way.somebody())
    before = reloaded(topup).due_at

    assert [way.tells(told) for told in way.forged()] == [404] * len(way.forged())
    assert reloaded(topup).due_at == before
    assert work() == 0


@every_way("listens")
def test_notices_of_one_way_do_not_pass_for_anothers(way: Driver) -> None:
    assert way.tells(way.unknown(), path="stars") == 404
    assert way.tells(way.unknown(), path="nobody") == 404


@every_way("listens")
def test_a_genuine_notice_of_something_unknown_is_taken_and_does_nothing(way: Driver) -> None:
    assert way.tells(way.unknown()) == 200
    assert work() == 0
    assert not Transfer.objects.exists()


@every_way("bills", "lists")
def test_a_payment_that_nobody_here_asked_for_is_put_before_an_operator(way: Driver) -> None:
    way.somebody()  # before whom nothing can have been paid here
    payment = way.stranger_pays()
    reconcile.all()

    line = Difference.objects.get(key=f"{DifferenceKind.UNKNOWN_PAYMENT}:{way.name}:{payment}")
    assert line.facts["paid"] == 7700
    assert not TopUp.objects.filter(external_id=payment).exists()


@every_way("bills", "lists")
def test_an_invoice_paid_after_its_offer_ended_is_credited(way: Driver) -> None:
    topup = way.offer(way.somebody())
    with clock.moved(OVER):
        work()
        assert reloaded(topup).state == "expired"
        way.pays(topup)
        way.tells(way.notice())
        work()
        reconcile.all()
        reconcile.all()

    assert (reloaded(topup).state, credits(topup)) == ("paid", [HUNDRED])


@every_way()
def test_news_that_come_after_the_offer_ended_are_credited(way: Driver) -> None:
    topup = way.offer(way.somebody())
    way.pays(topup)
    with clock.moved(OVER):
        way.tells(way.notice())
        work()

    assert (reloaded(topup).state, credits(topup)) == ("paid", [HUNDRED])


@every_way("other_sums")
@pytest.mark.parametrize("part", [Decimal("0.5"), Decimal("1.25")])
def test_another_sum_than_asked_is_worth_what_it_is(way: Driver, part: Decimal) -> None:
    topup = way.offer(way.somebody())
    way.says(int(topup.minor_amount * part))
    way.pays(topup)
    way.tells(way.notice())
    work()

    assert credits(topup) == [HUNDRED * part]
    paid = TopUp.objects.get(customer=topup.customer, external_id__isnull=False)
    assert (paid.state, "asked" in paid.error) == ("paid", True)
    if way.bills:  # its invoice is paid: nothing is waited for any more
        assert reloaded(topup).state == "expired"


@every_way("other_currencies")
def test_another_currency_waits_for_an_operator(way: Driver) -> None:
    topup = way.offer(way.somebody())
    way.says(100_00, "USD")
    way.pays(topup)
    way.tells(way.notice())
    work()

    assert credits(topup) == []
    paid = TopUp.objects.get(customer=topup.customer, external_id__isnull=False)
    assert (paid.state, paid.currency) == ("pending", "USD")
    assert Difference.objects.open().filter(kind=DifferenceKind.NOT_CREDITED, topup=paid).exists()
    assert reloaded(topup).state == "expired"
