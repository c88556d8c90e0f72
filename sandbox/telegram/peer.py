"""The peer's parts, put together, and the two things that all of them do: change a chat, and call a method."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.faults import DELIVERY, TRANSPORT, Faults
from sandbox.store import Journal, connect, transaction

from .chats import Chats
from .delivery import Delivery
from .errors import ApiError
from .files import Files
from .hub import Hub, Poller
from .limits import COUNTED, FREE, Limits
from .methods import METHODS
from .params import Params
from .queries import Checkouts, Presses
from .settings import Settings
from .stars import Stars
from .updates import Updates

WEBHOOK = "webhook"  # the name under which deliveries get their faults
OWN = {
    "blocked": "403 Forbidden: bot was blocked by the user",
    "not_modified": "400, as if the edit changed nothing",
    "url_rejected": "400 for a file sent by its URL (description: other words)",
}
CALL_FAULTS = {**TRANSPORT, **OWN}
_BY_LOWER_NAME = {name.lower(): name for name in METHODS}


class Peer:
    """One local Telegram with one bot. All in one thread but the measuring of files."""

    def __init__(self, *, data: Path, public_url: str, bot_token: str) -> None:
        self.db = connect(data / "telegram.sqlite3")
        self.token, self.public_url = bot_token, public_url.rstrip("/")
        self.settings = Settings(self.db)
        self.chats = Chats(self.db)
        self.updates = Updates(self.db, self.settings)
        self.files = Files(self.db, data / "telegram-files")
        self.presses, self.checkouts = Presses(self.db), Checkouts()
        self.stars = Stars(self.db)
        self.journal = Journal(self.db)
        self.faults = Faults(dict.fromkeys(METHODS, CALL_FAULTS) | {WEBHOOK: DELIVERY})
        self.hub, self.poller, self.limits = Hub(), Poller(), Limits()
        self.delivery = Delivery(self)

    @property
    def bot(self) -> dict[str, Any]:
        """The bot's User object."""
        number = self.token.partition(":")[0]
        bot_id = int(number) if number.isdecimal() else 1
        name = self.settings.get("names", {}).get("", "") or "TRT (песочница)"
        return {"id": bot_id, "is_bot": True, "first_name": name, "username": "sandbox_bot"}

    def start(self) -> None:
        """Go on where a stopped or killed process was."""
        self.delivery.restart()

    async def close(self) -> None:
        """Stop cleanly; nothing owed is lost."""
        await self.delivery.close()
        self.db.close()

    @contextmanager
    def change(self, chat_id: int) -> Iterator[None]:
        """One transaction; after it the pages learn of the change, and the bot of its updates. Never await inside."""
        try:
            with transaction(self.db):
                yield
        finally:
            fresh, self.updates.fresh = self.updates.fresh, []
        self.hub.tell(chat_id, "change", {"rev": self.chats.rev(chat_id)})
        for key in fresh:
            self.delivery.wake(key)
        if fresh:
            self.poller.wake()

    async def call(self, method: str, params: Params) -> Any:
        """Do what a Bot API method does; its result. Raises ApiError."""
        name = canonical(method)
        if name is None:
            raise ApiError(404, "Not Found: method not found")
        if self.settings.get("limits") and name.startswith(COUNTED) and name not in FREE and "chat_id" in params:
            album = params.json("media") if name == "sendMediaGroup" else None
            self.limits.spend(params.text("chat_id"), len(album) if isinstance(album, list) else 1)
        return await METHODS[name](self, params)

    async def answer(self, method: str, params: Params) -> tuple[int, dict[str, Any]]:
        """(HTTP status, body) of a call; it is in the journal then. An idle getUpdates is not worth a line."""
        try:
            status, body = 200, {"ok": True, "result": await self.call(method, params)}
        except ApiError as error:
            status, body = error.code, error.body()
        if body["ok"] is False or body["result"] != []:
            self.journal.add(canonical(method) or method, params.shown(), body)
        return status, body


def canonical(method: str) -> str | None:
    """The official spelling: Telegram takes any case. None when there is no such method."""
    return _BY_LOWER_NAME.get(method.lower())
