"""Polling: getUpdates instead of a webhook, through the same inbox. Telegram forgets an update only when it is stored.

Each poll ends by itself: a silent connection by the read time-out, one that dribbles without end by being cut.
"""

import json
import threading
from typing import Any, Final

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from bot import gateway, inbox
from bot.incoming import Unreadable
from bot.refusals import Conflict, Rejected, TelegramError, TooFast
from reliability import outage
from reliability.lease import Held

log = structlog.get_logger()
LONG_POLL_S: Final = 25  # Telegram answers at the latest then, if only with nothing
SILENCE_S: Final = 90.0  # after so long without an answer the connection is given up
LONGEST_PAUSE_S: Final = 30.0
CONFLICT = (
    "Updates do not come: this token has a webhook, or another process polls with it. Nothing is stolen from either: "
    "stop it, or insist with manage.py bot --take-over"
)


class Poller:
    """Asks Telegram while the lease is ours."""

    def __init__(self, lease: Held, stop: threading.Event) -> None:
        self.lease, self.stop = lease, stop
        self.offset = 0  # 0 after a start: what was stored and not confirmed comes again, as duplicates
        self.pause_s = 0.0  # grows while there is trouble

    def run(self) -> None:
        """Until `stop`. Trouble of any kind is waited out; what was not stored is given again."""
        while not self.stop.is_set():
            if not self.lease.valid:
                self.stop.wait(0.5)
                continue
            try:
                close_old_connections()  # one that died with its server while we were waiting
                self.once()
            except Exception as trouble:  # noqa: BLE001 (whatever it is, polling goes on, and says it)
                self.stop.wait(self._pause(trouble))
            else:
                self.pause_s = 0.0

    def once(self) -> int:
        """One getUpdates: store each, answer pre-checkouts, and only then move the offset. Says how many came.

        What comes after the lease has gone is stored all the same: Telegram has been told nothing yet, so the next poller
        gets it as well, as duplicates. Raises TelegramError, and what the database raises when it is away.
        """
        updates = gateway.get_updates(self.offset, kinds=inbox.ALLOWED_UPDATES, wait_s=LONG_POLL_S, within_s=SILENCE_S)
        for update in updates:
            self._take(update)
            self.offset = update["update_id"] + 1
        return len(updates)

    @staticmethod
    def _take(update: dict[str, Any]) -> None:
        try:
            reply = inbox.store(json.dumps(update, ensure_ascii=False).encode(errors="surrogatepass"))
            if reply:
                gateway.answer_pre_checkout(reply)
        except Rejected as late:  # «query is too old»: asked again it is only older
            log.warning("polling.pre_checkout_lost", why=str(late))
        except Unreadable:
            log.error("polling.no_update", fields=sorted(update))

    def _pause(self, trouble: Exception) -> float:
        """Say what is the matter, and how long to wait: longer each time, or as long as Telegram says."""
        self.pause_s = min(self.pause_s * 2 or 1.0, LONGEST_PAUSE_S)
        facts = {"pause_s": self.pause_s}
        match trouble:
            case TooFast():
                self.pause_s = facts["pause_s"] = float(trouble.retry_after_s)
                log.warning("polling.too_fast", **facts)
            case Conflict():
                log.error("polling.conflict", why=str(trouble), hint=CONFLICT, **facts)
            case TelegramError():
                log.warning("polling.telegram_away", why=str(trouble), **facts)
            case DatabaseError() | InterfaceError():
                connection.close()
                outage.noted(trouble)
            case _:
                log.exception("polling.error", **facts)
        return self.pause_s
