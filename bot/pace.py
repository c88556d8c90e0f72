"""Telegram's pace: by default 30 messages a second overall, one a second a chat with short bursts. Edits count. While no
connection to Telegram comes about, nothing is sent but now and then a try.
"""

import threading
from collections import OrderedDict

from django.conf import settings

from reliability import clock

CHAT_BURST = 20.0  # at once: somebody who walks through menus is a short burst
CHATS_KEPT = 10_000


class Bucket:
    """Tokens that come back at `rate` a second, at most `burst` of them."""

    __slots__ = ("at", "burst", "left", "rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate, self.burst, self.left, self.at = rate, burst, burst, now

    def filled(self, now: float) -> float:
        """The tokens that are there."""
        self.left = min(self.burst, self.left + (now - self.at) * self.rate)
        self.at = now
        return self.left

    def wait_s(self, now: float) -> float:
        """Seconds until a token is there; 0 if one is."""
        left = self.filled(now)
        return 0.0 if left >= 1 else (1 - left) / self.rate


class Pace:
    """Asked before each send by any thread of the one holder."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        overall = settings.TELEGRAM_MESSAGES_PER_S
        now = clock.monotonic()
        self._overall = Bucket(overall, overall, now)
        self._chats: OrderedDict[int, Bucket] = OrderedDict()
        self._opens_at = now

    def room(self) -> int:
        """How many may be sent at once, to whomever. Asked before deliveries are claimed: of thousands that wait for the pace none
        is taken up only to be put back."""
        with self._lock:
            now = clock.monotonic()
            return int(self._overall.filled(now)) if now >= self._opens_at else 0

    def opens_in_s(self) -> float:
        """Seconds until one may be sent; 0 if one may."""
        with self._lock:
            return self._wait_s(clock.monotonic())

    def _wait_s(self, now: float) -> float:
        return max(self._opens_at - now, self._overall.wait_s(now))

    def shut(self, for_s: float) -> None:
        """Nobody can be sent anything just now: one try more after this time, not one for each who waits."""
        with self._lock:
            self._opens_at = clock.monotonic() + for_s

    def take(self, chat: int) -> float:
        """0 and a token is taken, or the seconds to wait and nothing is."""
        with self._lock:
            now = clock.monotonic()
            bucket = self._chats.setdefault(chat, Bucket(settings.TELEGRAM_CHAT_MESSAGES_PER_S, CHAT_BURST, now))
            self._chats.move_to_end(chat)
            if len(self._chats) > CHATS_KEPT:
                self._chats.popitem(last=False)
            wait_s = max(self._wait_s(now), bucket.wait_s(now))
            if wait_s == 0:
                self._overall.left -= 1
                bucket.left -= 1
            return wait_s
