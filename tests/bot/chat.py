"""The bot's loops in one process against a local Telegram: what comes in is stored, answered and sent, as the holder does it."""

from __future__ import annotations

import json
import uuid
from typing import Any

from bot import gateway, inbox, outbox
from bot.contact import Contact
from bot.dispatch import Dispatch
from bot.pace import Pace
from reliability.due import run_due
from reliability.lease import Held
from reliability.models import Instance
from tests.sandbox.telegram_side import Telegram


class Bot:
    """An instance of ours with the lease in its hands."""

    def __init__(self) -> None:
        self.me: uuid.UUID = Instance.objects.create(role="bot", host="here", pid=1).pk
        self.lease = Held("bot", self.me)
        assert self.lease.take_or_renew(force=True)
        self.dispatch = Dispatch(self.lease)
        self.outbox = outbox.queue(lambda: self.lease.valid)

    def takes(self, update: dict[str, Any]) -> None:
        """Telegram delivers an update."""
        inbox.store(json.dumps(update).encode())

    def answers(self) -> int:
        """Answer what is due; says how many updates were worked on."""
        return run_due(self.dispatch.queue, self.me, until=lambda: not self.lease.valid)

    def sends(self) -> int:
        """Send what is due; says how many deliveries were worked on."""
        return run_due(self.outbox, self.me)

    def polls(self, telegram: Telegram) -> None:
        """Take everything that Telegram has, answer and send until nothing is left."""
        for update in telegram.ok("getUpdates", timeout=0):
            self.takes(update)
            telegram.ok("getUpdates", offset=update["update_id"] + 1, timeout=0)
        while self.answers() + self.sends():
            pass


def fresh_gateway() -> None:
    """Forget the client, so that the next one reads the settings anew, and what is known of Telegram."""
    gateway.bot.cache_clear()
    gateway.contact = Contact()
    outbox.pace = Pace()


def last(telegram: Telegram) -> dict[str, Any]:
    """What the bot has said last."""
    return [message for message in telegram.chat()["messages"] if message.get("outgoing")][-1]
