"""The short lane: Telegram's deliveries go to the inbox before Django and its middleware see the request.

Why: the stock asynchronous path costs eighteen times as much a request (signals, a spooled body, thread hops). What
the lane skips it brings itself: method and size limits, the cap on requests in flight, time-outs, error answers.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog

from bot import inbox
from bot.inbox import Answer

log = structlog.get_logger()

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PREFIX = "/webhook/"
THREADS = 8  # one database connection each
IN_FLIGHT = 256  # Telegram opens at most a hundred connections; past this we say 503 and it comes again
PATIENCE_S = 10.0  # a hung database: our own bound, for a statement timeout is the server's


class Lane:
    """An ASGI application: `POST /webhook/…` is served here, all else by `app`."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="inbox")
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith(PREFIX):
            await self._serve(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if body is None:
            return  # the client left
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        answer = await self._accept(scope["path"][len(PREFIX) :], headers, body)
        raw = [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
        raw.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": answer.body})

    async def _accept(self, secret_path: str, headers: dict[str, str], body: bytes) -> Answer:
        if self.in_flight >= IN_FLIGHT:
            return inbox.refused(503, "too many at once", retry_after_s=1)
        self.in_flight += 1
        work = asyncio.get_running_loop().run_in_executor(self.pool, inbox.accept, secret_path, headers, body)
        work.add_done_callback(self._landed)
        try:
            return await asyncio.wait_for(asyncio.shield(work), PATIENCE_S)
        except TimeoutError:  # it may still be stored: then Telegram's repeat is a duplicate
            return inbox.refused(503, "the database does not answer", retry_after_s=2)

    def _landed(self, work: asyncio.Future[Answer]) -> None:
        self.in_flight -= 1
        if not work.cancelled() and work.exception():
            log.error("inbox.error", exc_info=work.exception())


async def _body(receive: Receive) -> bytes | None:
    """The whole body, but no more than one byte over the limit; None if the client left."""
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        if size <= inbox.MAX_BYTES:
            chunks.append(chunk)
            size += len(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)[: inbox.MAX_BYTES + 1]
