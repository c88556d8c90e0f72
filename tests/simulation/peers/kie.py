"""A simulated KIE: tasks that were really made and paid for, their records, and callbacks of every kind."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tests.simulation.actors import callback
from tests.simulation.peers import wire

if TYPE_CHECKING:
    from tests.simulation.world import World

CODES = {
    "create_limited": (429, "too many requests"),
    "create_rejected": (422, "prompt is required"),
    "create_no_credits": (402, "Credits insufficient"),
    "create_5xx": (500, "internal error"),
    "record_unknown": (422, "recordInfo is null"),
}


@dataclass
class Task:
    """What KIE has made, and will be paid for."""

    id: str
    callback_url: str
    ends_at: datetime | None  # None: never
    succeeds: bool
    told: bool = False

    @property
    def job(self) -> UUID:
        """Whose it is: the public id in its callback URL."""
        return UUID(self.callback_url.split("/")[-2])

    def state(self, now: datetime) -> str:
        if self.ends_at is None or now < self.ends_at:
            return "generating"
        return "success" if self.succeeds else "fail"


@dataclass
class News:
    """A callback on its way."""

    job: UUID
    signature: str
    body: bytes
    due: datetime
    tries: int = 0
    in_flight: bool = False


class Kie:
    """`calls` is what our client reaches."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tasks: dict[str, Task] = {}
        self.news: list[News] = []

    def calls(self, method: str, params: dict[str, Any]) -> wire.Reply:
        answers = {"createTask": self._create, "recordInfo": self._record}
        return self.world.request("kie", method, partial(answers[method], params))

    def _create(self, params: dict[str, Any]) -> wire.Reply:
        faults = self.world.faults
        fault = faults.one_of(
            "create_refused",
            "create_lost",
            "create_answer_lost",
            "create_5xx",
            "create_limited",
            "create_rejected",
            "create_no_credits",
        )
        if fault:
            self.world.tell("kie", fault.replace("_", " "))
        if fault == "create_refused":
            raise wire.refused()
        if fault == "create_lost":
            raise wire.silence()
        if fault not in {"", "create_answer_lost", "create_5xx"}:
            return _no(fault)
        task = self._make(params)
        if fault == "create_answer_lost":
            raise wire.silence()
        return _no(fault) if fault else _yes({"taskId": task.id})

    def _make(self, params: dict[str, Any]) -> Task:
        takes = timedelta(seconds=self.world.luck.randint(1, 25))
        never = self.world.faults.strikes("task_never_ends")
        succeeds = not self.world.faults.strikes("task_fails")
        ends_at = None if never else self.world.now + takes
        task = Task(f"task-{len(self.tasks) + 1}", params["callBackUrl"], ends_at, succeeds)
        self.tasks[task.id] = task
        self.world.tell("kie", f"made {task.id} for job {str(task.job)[-6:]}")
        if not never and self.world.faults.strikes("callback_early"):
            self._call_back(task, "success", after=timedelta(0))
        return task

    def _record(self, params: dict[str, Any]) -> wire.Reply:
        fault = self.world.faults.one_of("record_lost", "record_unknown", "record_garbled")
        if fault == "record_lost":
            raise wire.silence()
        task = self.tasks.get(params["taskId"])
        if task is None or fault == "record_unknown":
            return _no("record_unknown")
        if fault == "record_garbled":
            return _yes({"taskId": task.id, "state": None})
        return _yes(self._as_record(task, task.state(self.world.now)))

    @staticmethod
    def _as_record(task: Task, state: str) -> dict[str, Any]:
        result = {"resultUrls": [f"https://files.example/{task.id}.png"]} if state == "success" else None
        return {
            "taskId": task.id,
            "state": state,
            "param": json.dumps({"callBackUrl": task.callback_url}),
            "resultJson": result and json.dumps(result),
            "failCode": "500" if state == "fail" else "",
            "failMsg": "the model failed" if state == "fail" else "",
        }

    # Callbacks.

    def moves(self) -> list[Any]:
        """Tasks that end now, and callbacks that could be made."""
        now = self.world.now
        ended = [one for one in self.tasks.values() if not one.told and one.ends_at is not None and one.ends_at <= now]
        due = [one for one in self.news if not one.in_flight and one.due <= now]
        return [partial(self._ends, one) for one in ended] + [partial(self._deliver, one) for one in due]

    def next_due(self) -> list[datetime]:
        ends = [one.ends_at for one in self.tasks.values() if not one.told and one.ends_at is not None]
        return ends + [one.due for one in self.news]

    def _ends(self, task: Task) -> None:
        task.told = True
        faults = self.world.faults
        state = task.state(self.world.now)
        self.world.tell("kie", f"{task.id} ends: {state}")
        if faults.strikes("callback_forged"):
            self._call_back(task, "success", signature="0" * 32)
        if faults.strikes("callback_foreign") and len(self.tasks) > 1:
            other = self.world.luck.choice([one for one in self.tasks.values() if one is not task])
            self._call_back(task, "success", names=other)
        if faults.strikes("callback_lost"):
            return
        late = timedelta(seconds=60 if faults.strikes("callback_late") else 0)
        for _ in range(2 if faults.strikes("callback_repeated") else 1):
            self._call_back(task, state, after=late)

    def _call_back(
        self, task: Task, state: str, *, names: Task | None = None, signature: str = "", after: timedelta = timedelta(0)
    ) -> None:
        body = {"code": 200, "data": self._as_record(names or task, state)}
        signed = signature or task.callback_url.rpartition("/")[2]
        self.news.append(News(task.job, signed, json.dumps(body).encode(), self.world.now + after))

    def _deliver(self, news: News) -> None:
        web = self.world.a_web()
        if web is None:
            self._again(news)
            return
        news.in_flight = True
        self.world.tell("kie", f"calls back job {str(news.job)[-6:]} at {web.name}")
        request = partial(callback, news.job, news.signature, news.body)
        web.takes("callback", request, answered=partial(self._answered, news), broken=partial(self._again, news))

    def _answered(self, news: News, status: int) -> None:
        if status != 200 and news.signature.strip("0"):
            self._again(news)
        else:
            self.news.remove(news)

    def _again(self, news: News) -> None:
        """Three tries more, then it is dropped, as KIE does it."""
        news.in_flight = False
        news.tries += 1
        news.due = self.world.now + timedelta(seconds=5 * news.tries)
        if news.tries > 3:
            self.news.remove(news)


def _yes(data: dict[str, Any]) -> wire.Reply:
    return 200, {"code": 200, "msg": "success", "data": data}


def _no(fault: str) -> wire.Reply:
    code, words = CODES[fault]
    return 200, {"code": code, "msg": words}
