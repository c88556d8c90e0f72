"""Who listens to a chat at this moment: open pages (Server-Sent Events) and the getUpdates that waits."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .errors import OTHER_POLLER, conflict

Event = tuple[str, dict[str, Any]]


class Hub:
    """In memory: a listener who was away asks for what changed since its revision."""

    def __init__(self) -> None:
        self._pages: dict[int, set[asyncio.Queue[Event]]] = defaultdict(set)

    def tell(self, chat_id: int, event: str, data: dict[str, Any]) -> None:
        """To every open page of a chat."""
        for page in self._pages.get(chat_id, ()):
            page.put_nowait((event, data))

    @contextmanager
    def page(self, chat_id: int) -> Iterator[asyncio.Queue[Event]]:
        """The events of a chat from now on."""
        events: asyncio.Queue[Event] = asyncio.Queue()
        self._pages[chat_id].add(events)
        try:
            yield events
        finally:
            self._pages[chat_id].discard(events)


class Poller:
    """The one getUpdates call that may wait; a newer one ends it."""

    def __init__(self) -> None:
        self._waiting: asyncio.Future[bool] | None = None

    def wake(self) -> None:
        """There is something."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(True)

    def interrupt(self) -> None:
        """Another getUpdates, or a webhook: the one that waits is told 409."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(conflict(OTHER_POLLER))
        self._waiting = None

    async def wait(self, seconds: float) -> None:
        """Until something comes or time is up. Raises ApiError 409 when another poller comes."""
        self.interrupt()
        mine = self._waiting = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait_for(mine, seconds)
        except TimeoutError:
            return
        finally:
            if self._waiting is mine:
                self._waiting = None
