"""An exchange with a stranger that ends when it has to: his server may send a byte every ten seconds for hours, and time-outs
of a socket begin anew with each.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import requests
from requests_hardened.ip_filter_adapter import IPFilterAdapter

from reliability.line import Line

AGAIN_S = 1.0  # what came about during a cut (a connection being made) is cut by the next


class PublicLine(Line):
    """A line that leads to public addresses alone: requests-hardened's judgement, which an adapter of its own would bring."""

    def __init__(self) -> None:
        self._judges = {scheme: IPFilterAdapter(is_https_proto=scheme == "https") for scheme in ("http", "https")}
        super().__init__()

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        """Where to connect. Raises requests' errors for an address that is not public."""
        judge = self._judges[urlsplit(request.url or "").scheme]
        return judge.build_connection_pool_key_attributes(request, verify, cert)


class Lid:
    """Ends what goes over `line`, and the answers that it is told of, once `until` (on the monotonic clock) has passed."""

    def __init__(self, line: Line, until: float) -> None:
        self._line, self._until = line, until
        self._answers: list[requests.Response] = []
        self._over = threading.Event()

    @property
    def shut(self) -> bool:
        """Whether the time is over: what has come may be cut off, though it looks like a whole file."""
        return time.monotonic() >= self._until

    def over(self, answer: requests.Response) -> None:
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
            with suppress(RuntimeError):  # a connection came while they were gone through: the next cut is its
                self._line.cut()
            for answer in list(self._answers):
                with suppress(OSError, ValueError, RuntimeError):  # it is read or closed already
                    answer.raw.shutdown()
            wait_s = AGAIN_S
