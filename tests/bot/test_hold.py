"""A hold as a row: one at a time, in its time, with its reason."""

from datetime import timedelta

import pytest
import structlog
from django.db import IntegrityError, connection, transaction

from bot import hold
from bot.models import Hold
from reliability import clock
from tests.bot.held import held, over

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("dispatch")]


def test_one_hold_at_a_time_and_a_lapsed_one_makes_room():
    held(minutes=5)
    with pytest.raises(hold.AlreadyHeld):
        held()
    with clock.moved(timedelta(minutes=6)):
        second = held()
    first = Hold.objects.exclude(pk=second.pk).get()
    assert (first.ended_at, first.ended_by) == (first.until, "")
    assert not hold.end(first.pk, by="late")


def test_the_end_of_a_hold_by_its_time_is_said_once_and_by_hand_by_whom():
    one = held(minutes=5)
    assert hold.lapse() == 0
    with clock.moved(timedelta(minutes=6)), structlog.testing.capture_logs() as lines:
        assert (hold.lapse(), hold.lapse()) == (1, 0)
        second = held()
        over(second)
    one.refresh_from_db()
    assert (one.ended_at, one.ended_by) == (one.until, "")
    ended = [(line["hold"], line["by"]) for line in lines if line["event"] == "hold.ended"]
    assert ended == [(one.pk, "its time"), (second.pk, "operator")]


@pytest.mark.parametrize(
    "change",
    [
        "until = started_at",
        "ended_at = started_at - interval '1 second'",
        "ended_at = until + interval '1 second'",
        "reason = ''",
        "ended_at = NULL",
    ],
)
def test_what_no_hold_can_be_the_database_refuses(change):
    over(held())
    held()
    ended = Hold.objects.exclude(ended_at=None).get()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE bot_hold SET {change} WHERE id = {ended.pk}")
