"""How a peer answers: the life of its application, and one public call under its faults, written into its journal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from aiohttp import web

from .faults import WORKED, Fault, Faults, strike
from .store import Journal

Answer = Callable[[web.Request], Awaitable[web.Response]]


class Living(Protocol):
    """What every peer can do."""

    def start(self) -> None:
        """Go on where a stopped or killed process was."""

    async def close(self) -> None:
        """Stop cleanly; nothing owed is lost."""


def lives(app: web.Application, peer: Living) -> None:
    """The peer starts and stops with its application."""

    async def start(_app: web.Application) -> None:
        peer.start()

    async def close(_app: web.Application) -> None:
        await peer.close()

    app.on_startup.append(start)
    app.on_cleanup.append(close)


def call(
    method: str,
    answer: Answer,
    said: Callable[[Fault], web.Response],
    *,
    faults: Faults,
    known: Mapping[str, str],
    journal: Journal,
    shown: Callable[[web.Request], Awaitable[dict[str, Any]]] | None = None,
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler: `answer`, or what a fault of `known` makes of it; `said` shapes the refusals that the peer words itself.

    `answer` writes its own line into the journal; a fault that comes before it is written here, with the parameters as `shown` has them.
    """

    async def serve(request: web.Request) -> web.StreamResponse:
        fault = faults.take(method, known)
        if fault is None:
            return await answer(request)
        await request.read()
        struck = await strike(fault, request, lambda: answer(request))
        if fault.name not in WORKED:
            journal.add(method, await (shown or params)(request), {"fault": fault.name})
        return struck or said(fault)

    return serve


async def params(request: web.Request) -> dict[str, Any]:
    """What the journal keeps of a call: the query and the body."""
    found: dict[str, Any] = dict(request.query) | dict(request.match_info)
    if request.content_type != "application/json":
        return found | {name: str(value) for name, value in (await request.post()).items()}
    try:
        body = await request.json() if request.body_exists else {}
    except ValueError:
        return found | {"body": (await request.text())[:200]}
    return found | (body if isinstance(body, dict) else {"body": body})
