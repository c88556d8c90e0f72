"""This process as others see it: a row whose heart beats while work is claimed."""

import os
import socket
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from reliability import clock
from reliability.models import HEARTBEAT_S, Instance

log = structlog.get_logger()
_by_pid: dict[int, uuid.UUID] = {}  # a forked worker is an instance of its own


def me() -> uuid.UUID:
    """This process's id: made once, another after a fork."""
    return _by_pid.setdefault(os.getpid(), clock.uuid7())


def beat(role: str, counters: Mapping[str, int] | None = None) -> None:
    """Say that this process lives, and what it has counted; the first beat makes its row."""
    counted = {} if counters is None else {"counters": dict(counters)}
    Instance.objects.update_or_create(
        pk=me(),
        defaults={"heartbeat": clock.db_now(), **counted},
        create_defaults={
            **counted,
            "role": role,
            "release": settings.RELEASE,
            "host": socket.gethostname()[:128],
            "pid": os.getpid(),
            "heartbeat": clock.db_now(),
        },
    )


@contextmanager
def beating(role: str, counters: Mapping[str, int] | None = None) -> Iterator[uuid.UUID]:
    """Within the block this process beats every two seconds, from a thread of its own, however long a step takes; with
    each beat it writes `counters`, if it has any."""
    beat(role, counters)
    stop = threading.Event()

    def keep() -> None:
        while not stop.wait(HEARTBEAT_S):
            try:
                beat(role, counters)
            except (DatabaseError, InterfaceError) as trouble:  # the database is away: others will see us dead, rightly
                log.warning("instance.no_heartbeat", role=role, error=str(trouble))
                connection.close()
        connection.close()

    thread = threading.Thread(target=keep, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield me()
    finally:
        stop.set()
        thread.join(timeout=5)
