"""Polling: getUpdates instead of a webhook, through the same inbox. Telegram forgets an update only when it is stored."""

import json
import threading

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from telebot import apihelper

from bot import gateway, inbox
from bot.gateway import TelegramError
from reliability.lease import Held

log = structlog.get_logger()
LONG_POLL_S = 25  # well inside the gateway's read time-out


class Poller:
    """Asks Telegram while the lease is ours."""

    def __init__(self, lease: Held, stop: threading.Event) -> None:
        self.lease, self.stop, self.offset = lease, stop, 0

    def run(self) -> None:
        """Until `stop`. Trouble with Telegram or the database is waited out; what was not stored is given again."""
        while not self.stop.is_set():
            if not self.lease.valid:
                self.stop.wait(0.5)
                continue
            try:
                self.once()
            except TelegramError as trouble:
                log.warning("polling.telegram_away", why=str(trouble))
                self.stop.wait(2.0)
            except (DatabaseError, InterfaceError) as trouble:
                connection.close()
                log.warning("polling.database_away", error=str(trouble).strip())
                self.stop.wait(1.0)

    def once(self) -> int:
        """One getUpdates: store each, answer pre-checkouts, and only then move the offset. Says how many came."""
        updates = gateway.call(
            apihelper.get_updates,
            settings.TELEGRAM_BOT_TOKEN,
            offset=self.offset or None,
            timeout=LONG_POLL_S,
            allowed_updates=inbox.ALLOWED_UPDATES,
        )
        for update in updates:
            reply = inbox.store(json.dumps(update, ensure_ascii=False).encode(errors="surrogatepass"))
            if reply:
                gateway.answer_pre_checkout(reply)
            self.offset = update["update_id"] + 1
        return len(updates)
