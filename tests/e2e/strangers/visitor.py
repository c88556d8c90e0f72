"""A person in the stranger's Telegram: what they do comes to the bot as updates with all that real ones carry."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

from tests.e2e.stack import Person, until
from tests.e2e.strangers.telegram import Telegram

IDS = itertools.count(5_123_456_789)  # beyond 32 bits, as new accounts are


class Visitor(Person):
    """Somebody with a Telegram client."""

    def __init__(self, telegram: Telegram, name: str = "Борис", language: str | None = "ru", **names: str) -> None:
        self.telegram_server = telegram
        self.id, self.taps = next(IDS), 0
        self.me: dict[str, Any] = {"id": self.id, "is_bot": False, "first_name": name, **names}
        self.me |= {"language_code": language} if language else {}
        with telegram.lock:
            telegram.people[self.id], telegram.chats[self.id] = self.me, []

    def messages(self) -> list[dict[str, Any]]:
        with self.telegram_server.lock:
            seen = json.loads(json.dumps(self.telegram_server.chats[self.id]))
        return [message | {"outgoing": message["from"]["is_bot"]} for message in seen]

    def _says(self, **content: Any) -> dict[str, Any]:
        message = self.telegram_server.put(self.id, self.me, **content)
        self.telegram_server.updates.add("message", dict(message))
        return message

    def writes(self, text: str) -> None:
        command = re.match(r"/[a-zA-Z0-9_]+", text)
        entities = [{"offset": 0, "length": command.end(), "type": "bot_command"}] if command else []
        self._says(text=text, **({"entities": entities} if entities else {}))

    def uploads(self, content: bytes, name: str, kind: str) -> None:
        self._says(**self.telegram_server.keep(kind, content, name))

    def press(self, message: dict[str, Any], data: str) -> None:
        shown = {name: value for name, value in message.items() if name != "outgoing"}
        query = {"id": str(2_200_411_345_678_901_234 + next(IDS)), "from": self.me, "message": shown}
        query |= {"chat_instance": str(-6_544_332_211_009_988_776 + self.id), "data": data}
        with self.telegram_server.lock:
            self.telegram_server.open_taps.add(query["id"])
        self.telegram_server.updates.add("callback_query", query)

    def pays(self, bill_of: dict[str, Any] | None = None) -> dict[str, Any]:
        """Pay an invoice, one's own newest or a forwarded one: pre-checkout, the bot's word within ten seconds, the payment."""
        server, message = self.telegram_server, bill_of or self.sees(media="invoice")
        bill = {"currency": "XTR", "total_amount": message["invoice"]["total_amount"]}
        bill["invoice_payload"] = server.payloads[message["message_id"]]
        query = str(22_004_113_456_789 + next(IDS))
        with server.changed:
            server.checkouts[query] = None
            server.updates.add("pre_checkout_query", {"id": query, "from": self.me, **bill})
            server.changed.wait_for(lambda: server.checkouts[query] is not None, timeout=10)
            answer = server.checkouts[query]
        if not answer or not answer["ok"]:
            return {"paid": False, "error": answer and answer["error_message"]}
        charge = {
            "telegram_payment_charge_id": f"stxStrange{query}",
            "provider_payment_charge_id": f"{self.id}_{query[-6:]}",
        }
        payer = {
            "type": "user",
            "transaction_type": "invoice_payment",
            "user": self.me,
            "invoice_payload": bill["invoice_payload"],
        }
        with server.lock:
            server.stars.append({"id": charge["telegram_payment_charge_id"], "amount": bill["total_amount"], "date": server.now(), "source": payer})  # fmt: skip
        self._says(successful_payment=bill | charge)
        return {"paid": True, **charge}

    def at_rest(self) -> None:
        """Wait until the bot has taken all that this person did, and no button spins."""
        server = self.telegram_server
        until(lambda: not server.updates.waiting and not server.open_taps, "updates are taken, taps answered")
