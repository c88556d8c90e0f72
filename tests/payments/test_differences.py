"""The work list: a line once, ended by itself or by hand, and opened again only where it should be."""

import pytest
from django.db import DatabaseError
from structlog.testing import capture_logs

from payments import difference
from payments.difference import DifferenceKind
from payments.models import Difference
from reliability import clock

pytestmark = pytest.mark.django_db
KIND = DifferenceKind.UNKNOWN_PAYMENT


def found(**facts):
    return difference.found(KIND, "bank:p1", provider="bank", **facts)


def by_hand(line):
    Difference.objects.filter(pk=line.pk).update(ended_at=clock.now(), ended_by="operator", note="called the bank")


def is_open():
    return Difference.objects.open().exists()


def test_a_line_is_one_however_often_it_is_found_and_keeps_its_first_moment(django_capture_on_commit_callbacks):
    with capture_logs() as logged, django_capture_on_commit_callbacks(execute=True):
        first = found(paid=1)
        again = found(paid=2)

    line = Difference.objects.get()
    assert (first.pk, again.pk, line.facts, line.found_at) == (line.pk, line.pk, {"paid": 2}, first.found_at)
    assert line.seen_at > first.seen_at
    assert [one["event"] for one in logged] == ["money.difference"]


def test_the_same_payment_may_have_lines_of_several_kinds():
    found()
    difference.found(DifferenceKind.SUM, "bank:p1", provider="bank")
    assert Difference.objects.open().count() == 2


def test_what_is_not_so_any_more_ends_by_itself_and_is_open_again_when_it_is_so_again():
    found()
    assert [difference.settled(KIND, "bank:p1", note="known now") for _ in range(2)] == [True, False]
    line = Difference.objects.get()
    assert (line.ended_by, line.note, is_open()) == ("", "known now", False)

    found()
    line.refresh_from_db()
    assert (line.ended_at, line.note, is_open()) == (None, "", True)


def test_what_an_operator_has_ended_stays_ended():
    by_hand(found())
    found(paid=3)
    assert not is_open()
    assert not difference.settled(KIND, "bank:p1", note="by itself")
    assert Difference.objects.get().note == "called the bank"


def test_nothing_is_settled_that_was_never_found():
    assert not difference.settled(KIND, "bank:p1", note="x")


@pytest.mark.django_db(transaction=True)
def test_found_by_sixteen_at_once_it_is_one_line(together):
    outcomes = together(16, lambda n: found(paid=n))
    assert {one.pk for one in outcomes} == {Difference.objects.get().pk}


@pytest.mark.parametrize(
    ("guard", "change"),
    [
        ("difference_kind_known", "kind = 'odd'"),
        ("difference_ended_how", "ended_at = now()"),
        ("payments_difference_key", "key = (SELECT max(key) FROM payments_difference)"),
    ],
)
def test_a_line_that_can_never_be_is_refused(sql, guard, change):
    found()
    difference.found(DifferenceKind.SUM, "bank:p1", provider="bank")
    with pytest.raises(DatabaseError, match=guard):
        sql(f"UPDATE payments_difference SET {change}")
