"""The lease: which instance may act under a name, decided by one row and the database's clock.

Taken or renewed by one UPDATE; every takeover increments `epoch`, and rows finished under an older epoch are refused
(fencing). The holder also keeps its own deadline, counted from before it asked, so it stops before others may start.
"""

import uuid
from datetime import timedelta

from django.db.models import F, Q, Value

from reliability import clock
from reliability.models import Lease

TERM_S = 9  # after a crash others wait this long; with the half second until they look, within ten
RENEW_S = 2


class Held:
    """The lease in one process's hands. Not shared between threads that renew; `valid` may be asked from any."""

    def __init__(self, name: str, holder: uuid.UUID) -> None:
        self.name = name
        self.holder = holder
        self.epoch = 0  # 0: never held
        self._deadline = 0.0  # monotonic seconds: a stopped process finds it passed when it wakes

    @property
    def valid(self) -> bool:
        """Whether we may still act: our own deadline has not passed."""
        return clock.monotonic() < self._deadline

    def take_or_renew(self, *, force: bool = False) -> bool:
        """Hold the lease for TERM_S more seconds, taking it if it is free or has expired. False: somebody else has it.

        `force` takes it from a living holder, whom the new epoch fences off.
        """
        Lease.objects.get_or_create(name=self.name)
        asked = clock.monotonic()
        until = clock.db_now() + Value(timedelta(seconds=TERM_S))
        row = Lease.objects.filter(name=self.name)
        if self.epoch and row.filter(holder=self.holder, epoch=self.epoch).update(expires_at=until):
            self._deadline = asked + TERM_S
            return True
        free = Q(pk=self.name) if force else Q(holder__isnull=True) | Q(expires_at__lt=clock.db_now())
        if row.filter(free).update(holder=self.holder, epoch=F("epoch") + 1, expires_at=until):
            self.epoch = row.values_list("epoch", flat=True).get()
            self._deadline = asked + TERM_S
            return True
        self._deadline = 0.0
        return False

    def lose(self) -> None:
        """A row told us that somebody else has it: act no more until it is ours again."""
        self._deadline = 0.0

    def release(self) -> None:
        """Let the next one in at once. A repeat, or a release of a lease already lost, changes nothing."""
        self._deadline = 0.0
        Lease.objects.filter(name=self.name, holder=self.holder, epoch=self.epoch).update(holder=None, expires_at=None)
