"""The operator's side: config, tasks and journal under /sandbox. It needs no key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox import control

if TYPE_CHECKING:
    from .peer import Peer

TASKS_SHOWN = 500


def routes(peer: Peer) -> list[web.RouteDef]:
    """GET and POST /sandbox/config, GET /sandbox/tasks and /sandbox/journal."""

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

    return [
        *control.config(peer.db, peer.settings),
        web.get("/sandbox/tasks", tasks),
        control.journal(peer.journal),
    ]
