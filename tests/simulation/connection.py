"""A connection of a simulated thread: Django's own, where each statement and commit is a place to be interrupted at.

Beneath it are real sessions of a real PostgreSQL, used again after a rollback: what a killed process had not committed
is gone at once, as it is when the server sees the socket closed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import OperationalError
from django.db.backends.postgresql.base import DatabaseWrapper

if TYPE_CHECKING:
    from tests.simulation.process import Thread

WRITES = re.compile(r'\s*(?:WITH \w+ AS \(\s*)?(INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)')
LOST = "server closed the connection unexpectedly"


class Sessions:
    """Open sessions nobody uses just now. Settings are Django's DATABASES entry."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self._free: list[psycopg.Connection] = []

    def take(self) -> psycopg.Connection | None:
        return self._free.pop() if self._free else None

    def give_back(self, session: psycopg.Connection) -> None:
        session.rollback()
        self._free.append(session)

    def close(self) -> None:
        while self._free:
            self._free.pop().close()


class Connection(DatabaseWrapper):
    """As product code sees it: `django.db.connection` while its thread runs."""

    def __init__(self, sessions: Sessions, thread: Thread | None = None) -> None:
        super().__init__(sessions.settings, "default")
        self.sessions = sessions
        self.thread = thread  # None: the world's own look at the database, never interrupted
        self._written: list[str] = []
        self._rings = False
        if thread is not None:
            self.execute_wrappers.append(self._statement)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if self.thread is not None:
            self.thread.must_live()
            if self.thread.world.database_is_away and self.thread.loses("connection_refused"):
                raise OperationalError("connection refused: is the server running?")
        session = self.sessions.take()
        return super().get_new_connection(conn_params) if session is None else session

    def _close(self) -> None:
        if self.connection is not None:
            self.sessions.give_back(self.connection)

    def vanish(self) -> None:
        """The process is gone, or the server: what was not committed is rolled back."""
        session, self.connection = self.connection, None
        self._written.clear()
        self._rings = False
        if session is not None:
            self.sessions.give_back(session)

    def _set_autocommit(self, autocommit: bool) -> None:
        if not autocommit and self.thread is not None:
            self._others_first(self.thread)  # a transaction begins: nothing is locked here
        super()._set_autocommit(autocommit)

    def _others_first(self, thread: Thread) -> None:
        thread.pause()
        if self.connection is None:  # PostgreSQL went away meanwhile
            raise OperationalError(LOST)

    def _statement(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        thread = self.thread
        assert thread is not None
        alone = not self.in_atomic_block  # a transaction of its own
        if alone:
            self._others_first(thread)
        thread.may_die(counted=False)
        if thread.world.poisons(str(sql)):
            thread.dies()
        if thread.loses("connection_lost"):
            self._lose()
        result = execute(sql, params, many, context)
        self._note(str(sql))
        if alone:
            self._committed()
        thread.may_die(seam=alone)
        return result

    def _commit(self) -> None:
        thread = self.thread
        if thread is None:
            return super()._commit()
        thread.may_die(counted=False)
        super()._commit()
        self._committed()
        thread.may_die(seam=True)
        if thread.loses("commit_answer_lost"):
            self._lose()
        return None

    def breaks(self) -> None:
        """The session is gone; Django finds out at the next word."""
        self.vanish()
        self.closed_in_transaction = self.needs_rollback = self.in_atomic_block

    def _lose(self) -> None:
        self.breaks()
        raise OperationalError(LOST)

    def _rollback(self) -> None:
        self._written.clear()
        self._rings = False
        super()._rollback()

    def _note(self, sql: str) -> None:
        if found := WRITES.match(sql):
            self._written.append(f"{found[1].split()[0].lower()} {found[2]}")
        self._rings = self._rings or "pg_notify" in sql

    def _committed(self) -> None:
        assert self.thread is not None
        written, rings = self._written, self._rings
        self._written, self._rings = [], False
        if written:
            self.thread.committed(written)
        if rings:
            self.thread.world.ring()
