"""How many updates wait for an answer: the bound at which the inbox says 503, exact within one process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from reliability import clock

LOOK_EVERY_S = 0.5
WAITING = """
SELECT count(*) FROM (SELECT FROM bot_update WHERE state = 'new' AND hold_id IS NULL LIMIT %s) waiting
"""


@dataclass
class Room:
    """Places set aside for rows about to be committed; `filled` is said by who has committed them."""

    places: int
    filled: int = 0


class Backlog:
    """Looked up at most twice a second a process, however many come; what this process stores in between is added.

    What others answer or store in between is seen with the next look: so within that half second one process never goes
    over the bound by itself, and may for a moment refuse what would have fitted. What a hold keeps does not count: it is
    nobody's work yet, and payments must come in behind it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looked_at = 0.0
        self._waiting = 0  # by the last look, and what was stored or set aside since
        self._set_aside = 0  # of them those whose commit is under way: the next look may not see them

    @contextmanager
    def room(self, wanted: int) -> Iterator[Room]:
        """Within the block up to `wanted` places under INBOX_CAPACITY are ours; those not filled are free again after it.

        Raises what the database raises when it is away.
        """
        with self._lock:
            self._look()
            room = Room(min(wanted, max(0, settings.INBOX_CAPACITY - self._waiting)))
            self._waiting += room.places
            self._set_aside += room.places
        try:
            yield room
        finally:
            with self._lock:
                self._waiting -= room.places - room.filled
                self._set_aside -= room.places

    def _look(self) -> None:
        if clock.monotonic() - self._looked_at <= LOOK_EVERY_S:
            return
        with connection.cursor() as cursor:
            cursor.execute(WAITING, [settings.INBOX_CAPACITY])
            self._waiting = cursor.fetchone()[0] + self._set_aside
        self._looked_at = clock.monotonic()
