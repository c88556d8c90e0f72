"""A TRT of the drill's own in a temporary home: PostgreSQL, a local KIE, two instances of web, bot and worker.

Never the one that runs here, never a real peer. Everything is a real process, started as `up` starts it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import requests
from psycopg.rows import dict_row

from trt import postgres
from trt.drill.telegram import Telegram
from trt.env import Env
from trt.up import application
from trt.up.supervisor import BACKOFF_S, ROOT, die_with_parent

ROLES = ("web", "bot", "worker")
PATIENCE_S = 60.0
GRACE_S = 10.0  # from SIGTERM to SIGKILL


class CannotRun(RuntimeError):
    """The drill could not be held; the message says why."""


@dataclass
class Instance:
    """One process of ours: a door at Telegram's, for a web process a port."""

    role: str
    name: str
    port: int
    popen: subprocess.Popen[bytes]
    wanted: bool = True  # False: its end is our doing

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    def signal(self, signum: int) -> None:
        """To its whole group: qcluster's workers outlive their parent."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signum)


@dataclass(frozen=True, slots=True)
class Death:
    """A process that died or stopped, or PostgreSQL: from when, in monotonic seconds, until it could be asked again."""

    who: str  # a door, or "PostgreSQL"
    at: float
    until: float


@dataclass
class Stack:
    """The processes, and what was done to them."""

    home: Path
    telegram: Telegram
    env: dict[str, str] = field(default_factory=dict)
    instances: list[Instance] = field(default_factory=list)
    deaths: list[Death] = field(default_factory=list)
    ended: list[Instance] = field(default_factory=list)  # by themselves
    away: list[tuple[float, float]] = field(default_factory=list)  # when nobody of PostgreSQL lived
    kie: str = ""
    _outage: bool = False
    _peer: subprocess.Popen[str] | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def start(self, front: str) -> None:
        """PostgreSQL, KIE, migrations; no instance yet. `front` is the address that peers call us by."""
        self.env = _clean_environment() | _secrets() | {"TRT_HOME": str(self.home), "WEBHOOK_BASE_URL": front}
        await asyncio.to_thread(postgres.start, self.home)
        self.kie = await asyncio.to_thread(self._start_kie)
        self.env |= {"KIE_API_URL": self.kie, "KIE_UPLOAD_URL": self.kie}
        self.env["TELEGRAM_API_URL"] = await self.telegram.open("nobody")
        done = await asyncio.to_thread(self.run, "prepare")
        if done.returncode:
            raise CannotRun(f"the preparation failed:\n{done.stdout}{done.stderr}")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command of manage.py on this stack, to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=die_with_parent,
        )

    async def add(self, role: str) -> Instance:
        """One more instance; it may not be ready yet."""
        name = f"{role}-{next(self._numbers)}"
        port = free_port() if role == "web" else 0
        command = next(process.command for process in application(port) if process.name == role)
        env = self.env | {"TELEGRAM_API_URL": await self.telegram.open(name), "PORT": str(port or 8080)}
        with (self.home / f"{name}.log").open("wb") as log:
            popen = subprocess.Popen(
                command, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True, preexec_fn=die_with_parent
            )
        self.instances.append(Instance(role, name, port, popen))
        return self.instances[-1]

    def of(self, role: str) -> list[Instance]:
        """The living ones of a role, the oldest first."""
        return [one for one in self.instances if one.role == role and one.alive]

    async def supervise(self) -> None:
        """Until cancelled: who ended by itself is replaced, as `up` does it; while PostgreSQL is away that would be in vain."""
        while True:
            await asyncio.sleep(BACKOFF_S[0])
            if self._outage:
                continue
            for one in [one for one in self.instances if one.wanted and not one.alive]:
                one.wanted = False
                one.signal(signal.SIGKILL)  # what is left of its group
                self.ended.append(one)
                self.note_death(one)
                await self.add(one.role)

    async def ready(self) -> None:
        """Until every living instance has said that it lives (a worker does so only at work). Raises CannotRun."""
        await self.until(self._all_beat, "the instances are up")

    def _all_beat(self) -> bool:
        beating = {row["pid"] for row in self.rows("SELECT pid FROM reliability_instance")}
        return all(one.pid in beating for role in ("web", "bot") for one in self.of(role))

    def active(self) -> Instance | None:
        """The bot that holds the lease."""
        holder = self.rows(
            "SELECT pid FROM reliability_instance JOIN reliability_lease ON holder = id WHERE expires_at > now()"
        )
        return next((one for one in self.of("bot") if holder and one.pid == holder[0]["pid"]), None)

    def kill(self, instance: Instance) -> None:
        """SIGKILL, the whole group."""
        instance.wanted = False
        instance.signal(signal.SIGKILL)
        instance.popen.wait()
        self.note_death(instance)

    def note_death(self, instance: Instance) -> None:
        """It is dead, or stopped, as of now."""
        self.deaths.append(Death(instance.name, time.monotonic(), time.monotonic()))

    async def end(self, instance: Instance) -> None:
        """SIGTERM and the wait for its end, as a supervisor does it. Raises CannotRun if it does not go by itself."""
        instance.wanted = False
        instance.popen.terminate()
        try:
            code = await asyncio.to_thread(instance.popen.wait, GRACE_S)
        except subprocess.TimeoutExpired:
            raise CannotRun(f"{instance.name} did not end after SIGTERM:\n{self.tail(instance.name)}") from None
        instance.signal(signal.SIGKILL)
        if code not in (0, -signal.SIGTERM):  # uvicorn ends in order and then by the signal itself
            raise CannotRun(f"{instance.name} ended with {code} after SIGTERM:\n{self.tail(instance.name)}")

    def kill_database(self) -> None:
        """SIGKILL to PostgreSQL, and the wait until its last orphan has gone."""
        pid = postgres.postmaster(self.home)
        assert pid is not None
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        os.kill(pid, signal.SIGKILL)
        _gone, left = psutil.wait_procs(family, timeout=PATIENCE_S)
        if left:
            raise CannotRun(f"PostgreSQL's {left[0]} outlives its server")

    async def database_outage(self, seconds: float) -> None:
        """PostgreSQL killed, away for so long, and started again."""
        killed_at, self._outage = time.monotonic(), True
        await asyncio.to_thread(self.kill_database)
        since = time.monotonic()
        await asyncio.sleep(seconds)
        self.away.append((since, time.monotonic()))
        await asyncio.to_thread(postgres.start, self.home)
        self._outage = False
        self.deaths.append(Death("PostgreSQL", killed_at, time.monotonic()))

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """What a query finds; of a database that is away: nothing."""
        address = postgres.url(self.home, postgres.APP)
        with (
            contextlib.suppress(psycopg.OperationalError),
            psycopg.connect(address, row_factory=dict_row, connect_timeout=5) as connection,
        ):
            return connection.execute(query, values).fetchall()
        return []

    async def until(self, look: Any, what: str, patience_s: float = PATIENCE_S) -> None:
        """Wait until `look()` is true. Raises CannotRun."""
        deadline = time.monotonic() + patience_s
        while not await asyncio.to_thread(look):
            if time.monotonic() > deadline:
                raise CannotRun(f"not within {patience_s:.0f} s: {what}")
            await asyncio.sleep(0.1)

    def tail(self, name: str, lines: int = 15) -> str:
        """The last lines of a process's log."""
        return "\n".join((self.home / f"{name}.log").read_text(errors="replace").splitlines()[-lines:])

    def close(self) -> None:
        """Everything is killed; the home can be removed."""
        for instance in self.instances:
            instance.signal(signal.SIGKILL)
            instance.popen.wait()
        if self._peer is not None:
            self._peer.kill()
            self._peer.wait()
        postgres.stop(self.home)
        postgres.remove(self.home)

    def _start_kie(self) -> str:
        command = [sys.executable, "-m", "sandbox", "--only", "kie", "--kie-port", "0"]
        command += ["--data", str(self.home / "sandbox")]
        self._peer = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.env,
            text=True,
            stdout=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        assert self._peer.stdout is not None
        words = self._peer.stdout.readline().split()
        if not words:
            raise CannotRun("the local KIE does not start")
        quick = {"time_scale": 0.3, "creates_per_10s": 0, "credits": 1_000_000}
        requests.post(f"{words[2]}/sandbox/config", json=quick, timeout=10).raise_for_status()
        return words[2]

    def kie_tasks(self) -> list[dict[str, Any]]:
        """What KIE has made, the last five hundred."""
        tasks: list[dict[str, Any]] = requests.get(f"{self.kie}/sandbox/tasks", timeout=10).json()["tasks"]
        return tasks


def free_port() -> int:
    """One that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _clean_environment() -> dict[str, str]:
    """The machine's, without anything that TRT reads: neither the operator's settings nor a test's."""
    ours = {name.upper() for name in Env.model_fields}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {"TRT_ENV_FILE": os.devnull, "DJANGO_SETTINGS_MODULE": "trt.settings", "LOG_FORMAT": "json"}


def _secrets() -> dict[str, str]:
    names = ("SECRET_KEY", "WEBHOOK_SECRET_PATH", "WEBHOOK_SECRET_TOKEN", "KIE_CALLBACK_TOKEN", "LEDGER_KEY")
    return {name: secrets.token_hex(20) for name in names} | {
        "TELEGRAM_BOT_TOKEN": f"7000000001:{secrets.token_hex(16)}",
        "KIE_API_KEY": "sandbox",
        "SANDBOX_PEERS": "telegram,kie",  # demo money
        "DEMO_BONUS_RUB": "300",
        "BOT_MODE": "webhook",
    }
