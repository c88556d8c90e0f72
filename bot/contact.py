"""Whether Telegram answers this process at all, whatever was asked and whomever it was about."""

import threading

from reliability import clock


class Contact:
    """Told by each call of the gateway how it ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._silent_since: float | None = None
        self._lost = False

    def heard(self) -> None:
        """Telegram has answered, whatever it said; but for an error of its own."""
        with self._lock:
            self._silent_since, self._lost = None, False

    def missed(self, *, lost: bool) -> None:
        """No clear answer came; `lost`: none at all."""
        with self._lock:
            if self._silent_since is None:
                self._silent_since = clock.monotonic()
            self._lost |= lost

    @property
    def silent_s(self) -> float:
        """Seconds since the first answer that did not come after the last that did; 0 while they come."""
        with self._lock:
            return 0.0 if self._silent_since is None else clock.monotonic() - self._silent_since

    @property
    def is_lost(self) -> bool:
        """A call was never answered, and nothing was heard since."""
        with self._lock:
            return self._lost
