"""Rings when the earliest of a peer's rows is due, and sleeps while there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LONGEST_S = 3600.0  # a machine that slept, a clock that was set


class Alarm:
    """`due_in_s` says how long until the next row is due (None: there is none), `ring` does what is due now."""

    def __init__(self, due_in_s: Callable[[], float | None], ring: Callable[[], None]) -> None:
        self._due_in_s, self._ring = due_in_s, ring
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to watch."""
        self._task = asyncio.create_task(self._watch())

    def look(self) -> None:
        """Something has changed: look again."""
        self._changed.set()

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            self._changed.clear()
            self._ring()
            wait_s = self._due_in_s()
            try:
                await asyncio.wait_for(self._changed.wait(), LONGEST_S if wait_s is None else min(wait_s, LONGEST_S))
            except TimeoutError:
                continue
