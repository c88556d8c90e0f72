"""django-q2's queue in our database, which waits for it while it is away.

The library's own raises, which ends the process that asked: the cluster then starts it again, with a traceback each time.
"""

from time import sleep
from typing import Any

from django.db import DatabaseError, InterfaceError, connection
from django_q.brokers.orm import ORM

from reliability import outage

PAUSE_S = 1.0


class Patient(ORM):
    """The ORM broker, for the two processes of a cluster that live by it."""

    def dequeue(self) -> list[tuple[Any, str]] | None:
        """The next tasks; None if there are none, or the database is away: asked again after a moment."""
        try:
            return super().dequeue()
        except (DatabaseError, InterfaceError) as trouble:
            _bear(trouble)
            sleep(PAUSE_S)
            return None

    def acknowledge(self, task_id: Any) -> None:
        """This task is done. While the database is away it cannot be said, and the task is run again: ours do no harm."""
        try:
            super().acknowledge(task_id)
        except (DatabaseError, InterfaceError) as trouble:
            _bear(trouble)


def _bear(trouble: Exception) -> None:
    """Note that the database is away; any other error is raised again."""
    if not outage.is_away(trouble):
        raise trouble
    outage.noted(trouble)
    connection.close()
