"""What a process has counted: whole numbers that only grow, written with its heartbeat and summed over all processes.

A name is `what` or `what:label` (`sends:sent`); one that begins with `last_` is a Unix time, of which a sum keeps the
latest. A histogram is `name:le:<bound>` for each bucket, and `name:sum`, in microseconds. Cheap and safe from any thread.
"""

import os
import threading
from collections.abc import Iterable, Mapping
from typing import Final

LATEST: Final = "last_"
BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_BOUNDS: Final = tuple(f"{bound:g}" for bound in BUCKETS_S)
BEYOND: Final = "+Inf"


class Counts:
    """The numbers of one process. `mine` are this one's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, int] = {}
        self._written: dict[str, int] | None = None

    def add(self, name: str, by: int = 1) -> None:
        """One more, or `by` more."""
        with self._lock:
            self._values[name] = self._values.get(name, 0) + by

    def latest(self, name: str, unix_s: float) -> None:
        """The moment of the newest event of a kind; `name` begins with `last_`."""
        with self._lock:
            self._values[name] = max(self._values.get(name, 0), int(unix_s))

    def observe(self, name: str, took_s: float) -> None:
        """A duration into its histogram, 1 ms to 60 s and beyond. Clocks of two machines may differ: less than 0 is 0."""
        took_s = max(0.0, took_s)
        bound = next((word for limit, word in zip(BUCKETS_S, _BOUNDS, strict=True) if took_s <= limit), BEYOND)
        with self._lock:
            for key, by in ((f"{name}:le:{bound}", 1), (f"{name}:sum", round(took_s * 1e6))):
                self._values[key] = self._values.get(key, 0) + by

    def __getitem__(self, name: str) -> int:
        return self._values.get(name, 0)

    def snapshot(self) -> dict[str, int]:
        """All of them as they are now."""
        with self._lock:
            return dict(self._values)

    def wrote(self, values: dict[str, int]) -> None:
        """These stand in our row now."""
        self._written = values

    def start_anew(self) -> None:
        """Our row is gone, and with it what it said has been added to the past: count from there, or it counts twice."""
        with self._lock:
            written, self._written = self._written or {}, None
            for name, value in written.items():
                if not name.startswith(LATEST):
                    self._values[name] -= value

    def forget(self) -> None:
        """A fork has counted nothing yet, and its copy of the lock may be held by a thread that it does not have."""
        self.__init__()  # type: ignore[misc]


mine: Final = Counts()
os.register_at_fork(after_in_child=mine.forget)


def total(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The counts of many processes as one: sums, and of moments the latest."""
    whole: dict[str, int] = {}
    for part in parts:
        for name, value in part.items():
            known = whole.get(name, 0)
            whole[name] = max(known, value) if name.startswith(LATEST) else known + value
    return whole


def labelled(counts: Mapping[str, int], name: str) -> dict[str, int]:
    """What was counted under a name, by its label."""
    prefix = f"{name}:"
    return {key.removeprefix(prefix): value for key, value in counts.items() if key.startswith(prefix)}


def histogram(counts: Mapping[str, int], name: str) -> tuple[list[tuple[str, int]], float]:
    """Cumulative buckets (upper bound in seconds, how many were at most that), as Prometheus has them, and the sum in seconds."""
    buckets, so_far = [], 0
    for bound in (*_BOUNDS, BEYOND):
        so_far += counts.get(f"{name}:le:{bound}", 0)
        buckets.append((bound, so_far))
    return buckets, counts.get(f"{name}:sum", 0) / 1e6
