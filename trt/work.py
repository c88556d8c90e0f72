"""The one task of django-q2: do all work that is due, then go. It takes no arguments, so nothing in its queue can be lost or poisoned."""

import uuid
from collections.abc import Callable

from kie.queues import QUEUES
from reliability import clock, instance, outage
from reliability.due import run_due

AT_MOST_S = 20.0


@outage.borne
def work() -> int:
    """Work on every due row until none is or twenty seconds have passed; says how many rows were worked on.

    Run twice, or at once in several workers, it does no harm: each row is claimed. Rows of a killed worker are due
    again when its heart has stopped for nine seconds. While the database is away nothing is worked on: 0.
    """
    until = clock.monotonic() + AT_MOST_S
    with instance.beating("worker") as me:
        return drain(me, until=lambda: clock.monotonic() >= until)


def drain(me: uuid.UUID, *, until: Callable[[], bool]) -> int:
    """Go round the queues until none has due rows or `until()`. `me` must be beating."""
    done = 0
    while not until():
        rows = sum(run_due(queue, me, until=until) for queue in QUEUES)
        if not rows:
            break
        done += rows
    return done
