"""Group commit: what arrives while a commit is under way shares the next one. Nobody lingers for company.

A commit costs the disk the same for one row and for sixty-four. Each update is answered after the commit that holds it,
never before. All is bounded: rows and bytes of a batch, rows and bytes that wait, and how long anybody waits for a
database that hangs. One thread commits, on a connection of its own: two made smaller batches and were slower.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

import structlog
from django.db import connection

from bot import inbox
from bot.inbox import Answer
from bot.incoming import Incoming

log = structlog.get_logger()

BATCH_ROWS, BATCH_BYTES = 64, 4_000_000
WAITING_ROWS, WAITING_BYTES = 512, 64_000_000  # Telegram opens at most a hundred connections; past this we say 503
PATIENCE_S = 5.0  # for a hung database: our own bound, for a statement timeout is the server's


class Waiter(NamedTuple):
    """An update and who waits for its commit."""

    update: Incoming
    answer: asyncio.Future[Answer]


class Commits:
    """The writer of one process. Its thread starts with the first update."""

    def __init__(self, keep: Callable[[Sequence[Incoming]], list[Answer]] = inbox.keep) -> None:
        self._keep = keep
        self._waiting: deque[Waiter] = deque()
        self._bytes = 0  # of those that wait
        self._ready = threading.Condition()
        self._writer: threading.Thread | None = None
        self._closed = False

    async def keep(self, update: Incoming) -> Answer:
        """The answer for an update once its commit has ended; 503 if too many wait, or if the database hangs."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        if not self._put(Waiter(update, answer)):
            return inbox.refused(503, "too many at once", retry_after_s=1)
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await answer
        except TimeoutError:  # it may still be stored: then Telegram's repeat is a duplicate
            return inbox.refused(503, "the database does not answer", retry_after_s=2)

    def close(self) -> None:
        """Commit what waits, then end. Returns when it has, or when patience has run out."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()
        if self._writer:
            self._writer.join(PATIENCE_S)

    def _put(self, waiter: Waiter) -> bool:
        size = len(waiter.update.raw)
        with self._ready:
            if self._closed or len(self._waiting) >= WAITING_ROWS or self._bytes + size > WAITING_BYTES:
                return False
            self._waiting.append(waiter)
            self._bytes += size
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="inbox", daemon=True)
                self._writer.start()
            self._ready.notify()
        return True

    def _write(self) -> None:
        while batch := self._next():
            try:
                answers = self._keep([waiter.update for waiter in batch])
            except BaseException:
                log.exception("inbox.error")
                answers = [inbox.refused(503, "an error of ours", retry_after_s=5, times=len(batch))] * len(batch)
            batch[0].answer.get_loop().call_soon_threadsafe(_tell, batch, answers)
        connection.close()

    def _next(self) -> list[Waiter]:
        """What is to be committed together; waits for it. Empty: closed, and nothing waits any more."""
        with self._ready:
            while True:
                while not self._waiting and not self._closed:
                    self._ready.wait()
                batch, size = list[Waiter](), 0
                while self._waiting and len(batch) < BATCH_ROWS and size < BATCH_BYTES:
                    waiter = self._waiting.popleft()
                    self._bytes -= len(waiter.update.raw)
                    if not waiter.answer.done():  # nobody waits any more: it has its 503
                        batch.append(waiter)
                        size += len(waiter.update.raw)
                if batch or self._closed:
                    return batch


def _tell(batch: list[Waiter], answers: list[Answer]) -> None:
    for waiter, answer in zip(batch, answers, strict=True):
        if not waiter.answer.done():
            waiter.answer.set_result(answer)
