"""Telegram's rate limits, off unless POST /sandbox/config says {"limits": true}: 30 messages a second, one a second in a chat."""

from __future__ import annotations

import math
import time

from .errors import too_many

OVERALL_PER_S, CHAT_PER_S = 30.0, 1.0
OVERALL_BURST, CHAT_BURST = 30.0, 5.0  # short bursts pass
COUNTED = ("send", "edit", "copy", "forward")  # what such methods' names begin with
FREE = ("sendChatAction",)


class _Bucket:
    def __init__(self, per_s: float, burst: float) -> None:
        self.per_s, self.burst, self.left, self.at = per_s, burst, burst, time.monotonic()

    def wait_s(self, cost: float) -> float:
        """How long until `cost` fits; 0 = now."""
        now = time.monotonic()
        self.left, self.at = min(self.burst, self.left + (now - self.at) * self.per_s), now
        return max(0.0, (cost - self.left) / self.per_s)


class Limits:
    """In memory."""

    def __init__(self) -> None:
        self._overall = _Bucket(OVERALL_PER_S, OVERALL_BURST)
        self._chats: dict[str, _Bucket] = {}

    def spend(self, chat_id: str, messages: int = 1) -> None:
        """Count messages to a chat. Raises ApiError 429 with the seconds to wait."""
        if len(self._chats) > 10_000:
            self._chats.clear()
        chat = self._chats.setdefault(chat_id, _Bucket(CHAT_PER_S, CHAT_BURST))
        cost = min(float(messages), CHAT_BURST)
        wait_s = max(self._overall.wait_s(cost), chat.wait_s(cost))
        if wait_s > 0:
            raise too_many(math.ceil(wait_s))
        self._overall.left -= cost
        chat.left -= cost
