"""A line to a peer that can be cut from outside: time-outs of a socket begin anew with every byte, so a peer that dribbles
would hold its caller for ever.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

from requests import Response, Session
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

AGAIN_S = 1.0  # what came about during a cut (a connection being made) is cut by the next


class Line(HTTPAdapter):
    """Knows the connections that it has made."""

    def __init__(self) -> None:
        self._made: WeakSet[HTTPConnection] = WeakSet()
        super().__init__()

    def init_poolmanager(self, *args: Any, **params: Any) -> None:
        super().init_poolmanager(*args, **params)
        made = self._made

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                made.add(self)

        class Secure(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                made.add(self)

        plain = type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": Plain})
        secure = type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": Secure})
        self.poolmanager.pool_classes_by_scheme = {"http": plain, "https": secure}

    def cut(self) -> None:
        """End what is under way: whoever waits for it gets an error of requests. A repeat does nothing."""
        with suppress(RuntimeError):  # a connection came while they were gone through: the next cut is its
            for connection in list(self._made):
                with suppress(OSError, AttributeError):  # it is closed already
                    connection.sock.shutdown(socket.SHUT_RDWR)


class Lid:
    """Ends what goes over `line`, and the answers that it is told of, once `until` (on the monotonic clock) has passed."""

    def __init__(self, line: Line, until: float) -> None:
        self._line, self._until = line, until
        self._answers: list[Response] = []
        self._over = threading.Event()

    @property
    def shut(self) -> bool:
        """Whether the time is over: what has come may be cut off, though it looks like a whole file."""
        return time.monotonic() >= self._until

    def over(self, answer: Response) -> None:
        """`answer` is cut as well: where the peer means to close, its connection has let go of the socket."""
        self._answers.append(answer)

    @contextmanager
    def on(self) -> Iterator[None]:
        """Within the block, on a thread of its own that waits."""
        watch = threading.Thread(target=self._watch, daemon=True, name="lid")
        watch.start()
        try:
            yield
        finally:
            self._over.set()

    def _watch(self) -> None:
        wait_s = min(max(0.0, self._until - time.monotonic()), threading.TIMEOUT_MAX)
        while not self._over.wait(wait_s):
            self._line.cut()
            for answer in list(self._answers):
                with suppress(OSError, ValueError, RuntimeError):  # it is read or closed already
                    answer.raw.shutdown()
            wait_s = AGAIN_S


@contextmanager
def bounded(session: Session, seconds: float) -> Iterator[None]:
    """Within the block requests of `session` end after `seconds` at the latest, however slowly the peer answers."""
    line = session.get_adapter("https://")
    if not isinstance(line, Line):
        line = Line()
        session.mount("http://", line)
        session.mount("https://", line)
    with Lid(line, time.monotonic() + seconds).on():
        yield
