"""A question to the database that many ask at once and one thread answers, so that a hung database holds one thread, not all."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, TypeVar

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

T = TypeVar("T")


class TooSlow(Exception):
    """No answer yet; whoever asks next shares the wait."""


class Question(Generic[T]):
    """`ask` in a thread of its own, with a connection of its own. Whoever asks while it is under way gets its answer."""

    def __init__(self, name: str, ask: Callable[[], T]) -> None:
        self.name, self.ask = name, ask
        self._lock = threading.Lock()
        self._asked: Future[T] | None = None
        self._since = 0.0
        self._queue: SimpleQueue[Future[T] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def answer(self, within_s: float) -> T:
        """The answer. Raises TooSlow when the question that is under way is older than `within_s`, at once if it already
        is; and what `ask` raises."""
        asked, since = self.begin()
        try:
            return asked.result(max(0.0, since + within_s - time.monotonic()))
        except TimeoutError:
            if asked.done():  # its own error, not our impatience
                raise
            raise TooSlow from None

    def begin(self) -> tuple["Future[T]", float]:
        """Ask, and do not wait; the answer to be, and since when it is asked."""
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked, self._since = Future(), time.monotonic()
                self._queue.put(self._asked)
                if self._thread is None:  # a daemon: hung or not, it keeps no process from ending
                    self._thread = threading.Thread(target=self._serve, name=self.name, daemon=True)
                    self._thread.start()
            return self._asked, self._since

    def close(self) -> None:
        """End the thread and its connection when what is under way has been answered; waits for that."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join()

    def _serve(self) -> None:
        while (asked := self._queue.get()) is not None:
            try:
                answer = self._answer()
            except BaseException as trouble:  # noqa: BLE001 (it is the asker's)
                connection.close()
                asked.set_exception(trouble)
            else:
                asked.set_result(answer)
        connection.close()

    def _answer(self) -> T:
        """On the connection that this thread keeps; where that had died with its server, once more on a fresh one."""
        close_old_connections()
        kept = connection.connection
        try:
            return self.ask()
        except (DatabaseError, InterfaceError):
            if kept is None or not kept.closed:
                raise
            connection.close()
            return self.ask()
