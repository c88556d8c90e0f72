"""Operators hear of a receipt that waits for them: once when it opens the review, once more after a day without an answer."""

from datetime import timedelta

import pytest

from bot import renders
from bot.models import Delivery
from payments import paying, people, receipts, topups
from payments.models import Difference
from reliability import clock, instance
from reliability.due import run_due
from tests.bot.person import check
from tests.bot.transfers import CARD, PHONE, bank, paying_anna, photo, request_of, transfers

__all__ = ["bank", "paying_anna", "transfers"]
pytestmark = pytest.mark.django_db
OPERATORS = (700_000_777, 700_000_778)
DAY = timedelta(hours=24, seconds=1)


@pytest.fixture(autouse=True)
def operators(settings):
    settings.ADMIN_IDS = OPERATORS


def alarms(what: str) -> list[Delivery]:
    return list(Delivery.objects.filter(payload__name="alarm", payload__what=what).order_by("pk"))


def pays(later: timedelta) -> None:
    """The worker's part, so much later."""
    with clock.moved(later):
        instance.beat("worker")
        run_due(paying.QUEUE, instance.me())


@pytest.mark.parametrize(
    ("locale", "words", "sum_"),
    [("ru", "🧾 Чек на проверке", "500,00\u202f₽"), ("en", "🧾 A receipt is waiting", "₽500.00")],
)
def test_each_operator_hears_of_a_receipt_with_its_person_and_its_sum(paying_anna, locale, words, sum_):
    people.meet(OPERATORS[0], first_name="Ольга", username=None, language_code=locale)
    photo(paying_anna)

    told = alarms("receipt")
    assert [one.chat for one in told] == list(OPERATORS)
    screen = renders.render(told[0])
    check(screen)
    for part in (words, sum_, str(paying_anna.customer)):
        assert part in screen.text
    assert CARD not in screen.text
    assert PHONE not in screen.text


def test_what_is_added_to_a_request_under_review_and_what_was_there_already_calls_nobody(paying_anna):
    for unique_id in ("one", "two", "one"):
        photo(paying_anna, unique_id)
    assert len(alarms("receipt")) == len(OPERATORS)


def test_a_request_that_was_taken_back_and_is_opened_again_calls_again(paying_anna):
    photo(paying_anna, "one")
    request = request_of(paying_anna)
    assert receipts.take_back(request.pk)
    receipts.take(request.pk, receipts.Sent("file-2", "two", "photo"), cid=request.cid)
    assert len(alarms("receipt")) == 2 * len(OPERATORS)


def test_a_day_without_an_answer_is_told_once_whatever_is_added(paying_anna):
    photo(paying_anna, "one")
    pays(DAY)
    photo(paying_anna, "two")
    for hours in (1, 30):
        pays(DAY + timedelta(hours=hours))
    told = alarms("receipt_overdue")
    assert [one.chat for one in told] == list(OPERATORS)
    screen = renders.render(told[0])
    check(screen)
    assert "Чек ждёт ответа больше суток" in screen.text


def test_a_line_that_an_operator_has_ended_says_nothing_more(paying_anna):
    photo(paying_anna)
    pays(DAY)
    Difference.objects.update(ended_at=clock.now(), ended_by="operator", note="seen")
    pays(DAY + timedelta(hours=2))
    assert len(alarms("receipt_overdue")) == len(OPERATORS)


def test_an_answered_receipt_is_not_told_of_as_waiting(paying_anna):
    photo(paying_anna)
    topups.approve(request_of(paying_anna).pk, by="admin:1")
    pays(DAY)
    assert not alarms("receipt_overdue")
