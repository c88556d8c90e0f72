"""What is done now and then, whatever else happens: a schedule once a minute does those that are due, each in one worker.

A row of `reliability.Sweep` says of each when it ran last, how long it took and what it found: /health shows them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from django.db import connection, transaction
from django.db.models import Q

from bot import hold, keeping
from kie import account, balance, durations, losses, rates, running
from kie.sync import keeping as kie_sync
from payments import reconcile
from reliability import clock, instance, outage
from reliability.log import masked
from reliability.models import Sweep
from trt.console import verdict

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Duty:
    """`act` does it and says how many rows it changed or removed, or, of a check, the names of what it found. It takes
    seconds, not minutes: what is left has another turn."""

    name: str
    every: timedelta
    act: Callable[[], int | list[str]]


DUTIES: Final = (
    Duty("dialogs", timedelta(minutes=5), keeping.put_away),
    Duty("purge", timedelta(minutes=5), keeping.purge),
    Duty("holds", timedelta(minutes=1), hold.lapse),
    Duty("jobs", timedelta(minutes=1), running.nudge_overdue),
    Duty("losses", timedelta(minutes=5), losses.look),
    Duty("durations", timedelta(minutes=10), durations.learn),
    Duty("instances", timedelta(minutes=5), instance.fold),
    Duty(verdict.RULES, timedelta(minutes=10), verdict.rules),
    Duty(verdict.DIGESTS, timedelta(hours=1), verdict.digests),
    Duty("account", timedelta(minutes=1), account.probe),  # these five last: they alone wait for others
    Duty("balance", timedelta(minutes=5), balance.look),
    Duty("rates", timedelta(hours=1), rates.hear),
    Duty("kie", kie_sync.EVERY, kie_sync.daily),
    Duty("payments", timedelta(minutes=1), reconcile.all),
)


@outage.borne
def sweep() -> int:
    """Do what is due; says how many rows were touched. Run twice or at once it does each duty once. A duty that fails is
    noted and keeps no other waiting; while the database is away none is done."""
    return sum(_do(duty) for duty in DUTIES if _claimed(duty))


@transaction.atomic
def _claimed(duty: Duty) -> bool:
    now = clock.now()
    Sweep.objects.get_or_create(name=duty.name)
    due = Q(ran_at__isnull=True) | Q(ran_at__lte=now - duty.every)
    row = Sweep.objects.select_for_update(skip_locked=True).filter(due, name=duty.name).first()
    if row is None:
        return False
    row.ran_at = now
    row.save(update_fields=["ran_at"])
    return True


def _do(duty: Duty) -> int:
    started, error = time.monotonic(), ""
    done: int | list[str] = 0
    try:
        done = duty.act()
    except Exception as trouble:
        if not connection.is_usable():
            raise
        error = masked(f"{type(trouble).__name__}: {trouble}")[:1000]
        log.exception("sweep.failed", sweep=duty.name, error=error)
    took_ms = max(1, round((time.monotonic() - started) * 1000))  # 0: its first run has not ended
    count, found = (len(done), ", ".join(done)) if isinstance(done, list) else (done, "")
    Sweep.objects.filter(name=duty.name).update(took_ms=took_ms, count=count, found=found, error=error)
    if count:
        log.info("sweep.done", sweep=duty.name, count=count, took_ms=took_ms)
    return count
