"""Inputs that name an earlier task, or a track of it: only a finished one of this account will do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .envelope import Refusal

if TYPE_CHECKING:
    from .peer import Peer
    from .tasks import Task

TASK_NAMES, TRACK_NAMES = ("task_id", "taskId", "origin_task_id"), ("audio_id", "audioId")


def check(peer: Peer, given: dict[str, Any]) -> None:
    """Raise the Refusal of an input whose source is not there."""
    source = _source(peer, given)
    track = next((given[name] for name in TRACK_NAMES if given.get(name)), None)
    if track is None:
        return
    if source is None and peer.tasks.with_track(str(track)) is None:
        raise Refusal(422, "audioId: no such audio")
    if source is not None and str(track) not in tracks(source):
        raise Refusal(422, "audioId does not belong to this task")


def _source(peer: Peer, given: dict[str, Any]) -> Task | None:
    for name in TASK_NAMES:
        if given.get(name):
            return finished(peer, str(given[name]), name)
    return None


def finished(peer: Peer, task_id: str, name: str = "taskId") -> Task:
    """The successful task of that id. Raises the Refusal where there is none."""
    task = peer.tasks.get(task_id)
    if task is None:
        raise Refusal(422, f"{name}: the task does not exist or has expired")
    if task.state != "success":
        raise Refusal(422, f"{name}: the task has not succeeded")
    return task


def tracks(task: Task) -> set[str]:
    """Ids of the tracks of its result."""
    said = json.loads(task.result or "{}")
    return {track["id"] for track in said.get("data", []) if isinstance(track, dict) and "id" in track}
