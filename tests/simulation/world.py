"""One history: everybody acts in turns, one at a time, until all that was begun has come to an end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from django.db import connections
from django.test import override_settings
from greenlet import getcurrent

from reliability import cid, clock
from tests.simulation import checks, fates, waiting
from tests.simulation.actors import ROLES, Bot, Web, Worker
from tests.simulation.connection import Connection, Sessions
from tests.simulation.faults import Faults
from tests.simulation.flows import Flow
from tests.simulation.log import Log, overheard
from tests.simulation.operator import Operator
from tests.simulation.peers import broker, wire
from tests.simulation.peers.bank import Bank
from tests.simulation.peers.kie import Kie
from tests.simulation.peers.telegram import Sent, Telegram
from tests.simulation.people import People
from tests.simulation.process import Memory, Process, Thread
from tests.simulation.shop import Shop

START = datetime(2026, 12, 1, 12, tzinfo=UTC)
MOST_TURNS = 6000
LONGEST = timedelta(hours=2)  # by then everything must have come to its end
STEP = timedelta(seconds=8)  # a wait is lived through in such steps: hearts beat, the lease is renewed
STEPS = tuple(
    f"error: {queue}.failed" for queue in ("update", "start", "job", "late", "topup", "refund", "receipt", "invite")
)
OF_THE_WEATHER = ("OperationalError", "InterfaceError", "Unavailable", "Unclear", "NoAnswer")


class World:
    """All that a seed decides. `model` is the AI model that people order."""

    def __init__(
        self,
        seed: int,
        sessions: Sessions,
        *,
        model: int,
        echo: bool = False,
        flow: Flow | None = None,
        die_at: int = 0,
    ) -> None:
        self.seed, self.sessions, self.model, self.flow = seed, sessions, model, flow
        self.die_at = die_at  # with a flow: at which of its points a process dies
        self.points = 0  # how many of them were passed
        self.seams = list[int]()  # which of them lie right after a commit or a peer's work
        self.luck = Random(f"world {seed}")
        self.now = START
        self.log = Log(echo=echo)
        self.findings: list[str] = []
        self.hub = getcurrent()
        self.running: Thread | None = None
        self.faults = Faults.always(self.luck, flow.weather) if flow else Faults(self.luck)
        self.poisoned: set[str] = set()
        self.blows = self.idle = 0  # what may have cost a row an attempt; waits in which nothing came of anything
        self.database_back = START
        self.look = Connection(sessions)  # the world's own
        self.telegram, self.kie, self.bank, self.broker = Telegram(self), Kie(self), Bank(self), broker.Broker(self)

    def live(self) -> None:
        """From the first word to the last answer, then every check."""
        with self._owned():
            self.people = People(self)
            if self.flow:
                self.people.all = [*self.flow.people(self)]
            transfers = self.flow.transfers if self.flow else any(one.likes.transfer for one in self.people.all)
            self.shop = Shop(self, transfers=transfers, uses=1 if self.flow else self.luck.choice((1, 1, 2)))
            deeds = 0 if self.flow else self.luck.choice((0, 2, 4))
            self.operator = Operator(self, deeds, at_receipts=not self.flow)
            self.processes: dict[str, Process] = {name: role(self, name) for name, role in ROLES}
            self.reborn: dict[str, datetime] = {}
            self.beat_at = self.now
            try:
                self._turns(until=self._all_is_done)
                self._calm()
                self._turns(until=self._quiet)
                self._last_look()
                if not self.findings and not self._quiet():
                    self.finds("work comes to an end", "rows still wait, and no fault is left to blame")
            finally:
                self._end()
            if not self.findings:
                self.check(checks.AT_THE_END)

    @contextmanager
    def _owned(self) -> Iterator[None]:
        """Clock, luck, cables and the memory of this process, until the history ends."""
        before = Memory.of_this_process()
        with ExitStack() as owned:
            owned.callback(before.enter)
            ticks = lambda: (self.now - START).total_seconds() + 1000  # noqa: E731
            owned.enter_context(clock.owned(lambda: self.now, Random(f"product {self.seed}"), ticks))
            owned.enter_context(
                wire.plugged(
                    telegram=self.telegram.calls,
                    telegram_file=self.telegram.file,
                    kie=self.kie.calls,
                    file=self.kie.file,
                )
            )
            owned.enter_context(broker.plugged(self.broker))
            owned.enter_context(self.bank.plugged())
            owned.enter_context(overheard(self._hear))
            owned.enter_context(override_settings(**checks.SETTINGS))
            owned.callback(connections.__setitem__, "default", connections["default"])
            yield

    def _end(self) -> None:
        for process in self.processes.values():
            process.dead = True
            process.reap()
        connections["default"] = self.look

    # Turns.

    def _turns(self, until: Callable[[], bool]) -> None:
        for _ in range(MOST_TURNS):
            if self.findings or self.now - START > LONGEST:
                return
            moves = self._moves()
            if moves:
                self.luck.choice(moves)()
                self.now += timedelta(milliseconds=self.luck.randint(1, 30))
            elif until():
                return
            else:
                self._wait()
            fates.bury_and_bear(self)
            fates.strike(self)
            fates.life_goes_on(self)

    def _moves(self) -> list[Callable[[], None]]:
        moves = (
            self.telegram.moves() + self.kie.moves() + self.bank.moves() + self.people.moves() + self.operator.moves()
        )
        for process in self.processes.values():
            moves += process.moves()
        return moves

    def _wait(self) -> None:
        """Nobody has anything to do now: to the next moment when somebody has."""
        soonest, overdue = self._open()
        moments = self.telegram.next_due() + self.kie.next_due() + self.bank.next_due()
        moments += self.people.next_due() + self.operator.next_due() + list(self.reborn.values())
        moments += [one.stopped_until for one in self.processes.values() if one.stopped_until]
        moments += [soonest] if soonest else []
        moments += [self.database_back] if self.database_is_away else []
        if overdue:  # claimed by the dead, or not yet looked at; the longer nothing comes of it, the longer we wait
            self.idle = min(self.idle + 1, 6)
            moments.append(self.now + timedelta(seconds=2**self.idle))
        self._advance(max(min(moments, default=self.now + STEP), self.now + timedelta(milliseconds=50)))
        if overdue or (soonest and self.now >= soonest):
            self.ring()  # they look once a second by themselves

    def _advance(self, to: datetime) -> None:
        while self.now < to:
            self.now = min(to, self.now + STEP)
            fates.life_goes_on(self)

    @property
    def database_is_away(self) -> bool:
        return self.now < self.database_back

    def _calm(self) -> None:
        """From here on nothing goes wrong, except what is poison."""
        self.faults.on = self.flow is not None  # its weather is part of it
        self.database_back = self.now
        self.check(checks.AT_ANY_TIME)
        self.seen(self.operator.sends_anew)
        self.tell("world", "the weather is calm")

    # What others ask and tell.

    def _open(self) -> tuple[datetime | None, bool]:
        with self.look.cursor() as cursor:
            cursor.execute(waiting.OPEN, {"now": self.now})
            return cursor.fetchone()

    def _quiet(self) -> bool:
        soonest, overdue = self._open()
        peers = self.telegram.next_due() + self.kie.next_due() + self.bank.next_due()
        return not (soonest or overdue or peers or self.reborn)

    def dies_here(self, thread: str, *, seam: bool) -> bool:
        """Whether a process dies at this point of a flow. Loops that only keep the lease are no part of it."""
        if self.flow is None or any(f"/{name}." in thread for name in ("loop", "renew", "birth", "leave")):
            return False
        self.points += 1
        if seam:
            self.seams.append(self.points)
        return self.points == self.die_at

    def _all_is_done(self) -> bool:
        return not self.people.are_busy and not self.operator.is_busy

    def _last_look(self) -> None:
        """Once all is quiet our books are compared a last time, and what comes of it is done."""
        for _ in range(2):  # a death of the flow's own may strike the first
            worker = next(one for one in self.processes.values() if isinstance(one, Worker))
            worker.compare()
            self._turns(until=lambda: self._quiet() and not worker.busy("compare"))  # noqa: B023 (called before the next)
            if not worker.dead:
                return

    def seen(self, look: Callable[[], Any]) -> Any:
        """What the database says to somebody who is never interrupted."""
        before, connections["default"] = connections["default"], self.look
        try:
            return look()
        finally:
            connections["default"] = before

    def a_web(self) -> Web | None:
        """A web process that takes a request now."""
        rooms = [one for one in self.processes.values() if isinstance(one, Web) and one.has_room]
        return self.luck.choice(rooms) if rooms else None

    def request(self, peer: str, method: str, effect: Callable[[], Any]) -> Any:
        """A request of ours on its way to a peer: the process may die before, on the way and after."""
        thread = self.running
        assert thread is not None
        thread.must_live()
        if connections["default"].in_atomic_block:
            self.finds("nothing leaves inside a transaction", f"{thread.name} calls {method} of {peer}")
        thread.may_die()
        thread.in_flight, thread.slept = True, False
        try:
            thread.pause()
            thread.may_die()
            answer = effect()
            thread.pause()
            thread.may_die(seam=True)
        finally:
            thread.in_flight = False
        return answer

    def sends(self, sent: Sent) -> None:
        """Telegram has accepted something of the running thread's."""
        assert self.running is not None
        sent.excused = self.running.slept
        self.running.unnoted.append(sent)

    def acknowledged(self, update_id: int) -> None:
        """An update is ours now; it may be one that kills whoever begins to answer it."""
        if self.faults.strikes("poison"):
            with self.look.cursor() as cursor:
                cursor.execute(
                    "SELECT cid FROM bot_update WHERE update_id = %s AND state = 'new' AND attempts = 0", [update_id]
                )
                self.poisoned |= {row[0] for row in cursor.fetchall()}

    def poisons(self, sql: str) -> bool:
        """Whether this statement is where the handler of a poisonous update dies."""
        return bool(self.poisoned) and "bot_dialog" in sql and "FOR UPDATE" in sql and cid.current() in self.poisoned

    def ring(self) -> None:
        """NOTIFY: the bots look at once."""
        for process in self.processes.values():
            if isinstance(process, Bot):
                process.heard = True

    def written(self, who: str, what: list[str]) -> None:
        """A thread has committed."""
        if set(what) != {"update reliability_lease"}:  # renewals would drown the rest
            self.idle = 0
            self.tell(who, "commit: " + ", ".join(what))

    def tell(self, who: str, what: str) -> None:
        self.log.write((self.now - START).total_seconds(), who, what)

    def _hear(self, line: str) -> None:
        self.tell(self.running.name if self.running else "world", line)
        if line.startswith(STEPS) and not any(name in line for name in OF_THE_WEATHER):
            self.finds("a step fails by the weather only", line)

    def finds(self, rule: str, how: str) -> None:
        """A promise is broken."""
        self.findings.append(f"{rule}: {how}")
        self.tell("world", f"BROKEN {rule}: {how}")

    def check(self, rules: tuple[checks.Check, ...]) -> None:
        """Hold the world against these rules."""
        before = connections["default"]
        connections["default"] = self.look
        try:
            for rule in rules:
                for how in rule.broken(self):
                    self.finds(rule.sentence, how)
        finally:
            connections["default"] = before
