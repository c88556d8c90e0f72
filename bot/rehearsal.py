"""What answering an update would do, without doing it: its handler runs in a transaction that is rolled back; nothing is sent."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models.signals import post_delete, post_save
from django.utils import translation

from bot import reading
from bot.events import Event
from bot.models import Update
from bot.router import on
from bot.screen import Screen
from reliability import cid

COUNTS = """
SELECT relid::regclass::text, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables
WHERE n_tup_ins + n_tup_upd + n_tup_del > 0
"""
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Table:
    """How many rows of a table would change, by the database's own count."""

    name: str
    inserted: int
    updated: int
    deleted: int


@dataclass(slots=True)
class Rehearsal:
    """What would happen. Without `handler` nobody waits for an answer; with `trouble` it would fail as it did."""

    handler: str = ""
    screen: Screen | None = None
    tables: list[Table] = field(default_factory=list)
    rows: list[str] = field(
        default_factory=list
    )  # those that have names; what SQL changes in bulk is in `tables` alone
    trouble: str = ""


def rehearse(update: Update) -> Rehearsal:
    """Answer `update` and take it all back. Numbers that sequences gave out are gone; nothing else is left of it."""
    found = Rehearsal()
    with cid.bound(update.cid), _rolled_back(found):
        event = reading.event(json.loads(bytes(update.raw)), update.kind)
        if event is not None:
            found.handler = _name(on.handler(event))
            found.screen = _answer(event)
    return found


def _answer(event: Event) -> Screen | None:
    with translation.override(event.customer.locale):
        return on.answer(event)


@contextmanager
def _rolled_back(found: Rehearsal) -> Iterator[None]:
    """Within the block whatever is done is noted in `found`, and undone at its end. Errors end the block, and are noted."""
    with transaction.atomic():
        before = written()
        try:
            with transaction.atomic(), _named(found.rows):
                yield
        except Exception as trouble:  # noqa: BLE001 (what it would fail with is the answer)
            found.trouble = f"{type(trouble).__name__}: {trouble}"
        else:
            found.tables = [
                Table(
                    _title(table), *(now - then for now, then in zip(counts, before.get(table, (0, 0, 0)), strict=True))
                )
                for table, counts in written().items()
                if counts != before.get(table)
            ]
        transaction.set_rollback(True)


def written() -> dict[str, tuple[int, ...]]:
    """Rows inserted, updated and deleted so far in this transaction, by table: the database's own count."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        return {row[0]: tuple(row[1:]) for row in cursor.fetchall()}


@contextmanager
def _named(rows: list[str]) -> Iterator[None]:
    """Within the block every row that this thread saves or deletes is named in `rows`, once: in the language of who looks on,
    not in that of the person who is answered."""
    me, ours = threading.get_ident(), translation.get_language()

    def note(sender: type[models.Model], instance: models.Model, **_: Any) -> None:
        with translation.override(ours):
            name = f"{sender._meta.verbose_name} {instance}"
        if threading.get_ident() == me and name not in rows and len(rows) < MOST_NAMED:
            rows.append(name)

    for signal in (post_save, post_delete):
        signal.connect(note, weak=False)
    try:
        yield
    finally:
        for signal in (post_save, post_delete):
            signal.disconnect(note)


def _title(table: str) -> str:
    """A table as the admin names its rows."""
    known = {model._meta.db_table: model._meta.verbose_name_plural for model in apps.get_models()}
    return str(known.get(table, table))


def _name(handler: Callable[..., Any]) -> str:
    return f"{handler.__module__.rpartition('.')[2]}.{handler.__name__}"
