"""Asking KIE's catalogue API. An account may put one question a second, to all its paths together; what comes sooner is answered
429 and forgotten, and then KIE wants to be left alone for a while. Source: docs.kie.ai/ai-agent/overview.
"""

from typing import Any, Final

import stamina

from kie import client
from kie.errors import Unread
from kie.sync.polite import Pace

AFTER_429_S: Final = 10.0


class Questions:
    """Each attempt waits for its turn, a repeat as well: a second counts from the answer before, not from the question."""

    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()

    @stamina.retry(on=Unread, attempts=3, timeout=30, wait_initial=0, wait_max=0, wait_jitter=0)
    def ask(self, path: str) -> Any:
        """`data` at `path`, tried three times. Raises as `client.read`."""
        self._pace()
        try:
            return client.read_once(path)
        except Unread as trouble:
            if trouble.code == 429:
                self._pace.rest(AFTER_429_S)
            raise
        finally:
            self._pace.rest()


mine: Final = Questions()  # of this process: runs and proofs spend one budget
