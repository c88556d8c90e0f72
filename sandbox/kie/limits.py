"""How often one may ask: a sliding window in memory, as KIE's 20 creates per 10 s and 10 recordInfo per second and task."""

from __future__ import annotations

import time
from collections import deque

from .envelope import TOO_OFTEN, Refusal


class Window:
    """At most `most` calls in `seconds`, for each key on its own."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[str, deque[float]] = {}

    def pass_or_refuse(self, key: str, most: int) -> None:
        """Count the call; raise the 429 Refusal when there have been `most` already. Refused calls do not count. 0 = no limit."""
        now = time.monotonic()
        self._forget(now)
        seen = self._seen.setdefault(key, deque())
        if most and len(seen) >= most:
            raise Refusal(429, TOO_OFTEN)
        seen.append(now)

    def _forget(self, now: float) -> None:
        for key, seen in list(self._seen.items()):
            while seen and seen[0] <= now - self._seconds:
                seen.popleft()
            if not seen:
                del self._seen[key]
