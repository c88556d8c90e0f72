"""Callbacks: signed, repeated at most three times, then dropped.

Source: KIE's webhook verification page: `base64(HMAC_SHA256(key, taskId + "." + timestamp))`; answer 2xx within 15 s.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import sqlite3
import time
from typing import TYPE_CHECKING, Any

from sandbox.deliveries import Deliveries, Parcel

if TYPE_CHECKING:
    from .settings import Settings
    from .tasks import Task


RETRIES = 3


def signature(key: str, task_id: str, timestamp: int) -> str:
    """X-Webhook-Signature."""
    digest = hmac.new(key.encode(), f"{task_id}.{timestamp}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class Callbacks(Deliveries):
    """How KIE calls back."""

    def __init__(self, db: sqlite3.Connection, settings: Settings, hmac_key: str | None) -> None:
        super().__init__(db)
        self._settings, self._key = settings, hmac_key

    def most_tries(self) -> int:
        return 1 + RETRIES

    def patience_s(self) -> float:
        return float(self._settings["callback_timeout_s"])

    def pause_s(self, tried: int) -> float:
        return self._settings.wait_s(self._settings["callback_pause_s"] * 2**tried)

    def headers(self, parcel: Parcel) -> dict[str, str]:
        if not self._key:
            return {}
        at = int(time.time())
        key = "a stranger's key" if parcel.forged else self._key
        return {"X-Webhook-Timestamp": str(at), "X-Webhook-Signature": signature(key, parcel.about, at)}

    def owe_of(
        self, task: Task, notices: list[dict[str, Any]], *, copies: int = 1, late_s: float = 0.0, forged: bool = False
    ) -> list[int]:
        """Write down what a task that has an address says, in the caller's transaction; `launch` the ids after it.
        A forged one (it says fail, signed with a stranger's key) goes before the true ones."""
        url = task.callback_url or ""
        bodies = [(_lie(notices[-1]), True)] * forged + [(notice, False) for notice in notices for _ in range(copies)]
        return [self.owe(task.id, url, body, forged=false, late_s=late_s) for body, false in bodies]


def _lie(notice: dict[str, Any]) -> dict[str, Any]:
    told = {"state": "fail", "resultJson": None, "failMsg": "forged"} if "state" in notice["data"] else {"info": None}
    return {**notice, "code": 501, "msg": "forged", "data": {**notice["data"], **told}}
