"""Rows of work: a row says when it is due and who has it; `run_due` is the only loop that does such work.

A row is claimed by committing `attempts + 1` before the work, so that a row which kills its worker is counted and, at
the limit, buried. A claim holds while the claimer's heart beats; what a dead process had claimed is due again at once.
"""

import math
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, ClassVar, Final, Generic, Literal, Self, TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, connection, models, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from reliability import cid, claim, clock, outage
from reliability.log import masked
from reliability.models import Instance

log = structlog.get_logger()
BURIED_AGAIN = timedelta(minutes=5)
# SQLSTATE: a lock did not come in time. Somebody is frozen with it, up to the server's thirty seconds: no fault of who waits.
LOCKED: Final = "55P03"
LOCKED_PAUSE = timedelta(seconds=1)


def due_index(name: str, condition: Q, pk: str = "id") -> models.Index:
    """The index of `due()` over the rows that are open, in its order: of thousands due at one moment, orphans of a dead worker
    or jobs of one minute, the first is found without sorting the rest.
    """
    return models.Index(name=name, fields=["due_at", pk], condition=condition)


class DueQuerySet(models.QuerySet):
    """Rows of work know their own queries."""

    def open(self) -> Self:
        """What still has work to be done on it."""
        return self.filter(state__in=self.model.OPEN)  # type: ignore[attr-defined]  # a Due

    def due(self, now: datetime) -> Self:
        """What is to be worked on now, the longest waiting first."""
        return self.open().filter(due_at__lte=now).order_by("due_at", "pk")

    def claimable(self, me: uuid.UUID, now: datetime | None = None, busy: list[Any] | None = None) -> Self:
        """What nobody alive has: unclaimed, claimed by the dead, or by us in a run that never came to its end.

        What a thread of ours works on (`busy`) is never claimable, even if our own heart is late and others may take it.
        """
        alive = Instance.objects.alive(now).filter(pk=OuterRef("claimed_by"))
        free = self.filter(Q(claimed_by__isnull=True) | Q(claimed_by=me) | ~Exists(alive))
        meta, idle = self.model._meta, _under_way.of(self.model) if busy is None else busy
        key = f'"{meta.db_table}"."{meta.pk.column}"'
        return free.filter(RawSQL(f"{key} <> ALL(%s)", [idle], models.BooleanField()))  # noqa: S611 (names of our own)

    def lock(self, pk: Any, *states: str) -> Any:
        """The row, locked until commit; None if it has left `states`."""
        return self.select_for_update().filter(pk=pk, state__in=states).first()

    def nudge(self, *conditions: Q, **which: Any) -> int:
        """Make due now what a peer says has news; says how many. A repeat is harmless."""
        return self.open().filter(*conditions, **which).update(due_at=clock.now())


class Due(models.Model):
    """The columns of a row of work. A concrete model adds `state` and names in OPEN the states that have work to do."""

    OPEN: ClassVar[tuple[str, ...]] = ()

    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)  # claims since the last that ended well
    due_at = models.DateTimeField(_("due"), default=clock.now)
    claimed_by = models.UUIDField(_("claimed by"), null=True, blank=True)  # Instance.id
    error = models.TextField(_("error"), blank=True, default="")  # why the last attempt did not end well
    cid = models.CharField(_("correlation id"), max_length=cid.LENGTH, default=cid.current)
    created_at = models.DateTimeField(_("created"), default=clock.now)

    class Meta:
        abstract = True

    def write(self, only_if: str = "TRUE", given: Sequence[Any] = (), /, **values: Any) -> bool:
        """Write these columns if our claim still holds (and `only_if`, SQL with its parameters): who wakes up too late
        changes nothing, and is told False. Written out, for it ends most rows: Django takes longer over an UPDATE than
        PostgreSQL.
        """
        meta = self._meta
        fields = [field for field in meta.concrete_fields if field.name in values]
        written = [field.get_db_prep_save(values[field.name], connection) for field in fields]
        sql = f"""UPDATE "{meta.db_table}" SET {", ".join(f'"{field.column}" = %s' for field in fields)}
            WHERE "{meta.pk.column}" = %s AND claimed_by IS NOT DISTINCT FROM %s AND attempts = %s AND {only_if}"""  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(sql, [*written, self.pk, self.claimed_by, self.attempts, *given])
            return cursor.rowcount > 0

    def put_off(self, until: datetime, *, error: str, **also: Any) -> "End":
        """Give the claim back and do not count this attempt: what failed was not of this row's making. For a step to return, with what
        it has `also` to write.
        A nudge during the step moved `due_at` on: then it stays due.
        """
        back = {"claimed_by": None, "attempts": max(0, self.attempts - 1), "error": error, **also}
        _ = self.write("due_at = %s", [self.due_at], **back, due_at=until) or self.write(**back)
        return ENDED


class End(Enum):
    """What a step returns that has ended its row, or put it off, and given the claim back in one `write`: there is nothing left to
    note."""

    ENDED = "ended"


ENDED: Final = End.ENDED
UNCLAIMED: Final = {"claimed_by": None, "attempts": 0}  # for such a `write`
GIVEN_UP: Final = {"claimed_by": None}  # the same of a row that is dead: how many attempts it had stays known
Next = datetime | Literal[End.ENDED] | None

Row = TypeVar("Row", bound=Due)


@dataclass(frozen=True, slots=True)
class Queue(Generic[Row]):
    """A kind of work.

    `rows` are those that may be worked on at a moment (`run_due` adds when and by whom); it is asked once. `step` does the work of one claimed row
    and says when to look at it again, None if it has set its own `due_at` or its state, or ENDED. `bury` is called in a
    transaction with a row that failed or killed its worker `max_attempts` times: it must leave OPEN and tell the person.
    """

    name: str
    rows: Callable[[datetime], DueQuerySet]
    step: Callable[[Row], Next]
    bury: Callable[[Row, str], None]
    max_attempts: int = 3
    backoff_s: float = 1.0  # doubled with each attempt
    longest_s: float = math.inf

    def waiting(self, me: uuid.UUID, *, most: int) -> int:
        """How many due rows nobody works on, counted up to `most`."""
        return claim.waiting(self.rows, me, _under_way.of, most)

    def give_back(self, me: uuid.UUID) -> int:
        """For who may not work any more, and lives: leave to others what a lost connection left claimed by `me` and no thread of
        ours works on; says how many rows. A repeat is a no-op.
        """
        model = self.rows(clock.now()).model
        ours = model.objects.open().filter(claimed_by=me).exclude(pk__in=_under_way.of(model))
        return int(ours.update(claimed_by=None))


def run_due(
    queue: Queue[Row], me: uuid.UUID, *, until: Callable[[], bool] = lambda: False, most: int | None = None
) -> int:
    """Work on what is due in `queue`, row by row, until nothing is, `until()`, or `most` rows; says how many were worked on.

    `me` must be beating (reliability.instance). Errors of a step are the row's, not the loop's: it backs off and, at
    the limit, is buried. Raises what the database raises when it is away; the rows are due again afterwards.
    """
    done = 0
    while (most is None or done < most) and not until() and _one(queue, me, until):
        done += 1
    return done


def _one(queue: Queue[Row], me: uuid.UUID, until: Callable[[], bool]) -> bool:
    row = _claim(queue, me)
    if row is None:
        return False
    try:
        if until():  # we were stopped meanwhile: others may take us for dead, and our lease may be theirs
            row.write(claimed_by=None, attempts=row.attempts - 1)
            return False
        with cid.bound(row.cid):
            _work(queue, row, me)
    finally:
        _under_way.discard(row)
    return True


def _claim(queue: Queue[Row], me: uuid.UUID) -> Row | None:
    """The first claimable row with its attempt committed; rows past the limit are buried on the way."""
    while True:
        ours: Row | None = None
        try:
            with transaction.atomic():
                row = claim.first(queue.rows, me, _under_way.of)
                if row is None:
                    return None
                if row.attempts >= queue.max_attempts:
                    with cid.bound(row.cid):
                        _bury(queue, row, row.error or "its worker died each time")
                    continue
                if not _under_way.add(row):  # another thread of ours took it between our look and our lock
                    continue
                ours = row
                claim.take(row, me)
        except BaseException:  # of the commit too: else the row would be under way for ever
            if ours is not None:
                _under_way.discard(ours)
            raise
        return row


def _work(queue: Queue[Row], row: Row, me: uuid.UUID) -> None:
    try:
        again = queue.step(row)
    except (InterfaceError, DatabaseError) as trouble:
        if outage.is_read_only(trouble) or not connection.is_usable():
            connection.close()
            raise
        if outage.sqlstate(trouble) == LOCKED:
            log.warning(f"{queue.name}.kept_waiting", row=row.pk, why=masked(str(trouble).partition("\n")[0]))
            row.put_off(clock.now() + LOCKED_PAUSE, error=row.error)
            return
        _failed(queue, row, me, trouble)
    except Exception as trouble:  # noqa: BLE001 (the step's error is the row's)
        _failed(queue, row, me, trouble)
    else:
        if again is ENDED:
            return
        seen = Value(row.due_at)  # a nudge during the step moved due_at on: then it stays due
        # An error that the step itself wrote down is its result, so it stays; one of an attempt before has healed.
        healed = When(error=row.error, then=Value("", models.TextField()))
        _mine(row, me).update(
            claimed_by=None,
            attempts=0,
            error=Case(healed, default=F("error")) if row.attempts > 1 else F("error"),
            due_at=Case(When(due_at=seen, then=Value(again)), default=F("due_at")) if again else F("due_at"),
        )


def _failed(queue: Queue[Row], row: Row, me: uuid.UUID, trouble: BaseException) -> None:
    why = masked(f"{type(trouble).__name__}: {trouble}")[:1000]
    if not _mine(row, me).exists():  # we were taken for dead: what fails is work that another has done meanwhile
        log.warning(f"{queue.name}.taken", row=row.pk, attempt=row.attempts, why=why)
        return
    log.error(f"{queue.name}.failed", row=row.pk, attempt=row.attempts, error=why, exc_info=trouble)
    with transaction.atomic():
        if row.attempts >= queue.max_attempts:
            fresh = _mine(row, me).select_for_update().first()
            if fresh is not None:
                _bury(queue, fresh, why)
            return
        pause = timedelta(seconds=min(queue.longest_s, queue.backoff_s * 2 ** (row.attempts - 1)))
        _mine(row, me).update(claimed_by=None, error=why, due_at=clock.now() + pause)


def _bury(queue: Queue[Row], row: Row, why: str) -> None:
    """End the row. If even that fails it is tried again later, so that one row never keeps the others waiting."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    try:
        with transaction.atomic():
            queue.bury(row, why)
            rows.update(claimed_by=None, error=why)
    except InterfaceError:
        raise
    except Exception as trouble:
        if not connection.is_usable():
            raise
        log.exception(f"{queue.name}.not_buried", row=row.pk, error=masked(str(trouble)))
        rows.update(claimed_by=None, error=why, due_at=clock.now() + BURIED_AGAIN)
        return
    transaction.on_commit(
        lambda: log.error(f"{queue.name}.dead", cid=row.cid, row=row.pk, attempts=row.attempts, error=why)
    )


def _mine(row: Row, me: uuid.UUID) -> models.QuerySet[Row]:
    """The row if this very claim still holds: another claim changed the claimer or the count of attempts."""
    return type(row)._default_manager.filter(pk=row.pk, claimed_by=me, attempts=row.attempts)


class _UnderWay:
    """What threads of this process work on just now. A row claimed by us and not in here was left by a lost connection."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: set[tuple[type, Any]] = set()

    def of(self, model: type) -> list[Any]:
        with self._lock:
            return [pk for kind, pk in self._rows if kind is model]

    def add(self, row: Due) -> bool:
        """False if a thread has it already."""
        with self._lock:
            known = (type(row), row.pk) in self._rows
            self._rows.add((type(row), row.pk))
            return not known

    def discard(self, row: Due) -> None:
        with self._lock:
            self._rows.discard((type(row), row.pk))


_under_way = _UnderWay()
