"""Whether this process has its database: one line when it goes, one when it is back, however many threads notice.

Whoever meets an error of the database says it here (`noted`); that it is back is told by the first connection that
comes about (Django's `connection_created`).
"""

import logging
import os
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import psycopg
import structlog
from django.db import DatabaseError, InterfaceError, connection

from reliability import clock
from reliability.log import masked

log = structlog.get_logger()
READ_ONLY: Final = "25006"  # SQLSTATE: the server takes no writes any more, another one does
# Beginnings of SQLSTATE: no connection, no room for one, the server ends or begins, is only somebody's copy by now.
GONE: Final = ("08", "53", "57P", READ_ONLY)
# Of these: it answers and cannot write (no disk, no memory, a limit of its own). That a connection comes about ends none of them.
FULL: Final = ("53000", "53100", "53200", "53400")


def is_away(trouble: BaseException | None) -> bool:
    """Whether this error means that the database cannot be used now; a refused statement is another matter."""
    if state := sqlstate(trouble):
        return state.startswith(GONE)
    its = _psycopgs(trouble)
    return isinstance(its, psycopg.OperationalError | psycopg.InterfaceError)  # broken or closed, without a word


def is_read_only(trouble: BaseException | None) -> bool:
    """Whether a connection is left on a server that takes no writes: reads succeed there for ever, so nobody finds it dead. A fresh
    connection leads elsewhere (target_session_attrs, trt.database)."""
    return sqlstate(trouble) == READ_ONLY


def sqlstate(trouble: BaseException | None) -> str:
    """PostgreSQL's own code of an error; "" where it has none."""
    its = _psycopgs(trouble)
    return (its.sqlstate or "") if isinstance(its, psycopg.Error) else ""


def _psycopgs(trouble: BaseException | None) -> BaseException | None:
    """The driver's own error under Django's."""
    return trouble.__cause__ if isinstance(trouble, DatabaseError | InterfaceError) and trouble.__cause__ else trouble


class Outage:
    """What this process knows of the database's absence."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: float | None = None  # monotonic seconds
        self._absences = 0

    def noted(self, trouble: BaseException, **facts: Any) -> None:
        """An error of the database: the first of an absence is told; one that is none, or whose end nobody would see, always is."""
        error = masked(next(iter(str(trouble).strip().splitlines()), type(trouble).__name__))
        if not is_away(trouble) or sqlstate(trouble) in FULL:
            log.warning("database.trouble", error=error, **facts)
            return
        with self._lock:
            if self._since is not None:
                return
            self._since, self._absences = clock.monotonic(), self._absences + 1
        log.warning("database.away", error=error, absence=self._absences, **facts)

    def over(self, **_signal: Any) -> None:
        """A connection has come about."""
        with self._lock:
            since, self._since = self._since, None
        if since is not None:
            log.info("database.back", away_s=round(clock.monotonic() - since, 1))

    def forget(self) -> None:
        """A fork begins with a lock of its own."""
        self._lock = threading.Lock()


outage: Final = Outage()
os.register_at_fork(after_in_child=outage.forget)
noted = outage.noted


def borne(task: Callable[[], int]) -> Callable[[], int]:
    """A task of the worker that does nothing, 0, while the database is away: its rows stay due, and it comes again."""

    @wraps(task)
    def run() -> int:
        try:
            return task()
        except (DatabaseError, InterfaceError) as trouble:
            if not is_away(trouble):
                raise
            noted(trouble)
            connection.close()
            return 0

    return run


def said_once(record: logging.LogRecord) -> bool:
    """A filter for django-q2's logger: of an absence it says nothing, for we have; nor does it keep the dead connection."""
    trouble = record.exc_info[1] if record.exc_info else record.msg
    if not (isinstance(trouble, BaseException) and is_away(trouble)):
        return True
    noted(trouble)
    if not connection.in_atomic_block:
        connection.close()
    return False
