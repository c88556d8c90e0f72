"""The operator's side that all peers share: their config and their journal under /sandbox. It needs no key."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from aiohttp import web

from .settings import Settings
from .store import Journal, transaction


def config(
    db: sqlite3.Connection, settings: Settings, changed: Callable[[], None] = lambda: None
) -> list[web.RouteDef]:
    """GET and POST /sandbox/config. `changed` is called after each change."""

    async def show(_request: web.Request) -> web.Response:
        return web.json_response(settings.all())

    async def change(request: web.Request) -> web.Response:
        try:
            body = await request.json()
            if not isinstance(body, dict):
                raise ValueError('Send a JSON object, such as {"name": 1}; GET shows the names.')
            with transaction(db):
                settings.update(body)
        except ValueError as error:  # BadSetting is one, broken JSON too
            return web.json_response({"error": str(error)}, status=400)
        changed()
        return web.json_response(settings.all())

    return [web.get("/sandbox/config", show), web.post("/sandbox/config", change)]


def journal(kept: Journal) -> web.RouteDef:
    """GET /sandbox/journal: the last calls, of one `method` or of all, `after` an id."""

    async def show(request: web.Request) -> web.Response:
        after = request.query.get("after", "0")
        if not after.isdecimal() or len(after) > 18:
            return web.json_response({"error": "after is the id of a call: a whole number."}, status=400)
        return web.json_response({"calls": kept.calls(request.query.get("method"), int(after))})

    return web.get("/sandbox/journal", show)
