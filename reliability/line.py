"""A line to a peer that can be cut from outside: time-outs of a socket begin anew with every byte, so a peer that dribbles
would hold its caller for ever.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

from requests import Session
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


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
        for connection in list(self._made):
            with suppress(OSError, AttributeError):  # it is closed already
                connection.sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def bounded(session: Session, seconds: float) -> Iterator[None]:
    """Within the block requests of `session` end after `seconds` at the latest, however slowly the peer answers."""
    line = session.get_adapter("https://")
    if not isinstance(line, Line):
        line = Line()
        session.mount("http://", line)
        session.mount("https://", line)
    timer = threading.Timer(seconds, line.cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
