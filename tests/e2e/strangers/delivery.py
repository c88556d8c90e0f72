"""Updates on their way: kept until taken, by polling or by a webhook, in the order and with the patience of the real server.

FIFO within a chat and kind, the next only after 2xx for the one before; a failure is repeated at once, then at doubling
pauses, or when Retry-After says; a method in the body of a 2xx is called.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

import requests

from tests.e2e.strangers.refusal import Refusal
from tests.e2e.strangers.web import Request, _flat

if TYPE_CHECKING:
    from tests.e2e.strangers.telegram import Telegram

NOT_IN_REPLIES = ("deletewebhook", "setwebhook", "close", "logout")


class Updates:
    """What the bot has not taken yet."""

    def __init__(self, telegram: Telegram) -> None:
        self.telegram, self.changed = telegram, telegram.changed
        self.ids = itertools.count(734_200_117)
        self.waiting = deque[dict[str, Any]]()
        self.busy = set[tuple[int, str]]()  # queues of which one is being delivered
        self.url, self.secret = "", ""
        self.allowed: list[str] | None = None
        self.statuses = list[int]()  # of the webhook's answers
        self.turn = -1
        self.trouble = ""

    def add(self, kind: str, content: dict[str, Any]) -> None:
        """Something happened."""
        with self.changed:
            if self.allowed is None or kind in self.allowed:
                self.waiting.append({"update_id": next(self.ids), kind: content})
            self.changed.notify_all()
            self._start()

    def point_at(self, url: str, secret: str, allowed: list[str] | None, *, drop: bool) -> None:
        """A webhook, or "" for none. What waits follows it."""
        with self.changed:
            self.url, self.secret = url, secret
            self.allowed = allowed if allowed is not None else self.allowed
            if drop:
                self.waiting.clear()
            self.changed.notify_all()
            self._start()

    def info(self) -> dict[str, Any]:
        """WebhookInfo."""
        with self.changed:
            found: dict[str, Any] = {"url": self.url, "has_custom_certificate": False}
            found["pending_update_count"] = len(self.waiting)
            if self.allowed:
                found["allowed_updates"] = self.allowed
            return found | ({"max_connections": 40, "ip_address": "127.0.0.1"} if self.url else {})

    def polled(self, offset: int, limit: int, wait_s: int, allowed: list[str] | None, turn: int) -> list[Any]:
        """getUpdates: what is before `offset` is forgotten; a younger poll ends an older."""
        with self.changed:
            self.turn, self.allowed = turn, allowed if allowed is not None else self.allowed
            while offset > 0 and self.waiting and self.waiting[0]["update_id"] < offset:
                self.waiting.popleft()
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.waiting or self.turn != turn or self.url, timeout=wait_s)
            if self.turn != turn:
                words = (
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
                )
                raise Refusal(words, 409)
            return list(itertools.islice(self.waiting, limit))

    def _start(self) -> None:
        """A thread for each queue that has something and none yet."""
        for update in list(self.waiting) if self.url else []:
            queue = _queue(update)
            if queue not in self.busy:
                self.busy.add(queue)
                threading.Thread(target=self._deliver, args=[queue], daemon=True).start()

    def _deliver(self, queue: tuple[int, str]) -> None:
        pause_s = 0.0
        with requests.Session() as session:
            session.trust_env = False
            while True:
                with self.changed:
                    update = next((one for one in self.waiting if _queue(one) == queue), None)
                    if update is None or not self.url:
                        self.busy.discard(queue)
                        return
                    url, secret = self.url, self.secret
                retry_after_s = self._post(session, url, secret, update)
                with self.changed:
                    if retry_after_s is None:
                        self.waiting.remove(update)
                        pause_s = 0.0
                    else:
                        self.changed.wait_for(lambda at=url: self.url != at, timeout=retry_after_s or pause_s)
                        pause_s = min(max(1.0, pause_s * 2), 60.0)

    def _post(self, session: requests.Session, url: str, secret: str, update: dict[str, Any]) -> float | None:
        """None when it was taken; else Retry-After, or 0."""
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip, deflate"}
        headers |= {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        try:
            answer = session.post(url, data=json.dumps(update), headers=headers, timeout=60, allow_redirects=False)
        except requests.RequestException as trouble:
            self.trouble = str(trouble)
            return 0.0
        self.statuses.append(answer.status_code)
        if not answer.ok:
            self.trouble = f"Wrong response from the webhook: {answer.status_code} {answer.reason}"
            return float(answer.headers.get("Retry-After") or 0)
        if answer.headers.get("Content-Type", "").startswith("application/json") and answer.content:
            args = _flat(answer.json())
            method = args.pop("method", "").lower()
            if method and not method.startswith("get") and method not in NOT_IN_REPLIES:
                self.telegram.call(method, Request("POST", "", {}, args))
        return None


def _queue(update: dict[str, Any]) -> tuple[int, str]:
    kind, content = list(update.items())[1]
    message = content.get("message", content)
    return (message.get("chat") or content["from"])["id"], kind
