"""A clock that only the waiting moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from reliability import clock


class Waits:
    """`now` in monotonic seconds; `waited`: how long each wait was."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waited: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Wait without waiting."""
        self.waited.append(seconds)
        self.now += seconds

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Within the block time is ours."""
        with clock.owned(lambda: datetime(2026, 11, 30, tzinfo=UTC), ticks=lambda: self.now):
            yield
