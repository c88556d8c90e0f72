"""A Telegram of the drill's own: it takes every call and remembers it, with the door by which it came.

Each process of ours is given a door, a port, of its own: so it is known who said what, and who says something after
its death. It outlives them all, and its word on order and doubles is the one that counts.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

SAYS = ("send", "edit")  # what a person sees begins so
FIRST_MESSAGE = 10_000_000  # below it are the messages that people tap, which never were


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a method, accepted."""

    at: float  # monotonic seconds
    door: str
    method: str
    chat: int
    message_id: int
    params: dict[str, str]

    @property
    def text(self) -> str:
        """The words of it."""
        return self.params.get("text") or self.params.get("caption") or ""

    @property
    def keys(self) -> list[str]:
        """What its buttons do."""
        rows = json.loads(self.params.get("reply_markup") or "{}").get("inline_keyboard", [])
        return [key.get("callback_data", "") for row in rows for key in row]

    @property
    def content(self) -> tuple[Any, ...]:
        """The same twice is the same message twice: a text of ours names its cause, by a word, a file, a bill or a button."""
        return (self.chat, self.method, *sorted(self.params.items()))


class Telegram:
    """Bot API for any number of doors. Lives in one event loop."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.held: dict[str, asyncio.Event] = {}  # doors whose answers wait
        self.holding: Counter[str] = Counter()  # how many answers were ever held back, by door
        self._doors: dict[str, web.AppRunner] = {}
        self._waiting: dict[int, list[tuple[Callable[[Call], bool], asyncio.Future[Call]]]] = defaultdict(list)
        self._of_chat: dict[int, list[Call]] = defaultdict(list)

    async def open(self, door: str) -> str:
        """A new door; its origin."""
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._serve_at(door))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, max_line_size=65_536)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self._doors[door] = runner
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def close(self) -> None:
        """All doors; who waits for an answer here waits no longer."""
        for event in self.held.values():
            event.set()
        for runner in self._doors.values():
            await runner.cleanup()

    async def said(self, chat: int, fits: Callable[[Call], bool]) -> Call:
        """The first call to a chat that fits, once there is one."""
        for call in self._of_chat[chat]:
            if fits(call):
                return call
        future: asyncio.Future[Call] = asyncio.get_running_loop().create_future()
        self._waiting[chat].append((fits, future))
        return await future

    def hold(self, door: str) -> Callable[[], None]:
        """From now on calls by this door are accepted and their answers held back; the returned function lets them go."""
        event = self.held[door] = asyncio.Event()

        def let_go() -> None:
            self.held.pop(door, None)
            event.set()

        return let_go

    def _serve_at(self, door: str) -> Any:
        async def serve(request: web.Request) -> web.Response:
            params = dict(request.query)
            if request.can_read_body:
                params |= {name: str(value) for name, value in (await request.post()).items()}
            call = self._accept(door, request.match_info["method"], params)
            if call.chat and (event := self.held.get(door)):
                self.holding[door] += 1
                await event.wait()
            return web.json_response({"ok": True, "result": _result(call)})

        return serve

    def _accept(self, door: str, method: str, params: dict[str, str]) -> Call:
        chat = int(params.get("chat_id") or 0)
        message_id = int(params.get("message_id") or FIRST_MESSAGE + len(self.calls))
        call = Call(time.monotonic(), door, method, chat, message_id, params)
        self.calls.append(call)
        self._of_chat[chat].append(call)
        for waiting in list(self._waiting[chat]):
            fits, future = waiting
            if future.done() or fits(call):
                self._waiting[chat].remove(waiting)
                if not future.done():
                    future.set_result(call)
        return call


def _result(call: Call) -> Any:
    if not call.method.startswith(SAYS):
        return True
    message: dict[str, Any] = {
        "message_id": call.message_id,
        "date": int(time.time()),
        "chat": {"id": call.chat, "type": "private"},
        "text": call.text,
    }
    if call.method == "sendPhoto":
        message["photo"] = [{"file_id": f"file-{call.message_id}", "file_unique_id": "1", "width": 8, "height": 8}]
    return message
