"""1080p and 4K versions of a Veo video: no tasks, but asked for by the video's own until they are there.

1080p is ready a while after the video, and until then the answer is a «no». 4K is begun by the first ask; every other one is
answered by 422, with the links once they are there. Source: docs.kie.ai/veo3-api/get-veo-3-1080-p-video, …/get-veo-3-4k-video.
"""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.store import transaction

from . import followups, jobs, price
from .clock import now_ms
from .envelope import Refusal, ok
from .files import RESULT_MS

if TYPE_CHECKING:
    from .peer import Peer
    from .tasks import Task

SCHEMA = """
CREATE TABLE IF NOT EXISTS hd (
    task TEXT NOT NULL,
    version TEXT NOT NULL,  -- 1080p, 4k
    number INTEGER NOT NULL,  -- which of the task's videos
    ready_ms INTEGER NOT NULL,
    PRIMARY KEY (task, version, number)
);
"""
NOT_READY = "The 1080P video is being processed. It should be ready in 1-2 minutes. Please check back shortly."
BEING_MADE = "The 4K video is being processed. Please check back shortly."
MADE = "The 4K video has been generated."


class Versions:
    """Which versions were asked for, and when each is ready."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(SCHEMA)

    def ready_ms(self, task: str, version: str, number: int) -> int | None:
        """When it is ready; None: nobody has asked for it."""
        query = "SELECT ready_ms FROM hd WHERE task = ? AND version = ? AND number = ?"
        row = self._db.execute(query, (task, version, number)).fetchone()
        return int(row[0]) if row else None

    def add(self, task: str, version: str, number: int, ready_ms: int) -> None:
        """Note that it was asked for, in the caller's transaction."""
        self._db.execute("INSERT INTO hd VALUES (?, ?, ?, ?)", (task, version, number, ready_ms))


async def in_1080p(peer: Peer, request: web.Request) -> web.Response:
    """GET ?taskId=&index=."""
    task, number, url = _source(peer, request.query)
    ready_ms = peer.hd.ready_ms(task.id, "1080p", number)
    if ready_ms is None:
        ready_ms = (task.completed_ms or 0) + _takes_ms(peer, "1080p")
        with transaction(peer.db):
            jobs.pay(peer, _price(peer, "veo/get-1080p-video"))
            peer.hd.add(task.id, "1080p", number, ready_ms)
    if now_ms() < ready_ms:
        raise Refusal(422, NOT_READY)
    return ok({"resultUrl": _version(peer, task, "1080p", number, url)})


async def in_4k(peer: Peer, request: web.Request) -> web.Response:
    """POST {taskId, index, callBackUrl}."""
    body = await jobs.json_body(request)
    task, number, url = _source(peer, body)
    callback = body.get("callBackUrl")
    jobs.check_callback(callback)
    ready_ms = peer.hd.ready_ms(task.id, "4k", number)
    if ready_ms is None:
        _begin_4k(peer, task, number, url, callback)
        return ok({"taskId": task.id, "resultUrls": None, "imageUrls": None})
    made = [_version(peer, task, "4k", number, url)] if now_ms() >= ready_ms else None
    data = {"taskId": task.id, "resultUrls": made, "imageUrls": made}
    return web.json_response({"code": 422, "msg": MADE if made else BEING_MADE, "data": data})


def _begin_4k(peer: Peer, task: Task, number: int, url: str, callback: str | None) -> None:
    takes_ms = _takes_ms(peer, "4k")
    with transaction(peer.db):
        jobs.pay(peer, _price(peer, "veo/get-4k-video"))
        peer.hd.add(task.id, "4k", number, now_ms() + takes_ms)
        owed = []
        if callback:
            made = [_version(peer, task, "4k", number, url)]
            data = {"task_id": task.id, "result_urls": made, "media_ids": [f"{task.id}-{number}"], "image_urls": made}
            notice = {"code": 200, "msg": "4K Video generated successfully.", "data": data}
            owed = [peer.callbacks.owe(task.id, callback, notice, late_s=takes_ms / 1000)]
    peer.callbacks.launch(owed)


def _source(peer: Peer, given: Any) -> tuple[Task, int, str]:
    """The finished Veo task, which of its videos, and that one's link."""
    task_id = given.get("taskId")
    if not task_id:
        raise Refusal(422, "taskId is required")
    task = followups.finished(peer, str(task_id))
    model = peer.catalogue.named(task.model)
    made, number = peer.dialect(task).record(task)["response"], int(given.get("index") or 0)
    if model is None or model.family != "veo" or number >= len(made["resultUrls"]):
        raise Refusal(422, "taskId: no such video of Veo")
    return task, number, made["resultUrls"][number]


def _version(peer: Peer, task: Task, version: str, number: int, url: str) -> str:
    """The link of a version: the same clip, for no model is asked here."""
    place = f"r/{task.id}/{number}-{version}.mp4"
    stored = peer.files.get(peer.files.own(url) or "")
    if stored is None:
        raise Refusal(422, "The video has expired")
    if peer.files.get(place) is None:
        peer.files.add(place, stored.disk, life_ms=RESULT_MS)
    return peer.files.url(place)


def _takes_ms(peer: Peer, version: str) -> int:
    return round(peer.settings.wait_s(peer.settings["hd_s"][version]) * 1000)


def _price(peer: Peer, model_id: str) -> Decimal:
    model = peer.catalogue.named(model_id)
    assert model is not None  # of models.json
    return price.credits(model, {})
