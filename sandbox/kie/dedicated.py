"""The dedicated APIs: a path for each thing to make, a flat body, and a path to ask how it stands (sandbox.kie.dialects)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sandbox.store import transaction

from . import followups, jobs, price, results, schema, sources
from .dialects import DIALECTS, UNIFIED, suno
from .envelope import NO_RECORD, Refusal, ok

if TYPE_CHECKING:
    from aiohttp import web

    from .catalogue import Model
    from .peer import Peer
    from .tasks import Task

CREATES_ELSEWHERE = {"market", "chat"}
READS_PER_S = 3
NO_CALLBACK = "callBackUrl is required"


def create_paths(peer: Peer) -> list[str]:
    """Where dedicated APIs are asked to make something; HD versions of Veo have their own ways (sandbox.kie.hd)."""
    own = [model for model in peer.catalogue.models if model.family not in CREATES_ELSEWHERE and not _is_hd(model)]
    return list(dict.fromkeys(model.endpoint for model in own if not model.status or model.status in DIALECTS))


def record_paths() -> list[str]:
    """Where records of dedicated APIs are asked for."""
    return [path for path in DIALECTS if path != UNIFIED]


def _is_hd(model: Model) -> bool:
    return model.family == "veo" and not model.status


async def create(peer: Peer, request: web.Request) -> web.Response:
    """POST of a flat body. Models that make no task answer with their result at once."""
    peer.creates.pass_or_refuse("account", int(peer.settings["creates_per_10s"]))
    given = {name: value for name, value in (await jobs.json_body(request)).items() if value is not None}
    model = peer.catalogue.at(request.path, given.get("model"))
    if model is None:
        raise Refusal(422, "model is not within the range of allowed options")
    callback = given.pop("callBackUrl", None)
    if model.needs_callback and not callback:
        raise Refusal(422, NO_CALLBACK)
    if not model.status:
        return ok(await _at_once(peer, model, given))
    task = await jobs.accepted(peer, model, given, {}, callback)
    if callback and DIALECTS[model.status] is suno:
        _tell_early(peer, task)
    return ok({"taskId": task.id})


async def _at_once(peer: Peer, model: Model, given: dict[str, Any]) -> dict[str, Any]:
    schema.check(model, given)
    followups.check(peer, given)
    sources.find(model, given, peer.files)
    with transaction(peer.db):
        jobs.pay(peer, price.credits(model, given))
    made: dict[str, Any] = await asyncio.to_thread(results.object_of, model, given)
    return made


def _tell_early(peer: Peer, task: Task) -> None:
    """The callback of the words comes while the sound is being made; a task that fails early may still send it."""
    if task.ends_ms is None or task.plan.get("not_delivered"):
        return
    way_s = (task.ends_ms - task.created_ms) / 1000
    url = task.callback_url or ""
    with transaction(peer.db):
        owed = peer.callbacks.owe(task.id, url, suno.early(task), late_s=way_s * suno.TEXT_AT)
    peer.callbacks.launch([owed])


async def record(peer: Peer, request: web.Request) -> web.Response:
    """GET ?taskId= of a task that this API has made; those of others are not known here."""
    task_id = request.query.get("taskId", "")
    if not task_id:
        raise Refusal(400, "taskId is required")
    peer.reads.pass_or_refuse(task_id, READS_PER_S)
    task = peer.tasks.get(task_id)
    if task is None or peer.dialect(task) is not DIALECTS[request.path]:
        raise Refusal(422, NO_RECORD)
    return ok(peer.dialect(task).record(task))
