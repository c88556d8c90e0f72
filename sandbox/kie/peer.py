"""The peer's parts, put together: what an HTTP handler reaches for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox.faults import DELIVERY, TRANSPORT, Faults
from sandbox.store import Journal, connect

from .callbacks import Callbacks
from .catalogue import Catalogue
from .clock import Clock
from .dialects import DIALECTS, UNIFIED, Dialect, suno
from .files import Files
from .hd import Versions
from .limits import Window
from .runner import Runner
from .settings import Settings
from .tasks import Task, Tasks

METHODS = frozenset(
    {"createTask", "recordInfo", "credit", "downloadUrl", "upload", "files", "callback", "hd", "catalogue", "docs"}
)
TASK_FAULTS = {
    "task_fails": "the task ends in fail (failCode, failMsg), the credits come back",
    "task_never_ends": "the task stays in generating for good",
    "task_slow": "the task takes longer (seconds in all)",
    "result_expired": "the result's URL is dead at once (404)",
}
CALL_FAULTS = {
    **TRANSPORT,
    "code": "KIE says no: body code and msg over HTTP 200 (code, msg; http: true sends a real status)",
}

FAULTS = {**CALL_FAULTS, **TASK_FAULTS, **DELIVERY}
DOCS_FAULTS = {name: TRANSPORT[name] for name in ("500", "502", "timeout", "refused")} | {
    "shell": "the page without its content, under HTTP 200: what is answered to too many questions"
}


class Peer:
    """One local KIE: an account, its tasks, files and callbacks. All in one thread but the drawing."""

    def __init__(self, *, data: Path, public_url: str, api_key: str, hmac_key: str | None) -> None:
        self.db = connect(data / "kie.sqlite3")
        self.api_key, self.public_url = api_key, public_url.rstrip("/")
        self.settings = Settings(self.db)
        self.clock = Clock(self.settings)
        self.catalogue = Catalogue()
        self.files = Files(self.db, data / "kie-files", self.public_url, self.clock)
        self.tasks = Tasks(self.db)
        self.hd = Versions(self.db)
        self.journal = Journal(self.db)
        self.faults = Faults({**dict.fromkeys(METHODS, FAULTS), "docs": DOCS_FAULTS})
        self.callbacks = Callbacks(self.db, self.settings, hmac_key)
        self.runner = Runner(self)
        self.creates, self.reads, self.questions = Window(10.0), Window(1.0), Window(1.0)

    def start(self) -> None:
        """Go on where a stopped or killed process was."""
        self.runner.start_all()
        self.callbacks.launch_all()

    async def close(self) -> None:
        """Stop cleanly; nothing owed is lost."""
        await self.runner.close()
        await self.callbacks.close()
        self.db.close()

    def task_plan(self, *, with_callback: bool) -> dict[str, Any]:
        """The faults that strike a task being made, to be kept in its row."""
        plan: dict[str, Any] = {}
        for name in TASK_FAULTS:
            if fault := self.faults.take("createTask", frozenset({name})):
                plan |= _task_plan(name, fault.params)
        return plan | (self._delivery_plan("createTask") if with_callback else {})

    def dialect(self, task: Task) -> Dialect:
        """How the API that made a task tells of it."""
        model = self.catalogue.named(task.model)
        return DIALECTS[(model and model.status) or UNIFIED]

    def notices(self, task: Task) -> list[dict[str, Any]]:
        """The callbacks of an ended task, in order: music tells of its first track before the whole."""
        dialect = self.dialect(task)
        stages = [suno.first(task)] if dialect is suno and task.state == "success" else []
        return [*stages, dialect.notice(task)]

    def callback_plan(self) -> dict[str, Any]:
        """The faults that strike the callback of a task that ends now."""
        return self._delivery_plan("callback")

    def _delivery_plan(self, method: str) -> dict[str, Any]:
        fault = self.faults.take(method, DELIVERY)
        if fault is None:
            return {}
        return {"late_s": fault.seconds()} if fault.name == "late" else {fault.name: True}


def _task_plan(name: str, params: dict[str, Any]) -> dict[str, Any]:
    if name == "task_fails":
        return {"fail": [str(params.get("failCode", "500")), str(params.get("failMsg", "Internal server error"))]}
    if name == "task_slow":
        return {"slow_s": float(params.get("seconds", 30))}
    return {"never_ends": True} if name == "task_never_ends" else {"expired": True}
