"""`manage.py up`: everything from one command. Looks after processes and loads none of the application itself."""

import argparse
import fcntl
import os
import socket
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

from trt import postgres
from trt.up import notes, orphans, peers, secrets
from trt.up.embedded import Embedded
from trt.up.log import Log
from trt.up.ports import HERE, NoPort, Ports, origin, port_of
from trt.up.supervisor import Process, Supervisor
from trt.wheel import CannotStart

if TYPE_CHECKING:
    from trt.env import Env

READY_S = 60.0


class Stop(Exception):
    """Cannot start: one line that says why, and what to do."""


def main(arguments: list[str]) -> int:
    """Start, serve until Ctrl-C, SIGTERM or a closed terminal or pipe, stop. Exit 0; 2 when it cannot start."""
    parser = argparse.ArgumentParser(
        prog="manage.py up", description="Web, bot, worker, and local peers for each missing credential."
    )
    parser.parse_args(arguments)
    log = Log(sys.stdout)
    from trt.sources import BadEnvironment  # noqa: PLC0415 (heavy: after --help has been answered)

    try:
        with ExitStack() as stack:
            code = _serve(stack, log)
        log.say("up", "all is stopped")
        return code
    except KeyboardInterrupt:  # before there was anything to stop
        return 0
    except BadEnvironment as bad:
        for line in bad.lines:
            log.say("up", f"cannot start: {line}")
    except (Stop, NoPort, CannotStart) as why:
        log.say("up", f"cannot start: {why}")
    return 2


def _serve(stack: ExitStack, log: Log) -> int:
    from trt.env import DOTENV, HOME  # noqa: PLC0415
    from trt.sources import given, load  # noqa: PLC0415

    began = time.monotonic()
    _only_one(stack, HOME)
    orphans.adopt()
    supervisor = Supervisor(log, HOME / "up.children")
    supervisor.heed_signals()
    written = given()
    plan = peers.plan(written)
    accepted = secrets.credentials(HOME, plan.sandboxes)
    os.environ |= secrets.made(HOME, written) | accepted | {"SANDBOX_PEERS": ",".join(plan.sandboxes)}
    env = _checked(log, plan, written)
    if supervisor.stopping:
        return 0
    supervisor.end_leftovers()  # they may hold the ports
    free = Ports(written, log)
    listener = free.listen("PORT", 8080, env.bind)
    port = port_of(listener)
    web = origin(env.bind, port)
    for line in notes.exposed(DOTENV) + notes.served(plan, env) + notes.ignored(plan, written):
        log.say("up", line)
    sandbox, ports = peers.process(HOME, plan, free)
    os.environ |= {"PORT": str(port), "LOG_FORMAT": written.get("LOG_FORMAT", "text"), "PYTHONUNBUFFERED": "1"}
    addresses = peers.addresses(plan, ports, web, written)
    os.environ |= addresses | peers.notices(plan, web)
    secrets.publish(HOME, accepted | addresses | {"PORT": str(port)})
    places = notes.places(plan, dict(os.environ), web, os.environ["DEMO_ADMIN_PASSWORD"])
    log.announce([("soon", "these answer in a few seconds"), *places, *(("off", line) for line in notes.off(load()))])
    _database(stack, log, supervisor, HOME, embedded=not env.database_url)
    stack.callback(supervisor.stop_all)  # before the database is left
    if plan.sandboxes:
        log.step(2, 4, "local peers: " + ", ".join(plan.sandboxes))
        supervisor.add(sandbox)
    log.step(3, 4, "migrations, registry, texts")
    prepared = supervisor.run_once(Process("prepare", [sys.executable, "manage.py", "prepare"]))
    if prepared != 0 and not supervisor.stopping:
        raise Stop("the preparation failed; its lines above say why")
    log.step(4, 4, "web, bot, worker")
    for process in application(port, listener, env.forwarded_allow_ips):
        supervisor.add(process)
    if not _ready(web, supervisor):
        return 0
    name, chat = places[0]
    log.announce(
        [("ready", f"after {time.monotonic() - began:.1f} s. {name.capitalize()}: {chat}   Ctrl-C stops everything")]
    )
    supervisor.watch()
    return 0


def _checked(log: Log, plan: peers.Plan, written: dict[str, str]) -> "Env":
    """The environment, right in every value and with a database that lets us in, before anything starts. Raises BadEnvironment."""
    from trt import database  # noqa: PLC0415
    from trt.sources import load, misspelt  # noqa: PLC0415

    for line in misspelt(written):
        log.say("up", f"warning: {line}")
    env = load()
    if env.database_url:
        database.require(env)
    return env


def application(port: int, listener: socket.socket | None = None, trusted: str = HERE) -> list[Process]:
    """The three processes of DESIGN, each in its own group: web on this port at home, or where `listener` listens already.

    The proxies `trusted` say who has called it.
    """
    python = sys.executable
    where = ["--fd", str(listener.fileno())] if listener else ["--host", HERE, "--port", str(port)]
    uvicorn = ["-m", "uvicorn", "trt.asgi:application", *where, "--forwarded-allow-ips", trusted]
    quiet = ["--no-access-log", "--log-level", "warning", "--lifespan", "on", "--timeout-graceful-shutdown", "5"]
    return [
        Process(
            "web",
            [python, *uvicorn, *quiet, "--loop", "uvloop", "--http", "httptools"],
            listeners=(listener,) if listener else (),
        ),
        Process("bot", [python, "manage.py", "bot"], grace_s=60.0),  # what it sends may be a film
        Process("worker", [python, "manage.py", "qcluster"], grace_s=8.0),
    ]


def _database(stack: ExitStack, log: Log, supervisor: Supervisor, home: Path, *, embedded: bool) -> None:
    if not embedded:
        log.step(1, 4, "database: the one that DATABASE_URL names")
        return
    began = time.monotonic()
    stack.enter_context(postgres.running(home))
    log.step(1, 4, f"database: embedded PostgreSQL, {time.monotonic() - began:.1f} s")
    supervisor.every_second(Embedded(home, log).look)


def _only_one(stack: ExitStack, home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as why:
        raise Stop(f"TRT_HOME: {home} cannot be made ({why.strerror}). Write TRT_HOME=/a/folder/of/yours") from None
    if not os.access(home, os.W_OK | os.X_OK):
        raise Stop(f"TRT_HOME: {home} cannot be written to. Write TRT_HOME=/a/folder/of/yours")
    lock = stack.enter_context((home / "up.lock").open("a"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Stop(
            f"TRT already runs from {home}. Stop it (Ctrl-C there), or start a second one with another TRT_HOME"
        ) from None


def _ready(web: str, supervisor: Supervisor) -> bool:
    """Wait until the web process can store updates. False if asked to stop meanwhile; raises Stop if it takes too long."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and not supervisor.stopping:
        supervisor.look_after()
        try:
            with urlopen(f"{web}/health/ready", timeout=2) as answer:  # noqa: S310 (ours)
                if answer.status == 200:
                    return True
        except OSError:
            time.sleep(0.1)
    if not supervisor.stopping:
        raise Stop(f"the web process does not answer within {READY_S:.0f} s; its lines above say why")
    return False
