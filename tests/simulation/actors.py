"""What our processes do: the real functions of web, bot and worker, each called as its process calls it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.http import Http404
from django.test import RequestFactory

from bot import inbox
from bot.holder import Holder
from kie import account, running
from payments import reconcile
from tests.simulation.process import Pool, Process
from trt import work
from trt.api import kie_callback
from trt.api import payment_notice as notice_endpoint

LOOK = timedelta(seconds=4)
MINUTE = timedelta(minutes=1)


class Web(Process):
    """Takes Telegram's and KIE's deliveries."""

    role = "web"
    at_once = 2

    def takes(
        self, name: str, request: Callable[[], Any], *, answered: Callable[[Any], None], broken: Callable[[], None]
    ) -> None:
        """Serve a request on a thread: `answered` with what it returns, or `broken` if the process dies on the way."""
        self.start(name, lambda: answered(request()), broken=broken)

    @property
    def has_room(self) -> bool:
        return self.awake and not self.leaving and len(self.threads) < self.at_once


def webhook(path: str, headers: dict[str, str], body: bytes) -> inbox.Answer:
    """The lane's call."""
    return inbox.accept(path, headers, body)


def callback(job: UUID, signature: str, body: bytes) -> int:
    """KIE's callback at its endpoint; the HTTP status."""
    request = RequestFactory().post("/", data=body, content_type="application/json")
    try:
        return kie_callback(request, job=job, signature=signature).status_code
    except Http404:
        return 404


def payment_notice(provider: str, signature: str, body: bytes) -> int:
    """A provider's notice at its endpoint; the HTTP status."""
    request = RequestFactory().post("/", data=body, content_type="application/json", HTTP_SIGNATURE=signature)
    try:
        return notice_endpoint(request, provider=provider).status_code
    except Http404:
        return 404


class Bot(Process):
    """`bot.holder`: keeps or awaits the lease, answers updates, sends deliveries."""

    role = "bot"
    claims = True

    def born(self) -> None:
        self.holder = Holder()
        self.holder.pool = self.holder.dispatch.taps = Pool(self, "pool")  # type: ignore[assignment]
        self.look_at = self.world.now
        self.heard = True  # the bell

    def ideas(self) -> list[Callable[[], None]]:
        called = self.heard and self.holder.lease.valid  # who stands by looks only now and then
        if self.leaving or self.busy("loop") or not (called or self.world.now >= self.look_at):
            return []
        return [self.turn]

    def turn(self) -> None:
        """One turn of its loop."""
        self.heard, self.look_at = False, self.world.now + LOOK
        self.start("loop", self.holder.turn).resume()

    @property
    def holds(self) -> bool:
        return self.awake and self.holder.lease.valid

    def leave(self) -> None:
        """SIGTERM: claim nothing more, give the lease back, finish what is under way."""
        self.leaving = True
        self.holder.ask_to_stop()
        self.start("leave", self.holder.lease.release)


class Worker(Process):
    """A worker of django-q2: takes a task, which is always `work`."""

    role = "worker"
    claims = True

    def born(self) -> None:
        self.look_at = self.world.now
        self.compare_at = self.sweep_at = self.world.now + MINUTE

    def ideas(self) -> list[Callable[[], None]]:
        duties = ((self.compare_at, self.compare), (self.sweep_at, self.sweep))
        return self._work() + [do for at, do in duties if self.world.now >= at and not self.leaving]

    def sweep(self) -> None:
        """The sweeps that look after generations."""
        self.sweep_at = self.world.now + MINUTE
        self.start("sweep", lambda: (account.probe(), running.nudge_overdue()))

    def compare(self) -> None:
        """The sweep that holds our books against the providers'."""
        self.compare_at = self.world.now + MINUTE
        self.start("compare", reconcile.all)

    def _work(self) -> list[Callable[[], None]]:
        if self.leaving or self.busy("work"):
            return []
        if self.world.broker.waiting:
            return [partial(self._take, self.world.broker.take)]
        return [partial(self._take, lambda: None)] if self.world.now >= self.look_at else []

    def _take(self, task: Callable[[], None]) -> None:
        task()
        self.look_at = self.world.now + MINUTE  # the schedule of last resort
        self.start("work", lambda: work.drain(self.id, until=lambda: self.leaving)).resume()

    def leave(self) -> None:
        """SIGTERM: the row under way is finished."""
        self.leaving = True


ROLES: tuple[tuple[str, type[Process]], ...] = (
    ("web-A", Web),
    ("web-B", Web),
    ("bot-A", Bot),
    ("bot-B", Bot),
    ("worker-A", Worker),
    ("worker-B", Worker),
)
