"""`manage.py up`: everything from one command. Looks after processes and loads none of the application itself."""

import argparse
import fcntl
import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from trt import postgres
from trt.up import peers, secrets
from trt.up.log import Log
from trt.up.ports import NoPort, Ports
from trt.up.supervisor import Process, Supervisor, run_once

READY_S = 60.0


class Stop(Exception):
    """Cannot start: one line that says why, and what to do."""


def main(arguments: list[str]) -> int:
    """Start, serve until Ctrl-C or SIGTERM, stop. Exit 0; 2 when it cannot start."""
    parser = argparse.ArgumentParser(
        prog="manage.py up", description="Web, bot, worker, and local peers for each missing credential."
    )
    parser.parse_args(arguments)
    log = Log(sys.stdout)
    try:
        with ExitStack() as stack:
            return _serve(stack, log)
    except (Stop, NoPort, postgres.CannotStart) as why:
        log.say("up", f"cannot start: {why}")
        return 2


def _serve(stack: ExitStack, log: Log) -> int:
    from trt.env import HOME, read  # noqa: PLC0415 (a bad value stops here, after --help has been answered)

    began = time.monotonic()
    HOME.mkdir(parents=True, exist_ok=True)
    _only_one(stack, HOME)
    given = secrets.given()
    plan = peers.plan(given)
    os.environ |= secrets.made(HOME, plan)
    free = Ports(given, log)
    port = free.pick("PORT", 8080)
    os.environ |= {"PORT": str(port), "LOG_FORMAT": given.get("LOG_FORMAT", "text"), "PYTHONUNBUFFERED": "1"}
    supervisor = Supervisor(log, HOME / "up.children")
    signal.signal(signal.SIGTERM, lambda *_: supervisor.ask_to_stop())
    signal.signal(signal.SIGINT, lambda *_: supervisor.ask_to_stop())
    supervisor.end_leftovers()
    _database(stack, log, supervisor, HOME, embedded="DATABASE_URL" not in given)
    stack.callback(supervisor.stop_all)  # before the database is left
    if plan.sandboxes:
        log.step(2, 4, "local peers: " + ", ".join(plan.sandboxes))
        sandbox, ports = peers.process(HOME, plan, free)
        supervisor.add(sandbox)
        os.environ |= peers.addresses(plan, ports, port)
    read()  # a bad value stops here, with its line
    log.step(3, 4, "migrations, registry, texts")
    if run_once(log, "prepare", [sys.executable, "manage.py", "prepare"]) != 0:
        raise Stop("the preparation failed; its lines above say why")
    log.step(4, 4, "web, bot, worker")
    for process in application(port):
        supervisor.add(process)
    if supervisor.stopping or not _ready(port, supervisor):
        return 0 if supervisor.stopping else 2
    log.announce(_first_lines(port, plan, began))
    supervisor.watch()
    return 0


def application(port: int) -> list[Process]:
    """The three processes of DESIGN, each in its own group."""
    python = sys.executable
    uvicorn = [
        "-m",
        "uvicorn",
        "trt.asgi:application",
        "--host",
        os.environ.get("BIND") or "127.0.0.1",
        "--port",
        str(port),
    ]
    quiet = ["--no-access-log", "--log-level", "warning", "--lifespan", "on", "--timeout-graceful-shutdown", "5"]
    return [
        Process("web", [python, *uvicorn, *quiet, "--loop", "uvloop", "--http", "httptools"]),
        Process("bot", [python, "manage.py", "bot"]),
        Process("worker", [python, "manage.py", "qcluster"], grace_s=8.0),
    ]


def _database(stack: ExitStack, log: Log, supervisor: Supervisor, home: Path, *, embedded: bool) -> None:
    if not embedded:
        log.step(1, 4, "database: the one that DATABASE_URL names")
        return
    began = time.monotonic()
    stack.enter_context(postgres.running(home))
    log.step(1, 4, f"database: embedded PostgreSQL, {time.monotonic() - began:.1f} s")

    def look() -> None:
        """It is nobody's child: we look, and start it again when it has died."""
        if not postgres.is_running(home):
            log.say("up", "PostgreSQL has died, starting it again")
            postgres.start(home)

    supervisor.every_second(look)


def _only_one(stack: ExitStack, home: Path) -> None:
    lock = stack.enter_context((home / "up.lock").open("a"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Stop(
            f"TRT already runs from {home}. Stop it (Ctrl-C there), or start a second one with another TRT_HOME"
        ) from None


def _ready(port: int, supervisor: Supervisor) -> bool:
    """Wait until the web process can store updates."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and not supervisor.stopping:
        supervisor.look_after()
        try:
            with urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2) as answer:
                if answer.status == 200:
                    return True
        except OSError:
            time.sleep(0.1)
    return False


def _first_lines(port: int, plan: Any, began: float) -> list[tuple[str, str]]:
    here = f"http://127.0.0.1:{port}"
    lines = []
    if "telegram" in plan.sandboxes:
        lines.append(("chat", os.environ["TELEGRAM_API_URL"] + "/"))
    login = ""
    if len(plan.sandboxes) == 2:
        login = f"   login: admin / {os.environ['DEMO_ADMIN_PASSWORD']}"
    lines += [("admin", f"{here}/admin/{login}"), ("health", f"{here}/health")]
    if "kie" in plan.sandboxes:
        lines.append(("KIE", os.environ["KIE_API_URL"] + "/   (local: what it makes is not AI)"))
    return [*lines, ("ready", f"in {time.monotonic() - began:.1f} s; Ctrl-C stops everything")]
