"""Brings running tasks to their end: waits, makes the files in a thread, then one transaction writes result, money and callbacks."""

from __future__ import annotations

import asyncio
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.store import transaction

from . import results, sources
from .clock import now_ms, stamp
from .files import RESULT_MS

if TYPE_CHECKING:
    from .peer import Peer
    from .tasks import Task

log = logging.getLogger(__name__)


class Runner:
    """One asyncio task for each running KIE task, one thread that draws: nothing polls."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._flights: set[asyncio.Task[None]] = set()
        self._artist = ThreadPoolExecutor(max_workers=1, thread_name_prefix="artist")

    def start_all(self) -> None:
        """After a restart: everything that still owes an end."""
        for task in self._peer.tasks.running():
            self.start(task)

    def start(self, task: Task) -> None:
        """See the task to its end; one that never ends is left alone."""
        if task.ends_ms is None:
            return
        flight = asyncio.create_task(self._run(task, task.ends_ms))
        self._flights.add(flight)
        flight.add_done_callback(self._flights.discard)

    async def close(self) -> None:
        """Stop; running tasks stay running in the database."""
        for flight in list(self._flights):
            flight.cancel()
        await asyncio.gather(*self._flights, return_exceptions=True)
        self._artist.shutdown(wait=False, cancel_futures=True)

    async def _run(self, task: Task, ends_ms: int) -> None:
        await asyncio.sleep(max(0.0, (ends_ms - now_ms()) / 1000))
        fail = task.plan.get("fail")
        drawn: list[tuple[str, Path]] = []
        if not fail:
            try:
                drawn = await asyncio.get_running_loop().run_in_executor(
                    self._artist, self._draw, task, self._own(task)
                )
            except Exception:  # whatever goes wrong in drawing is a failed generation, as it is at KIE
                log.exception("task %s could not be drawn", task.id)
                fail = ["500", "Internal Error, Please try again later."]
        self._settle(task, drawn, tuple(fail) if fail else None)

    def _own(self, task: Task) -> list[Path]:
        model = self._peer.catalogue.named(task.model)
        return sources.at_end(model, task.input, self._peer.files).paths if model else []

    def _draw(self, task: Task, own: list[Path]) -> list[tuple[str, Path]]:
        """In the thread: (path of the URL, file on disk) of each result. Drawing again writes the same places."""
        model = self._peer.catalogue.named(task.model)
        if model is None:
            raise LookupError(f"the model {task.model} has left the catalogue")
        made = results.make(model, task.input, own, task.id)
        places = [f"r/{task.id}/{number}.{extension}" for number, (_, extension) in enumerate(made)]
        return [
            (place, self._peer.files.write(place, content)) for place, (content, _) in zip(places, made, strict=True)
        ]

    def _settle(self, task: Task, drawn: list[tuple[str, Path]], fail: tuple[str, str] | None) -> None:
        peer, plan = self._peer, {**task.plan, **(self._peer.callback_plan() if task.callback_url else {})}
        with transaction(peer.db):
            peer.files.sweep()
            for place, disk in drawn:
                peer.files.add(place, disk, life_ms=0 if plan.get("expired") else RESULT_MS)
            if fail:
                peer.settings.pay(-task.credits)
            ended = peer.tasks.end(task.id, result=None if fail else self._result(task, drawn), fail=fail)
            owed = self._owe(ended, plan)
        peer.callbacks.launch(owed)

    def _result(self, task: Task, drawn: list[tuple[str, Path]]) -> str:
        model = self._peer.catalogue.named(task.model)
        assert model is not None  # it has just drawn
        urls = [self._peer.files.url(place) for place, _ in drawn]
        said = results.result(model, task.input, urls, task.id, stamp(now_ms()))
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))

    def _owe(self, ended: Task, plan: dict[str, object]) -> list[int]:
        if not ended.callback_url or plan.get("not_delivered"):
            return []
        return self._peer.callbacks.owe_of(
            ended,
            self._peer.notices(ended),
            copies=2 if plan.get("duplicate") else 1,
            late_s=float(str(plan.get("late_s") or 0)),
            forged=bool(plan.get("forged")),
        )
