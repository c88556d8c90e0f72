"""How much the web process takes on beside Telegram's lane: how large a body, and how many requests at once.

Django keeps a whole body on disk before any view may refuse it, and gives each request a thread and a connection of its
own: a flood of strangers' posts would take every connection that the database has. So a body is read first, then a turn is taken.
"""

import asyncio
from collections.abc import Mapping
from contextlib import closing
from typing import Final

from kie import callback
from payments import paying
from trt.body import Bodies, NotTaken
from trt.lane import App, Receive, Scope, Send

MOST_BYTES: Final[Mapping[str, int]] = {"/callbacks/": callback.MAX_BYTES, "/payments/": paying.MAX_BYTES}
ELSE_BYTES: Final = 50_000_000  # the admin's forms
AT_ONCE: Final = 16  # requests in Django, each with a connection; the rest waits its turn
MOST_WAITING: Final = 400
# These never wait: they ask the database for everybody at once (trt.console.question).
PROBES: Final = ("/health", "/metrics")


def bounded(app: App) -> App:
    """`app` with requests whose body is there: within the limit of its path (413) and in its time (408). Who sends none keeps
    nobody waiting but itself."""
    bodies = Bodies()

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        most = next((most for start, most in MOST_BYTES.items() if scope["path"].startswith(start)), ELSE_BYTES)
        try:
            if _declared(scope) > most:
                raise NotTaken(413, "TOO_LARGE")
            body = await bodies.read(receive, most)
        except NotTaken as no:
            await _say(send, no.status, no.error_code, no.header)
            return
        if body is None:
            return
        with closing(body):
            await app(scope, body.then(receive), send)

    return serve


def in_turn(app: App, *, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING) -> App:
    """`app` with so many requests at once, the others one after the other as they came; 503 with Retry-After for those who would
    make too long a queue: Telegram, KIE and the payment providers come again."""
    turns, waiting = asyncio.Semaphore(at_once), 0

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal waiting
        if scope["type"] != "http" or scope["path"].startswith(PROBES):
            await app(scope, receive, send)
            return
        if turns.locked() and waiting >= most_waiting:
            await _say(send, 503, "BUSY", (b"retry-after", b"1"))
            return
        waiting += 1
        try:
            await turns.acquire()
        finally:
            waiting -= 1
        try:
            await app(scope, receive, send)
        finally:
            turns.release()

    return serve


def _declared(scope: Scope) -> int:
    written = dict(scope["headers"]).get(b"content-length", b"")
    return int(written[:20]) if written.isdigit() else 0


async def _say(send: Send, status: int, error_code: str, header: tuple[bytes, bytes]) -> None:
    body = b'{"error_code": "%s", "fix_hint": ""}' % error_code.encode()
    about = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*about, header]})
    await send({"type": "http.response.body", "body": body})
