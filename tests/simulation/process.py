"""Simulated processes and their threads: a thread runs until it hands over, at places where it holds no lock.

A process has its own memory (what our modules keep in globals), its own identity and heart. Killed, it loses all of it.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from django.db import DatabaseError, InterfaceError, connections
from greenlet import greenlet

from bot import gateway, inbox, outbox
from kie import client
from reliability import clock, counts, due, instance
from tests.simulation.connection import Connection

if TYPE_CHECKING:
    from tests.simulation.world import World

HANDS_OVER = 0.3  # how often a thread lets others go first where it could


class Killed(BaseException):
    """kill -9. No product code may catch it; what is undone on its way up no longer reaches the database or a peer."""


class Lock:
    """A lock between threads of one process: whoever waits lets the others run."""

    def __init__(self, world: World) -> None:
        self.world, self.locked = world, False

    def __enter__(self) -> None:
        while self.locked:
            assert self.world.running is not None
            self.world.running.hand_over()
        self.locked = True

    def __exit__(self, *_: Any) -> None:
        self.locked = False


class Memory:
    """The globals of our modules, of which each process has its own."""

    MADE = {
        (due, "_under_way"): lambda: due._UnderWay(),
        (outbox, "pace"): lambda: type(outbox.pace)(),
        (gateway, "contact"): lambda: type(gateway.contact)(),
        (inbox, "backlog"): lambda: type(inbox.backlog)(),
        (counts, "mine"): lambda: counts.Counts(),
        (client, "_local"): lambda: threading.local(),
        (instance, "_by_pid"): lambda: {os.getpid(): clock.uuid7()},
    }

    def __init__(self, world: World) -> None:
        with patch("threading.Lock", partial(Lock, world)):  # theirs would block all threads of the world
            self._kept = {where: make() for where, make in self.MADE.items()}

    @classmethod
    def of_this_process(cls) -> Memory:
        """What the modules hold now, to be put back after a schedule."""
        memory = cls.__new__(cls)
        memory._kept = {(module, name): getattr(module, name) for module, name in cls.MADE}
        return memory

    def enter(self) -> None:
        for (module, name), value in self._kept.items():
            setattr(module, name, value)

    @property
    def rows_under_way(self) -> int:
        return len(self._kept[due, "_under_way"]._rows)


class Thread:
    """A thread of a process: some work, a database connection, and what became of both."""

    def __init__(self, process: Process, name: str, work: Callable[[], Any], *, broken: Callable[[], None]) -> None:
        self.process, self.world = process, process.world
        self.name = f"{process.name}/{name}"
        self.work, self.broken = work, broken  # `broken` is called if it comes to no end
        self.connection = Connection(self.world.sessions, self)
        self.over = False
        self.in_flight = self.slept = False  # a request of ours is on its way; the process was stopped meanwhile
        self.unnoted: list[Any] = []  # what Telegram has accepted and we have not committed yet
        self._greenlet = greenlet(self._run, parent=self.world.hub)

    def resume(self) -> None:
        """Go on until it hands over, ends or dies."""
        self._enter()
        self._greenlet.switch()
        self.world.running = None

    def kill(self) -> None:
        """The process is dead: unwind, unseen by anybody."""
        self.excuse()
        self.connection.vanish()
        if not self.over:
            self.over = True
            self.broken()
            if self._greenlet:  # begun and not ended
                self._enter()
                self._greenlet.throw(Killed)
                self.world.running = None

    def _enter(self) -> None:
        self.world.running = self
        connections["default"] = self.connection
        self.process.memory.enter()

    def _run(self) -> None:
        try:
            self.work()
        except Killed:
            return
        except (DatabaseError, InterfaceError) as trouble:
            self.world.tell(self.name, f"database away: {str(trouble).strip()[:80]}")
            self.broken()
        except Exception as trouble:  # noqa: BLE001 (it is the finding)
            self.world.finds("an error escaped", f"{self.name}: {type(trouble).__name__}: {trouble}"[:300])
        self.over = True
        self.connection.vanish()

    # What its connection and the peers call while it runs.

    def must_live(self) -> None:
        if self.process.dead:
            raise Killed

    def pause(self) -> None:
        """Others may go first."""
        self.must_live()
        if self.world.luck.random() < HANDS_OVER:
            self.hand_over()

    def hand_over(self) -> None:
        """Others go first."""
        self.world.hub.switch()
        self.must_live()

    def may_die(self, *, counted: bool = True, seam: bool = False) -> None:
        """Between two statements, or around a request. What lies after one statement and before the next is counted once. `seam`:
        what others see has just changed, by a commit or at a peer.
        """
        self.must_live()
        if self.world.faults.strikes("killed") or (counted and self.world.dies_here(self.name, seam=seam)):
            self.dies()

    def dies(self) -> None:
        """kill -9, here and now."""
        self.process.dead = True
        self.excuse()
        self.connection.vanish()
        raise Killed

    def loses(self, kind: str) -> bool:
        """Whether the database is lost now: what was not noted can be said twice."""
        if not (self.world.database_is_away or self.world.faults.strikes(kind)):
            return False
        self.world.tell(self.name, kind.replace("_", " "))
        self.world.blows += 1
        self.excuse()
        return True

    def committed(self, written: list[str]) -> None:
        self.world.written(self.name, written)
        self.unnoted.clear()

    def sleeps(self) -> None:
        """Stopped, or its machine slept: others may have taken it for dead when it goes on. Its request stays on its way."""
        self.slept = self.in_flight
        for sent in self.unnoted:
            sent.excused = True

    def excuse(self) -> None:
        """What Telegram has accepted may never be noted."""
        for sent in self.unnoted:
            sent.excused = True
        self.unnoted.clear()


class Pool:
    """Where product code has a thread pool: its tasks become threads of the process."""

    def __init__(self, process: Process, name: str) -> None:
        self.process, self.name = process, name

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[None]:
        task: Future[None] = Future()

        def do() -> None:
            try:
                work(*args)
            finally:
                task.set_result(None)

        self.process.start(self.name, do)
        return task


class Process:
    """One process of ours from birth to death. Roles are in `actors`."""

    role = ""
    claims = False  # rows: then it begins nothing before its first beat, and ends if that fails, as `instance.beating` has it
    at_once = 1  # so many threads for what comes from outside

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.memory = Memory(world)
        self.memory.enter()
        self.id: uuid.UUID = instance.me()
        self.threads: list[Thread] = []
        self._started = 0
        self.dead = self.leaving = False
        self.stopped_until: datetime | None = None
        self.start("birth", lambda: instance.beat(self.role), broken=self._stillborn)
        self.born()

    def _stillborn(self) -> None:
        self.dead = self.claims

    def born(self) -> None:
        """Build what the process keeps; its memory is entered."""

    def moves(self) -> list[Callable[[], None]]:
        """What it could do now."""
        if self.stopped_until is not None:
            return []
        unborn = self.claims and self.busy("birth")
        return [thread.resume for thread in self.threads] + ([] if unborn else self.ideas())

    def ideas(self) -> list[Callable[[], None]]:
        """What it could begin."""
        return []

    def start(self, name: str, work: Callable[[], Any], *, broken: Callable[[], None] = lambda: None) -> Thread:
        self._started += 1
        thread = Thread(self, f"{name}.{self._started}", work, broken=broken)
        self.threads.append(thread)
        return thread

    def busy(self, name: str) -> bool:
        return any(f"/{name}." in thread.name for thread in self.threads)

    @property
    def awake(self) -> bool:
        return not self.dead and self.stopped_until is None

    def stop(self, until: datetime) -> None:
        """SIGSTOP. A request that was on its way stays on its way."""
        self.stopped_until = until
        for thread in self.threads:
            thread.sleeps()

    def reap(self) -> bool:
        """Bury threads that ended; if the process died, the others with it. True: it is gone."""
        if self.dead:
            for thread in self.threads:
                thread.kill()
        self.threads = [thread for thread in self.threads if not thread.over]
        return self.dead or (self.leaving and not self.threads)
