"""The load as Telegram brings it: in order within a chat, again until a 2xx, and now and then once more for good measure.

The journal of what was acknowledged is kept here, outside every process that is killed.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from trt.drill.stack import Stack
from trt.drill.telegram import Call

ANSWER_S = 15.0  # patience with a webhook; Telegram's is 60, we have less time
LONGEST_PAUSE_S = 1.0
TWICE = 0.03  # of the deliveries Telegram repeats, its 200 being lost
Fits = Callable[[Call], bool]


@dataclass
class Sent:
    """An update on its way: what it is, when we took it for stored, and how its answer is known."""

    update_id: int
    chat: int
    kind: str
    body: bytes
    fits: Fits | None = None  # the answer among the calls to its chat; None: nobody waits for one
    acknowledged_at: float | None = None  # monotonic seconds
    reply: dict[str, Any] | None = None  # the method call that came with the 200
    taken: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Try:
    """One POST: when it left, when its answer came, what it was; 0 = none came."""

    began: float
    ended: float
    status: int


class Load:
    """Posts updates to whichever web process takes them. `journal` has every update in the order of posting."""

    def __init__(self, stack: Stack, chance: random.Random) -> None:
        self.stack, self.chance = stack, chance
        self.journal: list[Sent] = []
        self.tries: list[Try] = []
        self._ids = itertools.count(900_000_001)
        self._queues: dict[int, deque[Sent]] = defaultdict(deque)
        self._couriers: dict[int, asyncio.Task[None]] = {}
        self._turn = itertools.count()
        self._session: aiohttp.ClientSession | None = None

    @property
    def acknowledged(self) -> list[Sent]:
        """What Telegram was told to forget."""
        return [sent for sent in self.journal if sent.acknowledged_at is not None]

    def next_id(self) -> int:
        """An update_id."""
        return next(self._ids)

    def post(self, update_id: int, chat: int, kind: str, content: dict[str, Any], fits: Fits | None = None) -> Sent:
        """Queue an update behind those of its chat."""
        body = json.dumps({"update_id": update_id, kind: content}, ensure_ascii=False).encode()
        sent = Sent(update_id, chat, kind, body, fits)
        self.journal.append(sent)
        self._queues[chat].append(sent)
        if chat not in self._couriers:
            self._couriers[chat] = asyncio.create_task(self._run(chat))
        return sent

    def waiting(self, chat: int) -> int:
        """How many of a chat are not taken yet."""
        return len(self._queues[chat])

    async def settle(self) -> None:
        """Until everything posted is taken."""
        while self._couriers:
            await asyncio.gather(*self._couriers.values())

    async def close(self) -> None:
        """Stop posting."""
        for courier in self._couriers.values():
            courier.cancel()
        await asyncio.gather(*self._couriers.values(), return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _run(self, chat: int) -> None:
        queue = self._queues[chat]
        try:
            while queue:
                await self._deliver(queue[0])
                queue.popleft()
        finally:
            del self._couriers[chat]

    async def _deliver(self, sent: Sent) -> None:
        path = f"/webhook/{self.stack.env['WEBHOOK_SECRET_PATH']}"
        headers = {
            "Content-Type": "application/json",
            "X-Telegram-Bot-Api-Secret-Token": self.stack.env["WEBHOOK_SECRET_TOKEN"],
        }
        pause_s = 0.0
        while True:
            began = time.monotonic()
            status, answer = await self.forward(path, sent.body, headers)
            self.tries.append(Try(began, time.monotonic(), status))
            if 200 <= status < 300:
                break
            await asyncio.sleep(pause_s)
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2 or 0.1)
        sent.acknowledged_at = time.monotonic()
        sent.reply = json.loads(answer) if answer else None
        sent.taken.set()
        if self.chance.random() < TWICE:
            await self.forward(path, sent.body, headers)

    async def forward(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """POST to one web process, the others if nobody listens there; (0, b"") if no answer came."""
        self._session = self._session or aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_S))
        living = self.stack.of("web")
        first = next(self._turn)
        for number in range(len(living)):
            port = living[(first + number) % len(living)].port
            try:
                async with self._session.post(f"http://127.0.0.1:{port}{path}", data=body, headers=headers) as answer:
                    return answer.status, await answer.read()
            except aiohttp.ClientConnectorError:
                continue
            except (aiohttp.ClientError, TimeoutError, OSError):
                return 0, b""  # perhaps stored
        return 0, b""


class Front:
    """The one address that KIE calls back, as a balancer before the web processes."""

    def __init__(self) -> None:
        self.load: Load | None = None
        self._runner: web.AppRunner | None = None

    async def open(self) -> str:
        """Listen; the origin."""
        app = web.Application()
        app.router.add_post("/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        if self.load is None:
            return web.Response(status=502)
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        status, body = await self.load.forward(request.path, await request.read(), headers)
        return web.Response(status=status or 502, body=body)
