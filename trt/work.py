"""The one task of django-q2: do all work that is due, then go. It takes no arguments, so nothing in its queue can be lost or poisoned."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from django.db import connection

from kie.queues import QUEUES
from reliability import clock, instance, outage
from reliability.due import run_due

AT_MOST_S = 20.0
THREADS: Final = 8  # of one worker process: a step waits for KIE most of its time
TURN: Final = 20  # rows of one queue before the next has its turn: a flood of one keeps no other waiting


@outage.borne
def work() -> int:
    """Work on every due row until none is or twenty seconds have passed; says how many rows were worked on.

    Run twice, or at once in several workers, it does no harm: each row is claimed. Rows of a killed worker are due
    again when its heart has stopped for nine seconds. While the database is away nothing is worked on: 0.
    """
    until = clock.monotonic() + AT_MOST_S
    with instance.beating("worker") as me:
        return _together(me, until=lambda: clock.monotonic() >= until)


def _together(me: uuid.UUID, *, until: Callable[[], bool]) -> int:
    """On this thread, and on as many more as there are rows for."""
    more = 0 if until() else min(THREADS, _due(me)) - 1
    if more < 1:
        return drain(me, until=until)
    with ThreadPoolExecutor(more, thread_name_prefix="work") as pool:
        helpers = [pool.submit(_helped, me, until) for _ in range(more)]
        done = drain(me, until=until)
        return done + sum(helper.result() for helper in helpers)


def _due(me: uuid.UUID) -> int:
    return sum(queue.waiting(me, most=THREADS) for queue in QUEUES)


def _helped(me: uuid.UUID, until: Callable[[], bool]) -> int:
    try:
        return drain(me, until=until)
    finally:
        connection.close()


def drain(me: uuid.UUID, *, until: Callable[[], bool]) -> int:
    """Go round the queues until none has due rows or `until()`. `me` must be beating."""
    done = 0
    while not until():
        rows = sum(run_due(queue, me, until=until, most=TURN) for queue in QUEUES)
        if not rows:
            break
        done += rows
    return done
