"""The database's absence in the log: one line when it goes, one when it is back; what is no absence is no part of it."""

import logging
import sys

import psycopg
import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, ProgrammingError, connection

from reliability import broker, outage
from reliability.broker import Patient
from reliability.outage import Outage
from tests.together import together

REFUSED = "connection to server on socket failed: Connection refused\n\tIs the server running?"


@pytest.fixture
def process(monkeypatch) -> Outage:
    """A process that has its database."""
    fresh = Outage()
    monkeypatch.setattr(outage, "noted", fresh.noted)
    return fresh


def of(ours: type[Exception], theirs: Exception) -> Exception:
    """As Django raises it."""
    trouble = ours(str(theirs))
    trouble.__cause__ = theirs
    return trouble


def lost(words: str = REFUSED) -> Exception:
    return of(OperationalError, psycopg.OperationalError(words))


def events(caplog) -> list[str]:
    return [record.msg["event"] for record in caplog.records]


def test_however_many_notice_it_is_one_line_and_one_when_it_is_back(process, caplog):
    caplog.set_level(logging.INFO)
    for _ in range(2):
        together(4, lambda _: [process.noted(lost("no route\n\tIs it running?")) for _ in range(10)])
        together(4, lambda _: process.over())
    assert events(caplog) == ["database.away", "database.back"] * 2
    assert caplog.records[0].msg["error"] == "no route"


@pytest.mark.parametrize(
    ("trouble", "away"),
    [
        (lost(), True),
        (of(OperationalError, psycopg.errors.AdminShutdown("terminating connection")), True),
        (of(OperationalError, psycopg.errors.CannotConnectNow("the database system is starting up")), True),
        (of(OperationalError, psycopg.errors.TooManyConnections("too many clients")), True),
        (of(InterfaceError, psycopg.InterfaceError("the connection is closed")), True),
        (psycopg.OperationalError(REFUSED), True),  # the listener has no Django in between
        (of(OperationalError, psycopg.errors.QueryCanceled("statement timeout")), False),
        (of(OperationalError, psycopg.errors.DeadlockDetected("deadlock")), False),
        (of(IntegrityError, psycopg.errors.UniqueViolation("twice")), False),
        (of(ProgrammingError, psycopg.errors.UndefinedTable("no table")), False),
        (ValueError("ours"), False),
    ],
)
def test_what_is_an_absence(trouble, away):
    assert outage.is_away(trouble) == away


def test_a_refused_statement_is_told_each_time_and_begins_no_absence(process, caplog):
    caplog.set_level(logging.INFO)
    for number in range(2):  # equal lines pass once in 30 s
        process.noted(of(OperationalError, psycopg.errors.QueryCanceled(f"statement timeout {number}")))
    process.over()
    assert events(caplog) == ["database.trouble"] * 2


def test_a_full_disk_is_no_absence_that_a_connection_ends(process, caplog):
    caplog.set_level(logging.INFO)
    for _ in range(3):  # equal lines pass once in 30 s
        full = of(OperationalError, psycopg.errors.DiskFull("no space left on device"))
        process.noted(full)
        process.over()
    assert outage.is_away(full)
    assert events(caplog) == ["database.trouble"]


def test_a_task_does_nothing_meanwhile_and_its_own_faults_are_raised(process):
    def fails(trouble: Exception):
        def task() -> int:
            raise trouble

        return outage.borne(task)

    assert fails(lost())() == 0
    with pytest.raises(ProgrammingError):
        fails(of(ProgrammingError, psycopg.errors.UndefinedTable("no table")))()


@pytest.mark.django_db
@pytest.mark.parametrize(("trouble", "passes"), [(lost(), False), (ValueError("ours"), True)])
def test_a_library_is_silent_about_an_absence_only(process, trouble, passes):
    try:
        raise trouble
    except Exception:  # noqa: BLE001 (as the library catches it)
        its = logging.LogRecord("django-q", logging.ERROR, "", 1, "Failed to pull task", None, sys.exc_info())
    bare = logging.LogRecord("django-q", logging.ERROR, "", 1, trouble, None, None)
    assert [outage.said_once(record) for record in (its, bare)] == [passes, passes]


@pytest.mark.django_db(transaction=True)
def test_the_guard_of_the_workers_keeps_no_dead_connection(process):
    connection.ensure_connection()
    assert not outage.said_once(logging.LogRecord("django-q", logging.ERROR, "", 1, lost(), None, None))
    assert connection.connection is None  # its next heartbeat opens another


@pytest.mark.django_db(transaction=True)
def test_the_queue_of_tasks_waits_for_the_database_and_ends_no_process(process, monkeypatch):
    monkeypatch.setattr(broker, "sleep", lambda _: None)
    queue = Patient(list_key="trt")
    task = queue.enqueue("a task")
    with monkeypatch.context() as away:
        connection.close()
        away.setitem(connection.settings_dict, "HOST", "/nowhere")
        assert queue.dequeue() is None
        queue.acknowledge(task)
    assert queue.dequeue() == [(task, "a task")]
    queue.acknowledge(task)
    assert queue.queue_size() + queue.lock_size() == 0


@pytest.mark.django_db(transaction=True)
def test_an_error_that_is_no_absence_is_not_waited_out(process):
    with pytest.raises(DataError):
        Patient(list_key="\0").dequeue()
