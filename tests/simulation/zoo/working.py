"""Bugs of the floor: rows of work and the lease."""

import uuid
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from django.db import transaction
from django.db.models import Q

from reliability import clock, due
from reliability.due import DueQuerySet, Queue
from reliability.lease import Held
from reliability.models import Lease
from tests.simulation.zoo.bug import Bug, bug


@bug("django-q2: a task whose worker died comes back without end; max_attempts counts only failures")
def deaths_are_not_counted() -> Iterator[None]:
    """The attempt is not committed before the work: a row that kills its worker kills the next one too."""

    def claim(queue: Queue, me: uuid.UUID) -> Any:
        with transaction.atomic():
            now = clock.now()
            free = queue.rows(now).due(now).claimable(me)
            row = free.select_for_update(skip_locked=True, of=("self",)).first()
            if row is None or not due._under_way.add(row):
                return None
            row.claimed_by = me
            row.save(update_fields=["claimed_by"])
        return row

    with patch.object(due, "_claim", claim):
        yield


@bug("locks in Redis without expiry")
def claims_of_the_dead_stay() -> Iterator[None]:
    """A row that a dead process had claimed is nobody's any more."""
    with patch.object(
        DueQuerySet, "claimable", lambda self, me, *_: self.filter(Q(claimed_by=None) | Q(claimed_by=me))
    ):
        yield


@bug("advisory locks of a session that outlives its process")
def lease_never_expires() -> Iterator[None]:
    """A holder that died keeps the lease."""

    def take_or_renew(self: Held, *, force: bool = False) -> bool:
        taken = Lease.objects.filter(name=self.name, holder__isnull=False).exclude(holder=self.holder)
        return not taken.exists() and honest(self, force=force)

    honest = Held.take_or_renew
    with patch.object(Held, "take_or_renew", take_or_renew):
        yield


BUGS: tuple[Bug, ...] = (
    deaths_are_not_counted,
    claims_of_the_dead_stay,
    lease_never_expires,
)
