"""Before Telegram takes the Stars it asks us: only a fresh offer that fits is said yes to."""

from datetime import timedelta

import pytest
from django.db import connection

from bot import stars
from payments import topups
from reliability import cid, clock
from tests.bot.star_books import HUNDRED, books, bought

__all__ = ["books", "bought"]
pytestmark = pytest.mark.django_db


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
