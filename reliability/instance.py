"""This process as others see it: a row whose heart beats while work is claimed, and which says what it has counted.

Rows of those long dead are folded into one, `past`, so that the sum over all rows never goes down.
"""

import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection, transaction
from django.db.models import Value

from reliability import clock, counts, outage
from reliability.models import HEARTBEAT_S, Instance

PAST: Final = uuid.UUID(int=0)
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
KEPT: Final = timedelta(hours=1)  # a dead instance is shown this long
_by_pid: dict[int, uuid.UUID] = {}  # a forked worker is an instance of its own


def me() -> uuid.UUID:
    """This process's id: made once, another after a fork."""
    return _by_pid.setdefault(os.getpid(), clock.uuid7())


def beat(role: str) -> None:
    """Say that this process lives, and what it has counted; the first beat makes its row."""
    counted = counts.mine.snapshot()
    if not Instance.objects.filter(pk=me()).update(heartbeat=clock.db_now(), counters=counted):
        counts.mine.start_anew()
        counted = counts.mine.snapshot()
        Instance.objects.get_or_create(  # threads of ours may begin at once
            pk=me(),
            defaults={
                "role": role,
                "release": settings.RELEASE,
                "host": socket.gethostname()[:128],
                "pid": os.getpid(),
                "heartbeat": clock.db_now(),
                "counters": counted,
            },
        )
    counts.mine.wrote(counted)


def counted() -> dict[str, int]:
    """What all processes have counted since TRT was installed, up to their last heartbeats."""
    return counts.total(Instance.objects.values_list("counters", flat=True))


@transaction.atomic
def fold() -> int:
    """Add the counts of those an hour dead to `past` and remove their rows; says how many. One that wakes up all the same
    makes a new row and counts on from there."""
    dead = Instance.objects.exclude(pk=PAST).filter(heartbeat__lt=clock.db_now() - Value(KEPT))
    rows = list(dead.select_for_update(skip_locked=True))
    if not rows:
        return 0
    Instance.objects.get_or_create(
        pk=PAST, defaults={"role": "past", "host": "", "pid": 0, "started_at": NEVER, "heartbeat": NEVER}
    )
    past = Instance.objects.select_for_update().get(pk=PAST)
    past.counters = counts.total([past.counters, *(row.counters for row in rows)])
    past.save(update_fields=["counters"])
    Instance.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def beat_if_possible(role: str) -> None:
    """A beat that does without the database: the others then see this process as gone, rightly."""
    try:
        close_old_connections()  # one that died with its server is no reason to miss a beat now that it is back
        beat(role)
    except (DatabaseError, InterfaceError) as trouble:
        outage.noted(trouble, missed="a heartbeat")
        connection.close()


@contextmanager
def beating(role: str) -> Iterator[uuid.UUID]:
    """Within the block this process beats every two seconds, from a thread of its own, however long a step takes.

    The last beat is at its end, so that nothing counted within is missing.
    """
    beat(role)
    stop = threading.Event()

    def keep() -> None:
        over = False
        while not over:
            over = stop.wait(HEARTBEAT_S)
            beat_if_possible(role)
        connection.close()

    thread = threading.Thread(target=keep, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield me()
    finally:
        stop.set()
        thread.join(timeout=5)
