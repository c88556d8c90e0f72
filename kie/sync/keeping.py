"""Runs as rows: started once at a time, worked on in short steps, ended with a notice for whoever has not heard of this drift."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import InterfaceError, OperationalError, ProgrammingError, transaction

from kie.catalogue import RegistryVersion
from kie.registry_file import Registry
from kie.signals import operator_wanted
from kie.sync import diff, origin, run
from kie.sync.diff import Difference
from kie.sync.errors import Aborted
from kie.sync.polite import Pace
from kie.sync.reading import Reading, addresses, read
from kie.sync.run import Outcome
from kie.sync.sources import Folder, Page
from kie.sync.syncrun import SyncRun, SyncRunQuerySet, SyncState
from reliability import clock
from reliability.due import Queue
from reliability.log import masked
from reliability.wake import wake

log = structlog.get_logger()
STEP_S: Final = 5.0  # of reading, then others have their turn
PAUSE: Final = timedelta(seconds=1)
EVERY: Final = timedelta(days=1)
SCHEDULE: Final = "schedule"


def current() -> Registry | None:
    """The published registry; None where no database answers or nothing is published. Raises ValidationError."""
    try:
        version = RegistryVersion.objects.current()
    except (OperationalError, InterfaceError, ProgrammingError):
        return None
    return Registry.model_validate(version.content) if version else None


def versions() -> list[str]:
    """Every version that was ever published."""
    return list(RegistryVersion.objects.values_list("version", flat=True))


def last_pages(source: str) -> int | None:
    """How many pages told of models the last time; None if it was never looked."""
    return SyncRun.objects.complete(source).values_list("pages", flat=True).first()


def start(*, by: str, source: str = "auto") -> SyncRun:
    """Ask for a run; the one that is under way, if there is one."""
    with transaction.atomic():
        SyncRun.objects.bulk_create([SyncRun(by=by, source=source)], ignore_conflicts=True)
        row: SyncRun = SyncRun.objects.open().get()
        transaction.on_commit(wake)
    return row


def daily() -> int:
    """The schedule's look: starts a run where KIE is the real one. Says how many."""
    if not origin.has_key():
        return 0
    start(by=SCHEDULE)
    return 1


def step(row: SyncRun) -> datetime | None:
    """Read for some seconds and keep what was read; at the end compare. Run twice or killed it goes on where it was."""
    base = current()
    if base is None:
        raise Aborted("no registry is published")
    source = origin.chosen(row.source) if row.source in origin.CHOICES else origin.by_name(row.source)
    if row.state == SyncState.QUEUED:
        row.listing = [[page.name, page.file, page.model] for page in source.pages()]
        row.listed = None if source.listed is None else sorted(source.listed)
        row.source, row.state = source.name, SyncState.READING
        row.save(update_fields=["listing", "listed", "source", "state"])
    until, known = clock.monotonic() + STEP_S, addresses(base)
    while len(row.readings) < len(row.listing) and clock.monotonic() < until:
        name, file, model = row.listing[len(row.readings)]
        row.readings.append(read(source, Page(name, file, model), known).as_data())
    row.save(update_fields=["readings"])
    if len(row.readings) < len(row.listing):
        return clock.now() + PAUSE
    listed = None if row.listed is None else frozenset(row.listed)
    outcome = run.compared(map(Reading.from_data, row.readings), base, listed=listed, last=last_pages(row.source))
    end(row, run.with_prices(outcome, base, Pace()), base)
    return None


@transaction.atomic
def end(row: SyncRun, outcome: Outcome, base: Registry) -> None:
    """reading → same, drift, failed, with all that was found. What was left before and is the same stays left."""
    earlier = SyncRun.objects.complete(row.source).exclude(pk=row.pk).first()
    row.pages, row.compared_with = outcome.told.pages, base.version
    row.found, row.unreadable = diff.as_data(outcome.differences), run.unreadable(outcome.told)
    row.unpriced = outcome.as_data().get("prices", {})
    row.fingerprint = diff.fingerprint(outcome.differences)
    row.error, row.ended_at, row.readings = outcome.aborted, clock.now(), []
    row.state = SyncState.FAILED if outcome.aborted else SyncState.DRIFT if outcome.differences else SyncState.SAME
    row.decisions = _still_left(row, earlier) if earlier else {}
    news = (
        row.state == SyncState.DRIFT
        and not SyncRun.objects.filter(fingerprint=row.fingerprint).exclude(pk=row.pk).exists()
    )
    if row.state != SyncState.FAILED:
        SyncRun.objects.filter(pk__in=[one.pk for one in _covered(row)]).update(state=SyncState.OVER)
    row.save()
    if news:
        why = ", ".join(f"{kind}: {count}" for kind, count in row.counts().items())
        operator_wanted.send(sender=SyncRun, key=f"drift:{row.fingerprint}", what="kie_drift", facts={"why": why})
    facts = {"run": row.pk, "state": row.state, "pages": row.pages, "unreadable": len(row.unreadable), **row.counts()}
    transaction.on_commit(
        lambda: (log.warning if news else log.info)("kie_sync.drift" if news else "kie_sync.ended", **facts)
    )


def _covered(row: SyncRun) -> Iterator[SyncRun]:
    """Runs under review that `row` takes the place of: it has looked at all that they looked at.

    Saved pages say nothing of KIE's own, nor those of another folder: the decisions on a whole run outlive a look at one page.
    """
    read = _looked_at(row)
    for one in SyncRun.objects.waiting().filter(source=row.source).exclude(pk=row.pk):
        if row.source != Folder.name or _looked_at(one) <= read:
            yield one


def _looked_at(row: SyncRun) -> set[str]:
    return {name for name, _file, _model in row.listing}


def _still_left(row: SyncRun, earlier: SyncRun) -> dict[str, Any]:
    """Models whose difference was left as it is, and has not changed since."""
    before = {one["key"]: one for one in earlier.items()}
    return {
        one["key"]: []
        for one in row.items()
        if earlier.decisions.get(one["key"]) == [] and before.get(one["key"]) == one
    }


def keep(outcome: Outcome, *, source: str, base: Registry, listed: frozenset[str] | None, by: str) -> SyncRun:
    """A run that somebody made by hand, as a row that has ended. An index that was too short to tell what is gone is none."""
    listed = None if outcome.note else listed
    row = SyncRun(
        state=SyncState.FAILED,
        source=source,
        by=by,
        ended_at=clock.now(),
        listed=sorted(listed) if listed is not None else None,
    )
    row.listing = [[name, "", None] for name in _names(outcome)]
    row.save()
    end(row, outcome, base)
    return row


def published(row: SyncRun, version: RegistryVersion) -> None:
    """drift → published, by the command: what it took is on sale. Nothing where the run is not under review any more."""
    SyncRun.objects.waiting().filter(pk=row.pk).update(state=SyncState.PUBLISHED, published=version)


def _names(outcome: Outcome) -> list[str]:
    told = [page for one in outcome.told.models.values() for page in (one.page, *one.pages)]
    return sorted({*told, *(one.page for one in outcome.told.unreadable)})


def gone_twice(key: str) -> bool:
    """Whether the last two runs over all there is both missed the model."""
    told = (SyncState.SAME, SyncState.DRIFT, SyncState.PUBLISHED, SyncState.OVER)
    last = SyncRun.objects.filter(state__in=told, listed__isnull=False).order_by("-pk")[:2]
    missed = [any(one["key"] == key for one in row.found.get("gone", ())) for row in last]
    return missed == [True, True]


def differences(row: SyncRun) -> list[Difference]:
    """What a run found."""
    return diff.from_data(row.found)


def _bury(row: SyncRun, why: str) -> None:
    SyncRun.objects.filter(pk=row.pk, state__in=SyncRun.OPEN).update(
        state=SyncState.FAILED, ended_at=clock.now(), readings=[], error=masked(why)[:1000]
    )


def _rows(_now: datetime) -> SyncRunQuerySet:
    return SyncRun.objects.all()


QUEUE: Final[Queue[SyncRun]] = Queue("kie_sync", rows=_rows, step=step, bury=_bury, backoff_s=60.0)
