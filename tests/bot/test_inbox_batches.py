"""Many updates in one commit: in one order, each by itself where one is refused, again after a deadlock."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from structlog.testing import capture_logs

from bot import backlog, inbox
from bot.models import Update
from reliability import clock
from tests.bot.doors import counts
from tests.bot.test_inbox import message
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def incoming(*update_ids: int) -> list:
    return [inbox.read(json.dumps(message(number, chat=number)).encode()) for number in update_ids]


@pytest.fixture
def planted():
    """The database does `what` before each row is inserted."""

    def sql(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    def plant(what: str) -> None:
        sql(
            f"""CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {what} RETURN NEW; END $$;
            CREATE TRIGGER planted BEFORE INSERT ON bot_update FOR EACH ROW EXECUTE FUNCTION planted()"""
        )

    sql("CREATE SEQUENCE planted_times")
    yield plant
    sql("DROP FUNCTION IF EXISTS planted CASCADE; DROP SEQUENCE planted_times")


@pytest.fixture
def never_looks_again(monkeypatch) -> None:
    """A backlog that knows only what it has let in itself."""
    monkeypatch.setattr(inbox, "backlog", backlog.Backlog())
    monkeypatch.setattr(backlog, "LOOK_EVERY_S", 3600.0 + clock.monotonic())


def test_rows_are_written_in_the_order_of_their_ids_and_answered_in_the_order_they_came():
    with capture_logs() as lines:
        answers = inbox.keep(incoming(30, 10, 20, 10))

    assert [answer.status for answer in answers] == [200] * 4
    assert list(Update.objects.order_by("seq").values_list("update_id", flat=True)) == [10, 20, 30]
    said = next(line for line in lines if line["event"] == "updates.stored")
    assert (said["count"], said["cids"].split()) == (
        3,
        list(Update.objects.order_by("seq").values_list("cid", flat=True)),
    )


def test_what_was_known_is_a_duplicate_and_the_rest_is_stored():
    inbox.keep(incoming(2))
    before = counts()

    assert [answer.status for answer in inbox.keep(incoming(1, 2, 3))] == [200] * 3

    assert Update.objects.count() == 3
    assert counts() - before == {"stored": 2, "duplicate": 1}


def test_a_row_that_the_database_refuses_does_not_keep_out_the_others(planted):
    planted("IF NEW.update_id = 3 THEN RAISE 'not this one' USING ERRCODE = '22000'; END IF;")

    answers = inbox.keep(incoming(1, 2, 3, 4, 5))

    assert [answer.status for answer in answers] == [200, 200, 503, 200, 200]
    assert set(Update.objects.values_list("update_id", flat=True)) == {1, 2, 4, 5}


def test_a_deadlock_is_repeated_and_costs_nothing(planted):
    planted("IF nextval('planted_times') = 2 THEN RAISE 'planted' USING ERRCODE = '40P01'; END IF;")

    assert [answer.status for answer in inbox.keep(incoming(1, 2, 3))] == [200] * 3

    assert Update.objects.count() == 3


def test_what_the_database_cancels_is_refused_so_that_it_comes_again(planted):
    planted("RAISE 'too slow' USING ERRCODE = '57014';")
    before = counts()

    answers = inbox.keep(incoming(1, 2))

    assert [(answer.status, answer.retry_after_s) for answer in answers] == [(503, 1)] * 2
    assert (counts() - before)["refused"] == 2
    assert not Update.objects.exists()


def test_writers_with_the_same_updates_in_opposite_orders_store_each_once():
    ids = range(1, 201)
    rounds = [(incoming(*ids), incoming(*reversed(ids))) for _ in range(5)]
    for number, orders in enumerate(rounds):
        Update.objects.all().delete()
        before = counts()

        outcomes = together(4, lambda who, orders=orders: inbox.keep(orders[who % 2]))

        assert {answer.status for answers in outcomes for answer in answers} == {200}, number
        assert Update.objects.count() == 200
        assert counts() - before == {"stored": 200, "duplicate": 600}


def test_of_a_batch_as_many_are_kept_as_there_is_room_for(settings, never_looks_again):
    settings.INBOX_CAPACITY = 3
    before = counts()

    assert [answer.status for answer in inbox.keep(incoming(1, 2, 3, 4, 5))] == [200, 200, 200, 503, 503]

    assert (Update.objects.count(), (counts() - before)["refused"]) == (3, 2)


def test_of_a_batch_without_room_the_repeats_are_known_those_of_this_very_batch_too(settings, never_looks_again):
    settings.INBOX_CAPACITY = 2
    inbox.keep(incoming(1))
    before = counts()

    assert [answer.status for answer in inbox.keep(incoming(2, 1, 3, 2, 4))] == [200, 200, 503, 200, 503]

    grown = counts() - before
    assert (grown["stored"], grown["duplicate"], grown["refused"]) == (1, 2, 2)
    assert Update.objects.count() == 2


def test_while_there_is_room_nobody_asks_what_is_known(never_looks_again):
    inbox.keep(incoming(1))
    with CaptureQueriesContext(connection) as asked:
        inbox.keep(incoming(1, 2, 3))
    assert asked.captured_queries == []  # the INSERT itself goes by a cursor of its own


def test_two_writers_at_once_do_not_go_over_the_bound(settings, never_looks_again):
    settings.INBOX_CAPACITY = 3

    together(2, lambda who: inbox.keep(incoming(10 * who + 1, 10 * who + 2)))

    assert Update.objects.count() == 3


def test_a_commit_that_failed_leaves_its_places_free(settings, never_looks_again, planted):
    settings.INBOX_CAPACITY = 2
    planted("IF NEW.update_id = 1 THEN RAISE 'not this one' USING ERRCODE = '22000'; END IF;")

    assert [answer.status for answer in inbox.keep(incoming(1, 2))] == [503, 200]
    assert [answer.status for answer in inbox.keep(incoming(3))] == [200]
