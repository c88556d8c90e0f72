"""The claim of a row: the SELECTs that find the next of a queue and count what waits, compiled once, and the UPDATE that takes
it, written out, for Django takes far longer over each than PostgreSQL.

A SELECT's moment, its claimer and the rows under way stand in it as marks and are put in at each look.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from reliability import clock

if TYPE_CHECKING:
    from reliability.due import Due, DueQuerySet

NOW: Final = datetime(1883, 11, 18, tzinfo=UTC)
ME: Final = uuid.UUID("6d61726b-0000-4000-8000-6d61726b6572")
BUSY: Final = [-1883_11_18]


Rows = Callable[[datetime], "DueQuerySet"]
Busy = Callable[[Any], list[Any]]


def first(rows: Rows, me: uuid.UUID, busy: Busy) -> Any:
    """The longest due of the `rows` that `me` may claim, locked until the end of the transaction around; or None.

    Of two looks only the moment, the claimer and the rows under way (what `busy` says of the model) may differ: `rows` is
    asked once.
    """
    model, sql, marked = _compiled(rows, clock.is_system())
    return next(iter(model.objects.raw(sql, _given(marked, me, busy(model)))), None)


def waiting(rows: Rows, me: uuid.UUID, busy: Busy, most: int) -> int:
    """How many `first` could find one after the other, counted up to `most`. Locks nothing, and needs no transaction."""
    model, sql, marked = _compiled(rows, clock.is_system(), most)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) due", _given(marked, me, busy(model)))  # noqa: S608
        return int(cursor.fetchone()[0])


def _given(marked: Sequence[Any], me: uuid.UUID, busy: list[Any]) -> list[Any]:
    now = clock.now()
    return [now if one == NOW else me if one == ME else busy if one == BUSY else one for one in marked]


def take(row: "Due", me: uuid.UUID) -> None:
    """Claim a locked row and count the attempt, within the transaction around."""
    meta = row._meta
    row.attempts, row.claimed_by = row.attempts + 1, me
    sql = f'UPDATE "{meta.db_table}" SET attempts = %s, claimed_by = %s WHERE "{meta.pk.column}" = %s'  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [row.attempts, me, row.pk])


@cache
def _compiled(rows: Rows, _system_clock: bool, most: int | None = None) -> tuple[Any, str, tuple[Any, ...]]:
    """The model, the SQL and its parameters, of a claim or of a count; another SQL where the clock is not the database's own."""
    claimable = rows(NOW).due(NOW).claimable(ME, NOW, BUSY)
    claim = claimable.select_for_update(skip_locked=True, of=("self",))[:1]
    query = (claimable.values_list("pk")[:most] if most else claim).query
    return (claimable.model, *query.sql_with_params())


def forget() -> None:
    """Compile anew: for who changes what a query says."""
    _compiled.cache_clear()
