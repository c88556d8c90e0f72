"""An invariant: what must always hold, as one SQL query for the rows that break it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from reliability import clock

MOST = 100  # rows shown; that there is one is the finding
ROOM = "SELECT set_config('work_mem', '64MB', true), set_config('statement_timeout', '60s', true)"  # until the transaction ends


@contextmanager
def roomy() -> Iterator[CursorWrapper]:
    """A cursor for a question about every row of a table: it may take the memory and the time that others may not."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ROOM)
        yield cursor


@dataclass(frozen=True, slots=True)
class Invariant:
    """`sql` selects the rows that break `sentence`, and enough of each to look into it. %(now)s stands for the present moment."""

    name: str
    sentence: str
    sql: str

    def check(self) -> list[dict[str, Any]]:
        """The first hundred rows that break it; empty: it holds. Changes nothing."""
        with roomy() as cursor:
            cursor.execute(f"SELECT * FROM ({self.sql}) AS broken LIMIT {MOST}", {"now": clock.now()})  # noqa: S608 (our own constant)
            columns = [column.name for column in cursor.description or ()]
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
