"""Keeps other web sites out: a page elsewhere must not write into these chats through the developer's browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_READS = ("GET", "HEAD", "OPTIONS")


@web.middleware
async def same_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """403 for a write under /sandbox that a browser sends for another origin. Programs send neither header and pass."""
    if request.method not in _READS and request.path.startswith("/sandbox/"):
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        foreign = site not in (None, "same-origin", "none")
        if foreign or (origin is not None and urlsplit(origin).netloc != request.host):
            return web.json_response(
                {"error": "This page may not write here: it comes from another origin."}, status=403
            )
    return await handler(request)


async def no_sniffing(_request: web.Request, response: web.StreamResponse) -> None:
    """On every answer: types are as said, and nothing is kept by the browser but files, which never change."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cache-Control", "no-cache")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
