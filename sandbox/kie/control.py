"""The operator's side: config, tasks and journal under /sandbox. It needs no key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.store import transaction

from .settings import BadSetting

if TYPE_CHECKING:
    from .peer import Peer

TASKS_SHOWN = 500


def routes(peer: Peer) -> list[web.RouteDef]:
    """GET and POST /sandbox/config, GET /sandbox/tasks and /sandbox/journal."""

    async def config(_request: web.Request) -> web.Response:
        return web.json_response(peer.settings.all())

    async def configure(request: web.Request) -> web.Response:
        try:
            body = await request.json()
            if not isinstance(body, dict):
                raise BadSetting('Send a JSON object, such as {"time_scale": 0.1}.')
            with transaction(peer.db):
                peer.settings.update(body)
        except ValueError as error:  # BadSetting is one, broken JSON too
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response(peer.settings.all())

    async def tasks(_request: web.Request) -> web.Response:
        shown = [
            {
                "taskId": task.id,
                "model": task.model,
                "state": task.shown_state(),
                "input": task.input,
                "callBackUrl": task.callback_url,
                "created_ms": task.created_ms,
                "completed_ms": task.completed_ms,
                "credits": float(task.credits),
                "plan": task.plan,
                "callbacks": peer.callbacks.story(task.id),
            }
            for task in peer.tasks.last(TASKS_SHOWN)
        ]
        return web.json_response({"tasks": shown, "made": peer.tasks.made()})

    async def journal(request: web.Request) -> web.Response:
        after = request.query.get("after", "0")
        if not after.isdecimal():
            return web.json_response({"error": "after is the id of a call: a whole number."}, status=400)
        return web.json_response({"calls": peer.journal.calls(request.query.get("method"), int(after))})

    return [
        web.get("/sandbox/config", config),
        web.post("/sandbox/config", configure),
        web.get("/sandbox/tasks", tasks),
        web.get("/sandbox/journal", journal),
    ]
