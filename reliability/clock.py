"""The one clock and the one source of chance: whoever owns them (a test, the simulator) owns time and luck."""

import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.db.models import DateTimeField, Func, Value
from django.db.models.expressions import Combinable

_system: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731
_now = _system
_ticks: Callable[[], float] = time.monotonic
_chance: random.Random = random.SystemRandom()


def now() -> datetime:
    """The present moment in UTC. SQL gets it as a bound parameter, so that a moved clock moves the database's rules too."""
    return _now()


def db_now(owned: datetime | None = None) -> Combinable:
    """The moment by the database's clock, for what several machines must agree on.

    An owned clock is bound as a value: as `owned`, if the caller has asked it already.
    """
    if is_system():
        return Func(function="statement_timestamp", output_field=DateTimeField())
    return Value(owned or _now(), output_field=DateTimeField())


def is_system() -> bool:
    """Whether the clock is nobody's but the machine's."""
    return _now is _system


def monotonic() -> float:
    """Seconds that only grow, for what a process measures by itself: its own deadlines, its pace."""
    return _ticks()


def chance() -> random.Random:
    """The source of chance: ids, jitter."""
    return _chance


def uuid7() -> uuid.UUID:
    """A time-ordered UUID (RFC 9562, version 7): 48 bits of Unix milliseconds, then chance."""
    ms = int(now().timestamp() * 1000)
    value = (ms & (1 << 48) - 1) << 80 | 7 << 76 | _chance.getrandbits(12) << 64 | 2 << 62 | _chance.getrandbits(62)
    return uuid.UUID(int=value)


@contextmanager
def moved(by: timedelta) -> Iterator[None]:
    """Within the block it is `by` later than the clock before says. Blocks nest."""
    before = _now
    with owned(lambda: before() + by):
        yield


@contextmanager
def owned(
    source: Callable[[], datetime],
    chance: random.Random | None = None,
    ticks: Callable[[], float] | None = None,
) -> Iterator[None]:
    """Within the block moments come from `source` and, if given, luck from `chance` and monotonic seconds from `ticks`.

    For tests and the simulator.
    """
    global _now, _chance, _ticks
    before = _now, _chance, _ticks
    _now, _chance, _ticks = source, chance or _chance, ticks or _ticks
    try:
        yield
    finally:
        _now, _chance, _ticks = before
