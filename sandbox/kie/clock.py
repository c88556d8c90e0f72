"""Time as the peer sees it: files can be made older than they are, so that expiry can be seen without waiting for days."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .settings import Settings


def now_ms() -> int:
    """Unix milliseconds, as KIE's createTime and the like."""
    return time.time_ns() // 1_000_000


def stamp(ms: int) -> str:
    """Milliseconds as the upload host writes them: 2026-10-01T10:00:00.000Z."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Clock:
    """The clock by which files age: `files_age_s` of the config is added."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def aged_ms(self) -> int:
        """Now, as the files feel it."""
        return now_ms() + round(self._settings["files_age_s"] * 1000)
