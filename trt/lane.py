"""The short lane: Telegram's deliveries go to the inbox before Django and its middleware see the request.

Why: the stock asynchronous path costs eighteen times as much a request (signals, a spooled body, thread hops). What
the lane skips it brings itself: the check of who asks before a body is read, limits, time-outs, error answers. The rule
is the inbox's own, step by step; only the commit is shared by those that wait for it together.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from bot import inbox
from bot.inbox import Answer
from trt.commits import Commits

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PREFIX = "/webhook/"
PATIENCE_S: Final = 15.0  # for a body to come
NAMES = {name.encode(): name for name in inbox.HEADERS}


class Lane:
    """An ASGI application: `POST /webhook/…` is served here, all else by `app`."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.commits = Commits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith(PREFIX):
            answer = await self._answer(scope, receive)
            if answer is not None:
                await _send(answer, send)
        else:
            await self.app(scope, receive, send)

    def close(self) -> None:
        """Commit what waits. After the last request."""
        self.commits.close()

    async def _answer(self, scope: Scope, receive: Receive) -> Answer | None:
        """By the inbox's rule; None if the client left before its body had come."""
        if refusal := inbox.stranger(scope["path"][len(PREFIX) :], _headers(scope["headers"])):
            return refusal
        try:
            async with asyncio.timeout(PATIENCE_S):
                body = await _body(receive)
        except TimeoutError:
            return inbox.refused(408, "too slow")  # what was an update comes again
        if body is None:
            return None
        update = inbox.read(body)
        return update if isinstance(update, Answer) else await self.commits.keep(update)


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Those that the rule looks at; one that comes twice is joined as Django joins it, and so fits nothing."""
    found: dict[str, str] = {}
    for name, value in raw:
        if known := NAMES.get(name):
            text = value.decode("latin-1")
            found[known] = f"{found[known]},{text}" if known in found else text
    return found


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or as much of it as shows that it is too large; None if the client left."""
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if not message.get("more_body") or size > inbox.MAX_BYTES:
            return b"".join(chunks)


async def _send(answer: Answer, send: Send) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
