"""How long work stands still when its worker is killed: `python -m bench.orphans [--orphans 5000] [--latency-ms 0]`.

Real qclusters on an embedded PostgreSQL with fsync. First one of two is killed with SIGKILL, every process of it, while it works on
a job (KIE keeps it waiting); the time until another has ended that job is taken, several times over. Then so many running jobs
are orphans at once, claimed by a worker that is not there, their results ready at KIE: the time until the last is paid for.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

from bench import machine, web
from bench.botapi import BotApi
from bench.kieapi import KieApi
from bench.webhook import say
from trt import postgres
from trt.up import application

KILL_AIM_S, MANY_AIM_S = 15.0, 60.0
PATIENCE_S = 600.0
STUCK_S = 120.0  # what KIE keeps the first look waiting for
LOOKS_S = 0.05
WHOLE = 5  # processes of a cluster
IN_HAND = "claimed_by IS NOT NULL AND ended_at IS NULL"


class Stack:
    """What runs: a KIE of the bench's own, the bot, which looks once a second whether work is due, and workers."""

    def __init__(self, home: Path, latency_s: float) -> None:
        self.home, self.kie, self.telegram = home, KieApi(succeeded=True, latency_s=latency_s), BotApi()
        origin = self.kie.start()
        self.environment = web.environment(
            home, KIE_API_URL=origin, KIE_UPLOAD_URL=origin, TELEGRAM_API_URL=self.telegram.start(), LOG_LEVEL="WARNING"
        ) | {"DJANGO_SETTINGS_MODULE": "trt.settings"}
        self.database = psycopg.connect(postgres.url(home, postgres.APP), autocommit=True)

    def shop(self, how: str, count: int) -> None:
        command = [sys.executable, "-m", "bench.shop", how, str(count)]
        subprocess.run(command, cwd=web.ROOT, env=self.environment, check=True)

    @contextmanager
    def process(self, name: str) -> Iterator[subprocess.Popen]:
        """`bot` or `worker` as `up` starts it, in a group of its own."""
        command = next(one.command for one in application(8080) if one.name == name)
        with (self.home / f"{name}.log").open("a") as out:
            popen = subprocess.Popen(
                command, cwd=web.ROOT, env=self.environment, stdout=out, stderr=out, start_new_session=True
            )
        try:
            yield popen
        finally:
            kill(popen)

    def count(self, condition: str) -> int:
        row = self.database.execute(f"SELECT count(*) FROM kie_job WHERE {condition}").fetchone()
        return int(row[0]) if row else 0


def kill(popen: subprocess.Popen) -> None:
    """SIGKILL to every process of a group."""
    if popen.poll() is None:
        os.killpg(popen.pid, signal.SIGKILL)
        popen.wait()


def is_up(worker: subprocess.Popen) -> None:
    """Wait until a cluster has all its processes: sentinel, monitor, pusher, two workers."""
    until(lambda: len(psutil.Process(worker.pid).children(recursive=True)) >= WHOLE)
    time.sleep(1)


def until(look: Callable[[], bool]) -> float:
    """How many seconds it took to come true."""
    began = time.monotonic()
    while not look():
        if time.monotonic() - began > PATIENCE_S:
            raise SystemExit("it did not come to its end; see the logs")
        time.sleep(LOOKS_S)
    return time.monotonic() - began


def one_death(stack: Stack, workers: dict[int, subprocess.Popen]) -> float:
    """From the SIGKILL of a worker that has a job in hand, every process of it, to the end of that job by the other."""
    before = stack.count("state = 'succeeded'")
    stack.kie.latency_s, usual = STUCK_S, stack.kie.latency_s
    stack.shop("running", 1)
    until(lambda: stack.count(IN_HAND) == 1)
    stack.kie.latency_s = usual  # whoever comes next is answered
    claimer = stack.database.execute(
        f"SELECT i.pid FROM kie_job JOIN reliability_instance i ON i.id = claimed_by WHERE {IN_HAND}"
    )
    (pid,) = claimer.fetchone()
    kill(workers[os.getpgid(pid)])
    return until(lambda: stack.count("state = 'succeeded'") == before + 1)


def deaths(stack: Stack, many: int) -> list[float]:
    """Each of two workers that are up, one of which has a job in hand."""
    took_s = []
    for number in range(1, many + 1):
        say.say("", f"[{number}/{many}] two workers, one of them killed")
        with stack.process("worker") as one, stack.process("worker") as other:
            for worker in (one, other):
                is_up(worker)
            took_s.append(one_death(stack, {one.pid: one, other.pid: other}))
    return took_s


def all_at_once(stack: Stack, orphans: int) -> float:
    """From the last heartbeat of their worker, while another one is up, to the last capture."""
    before = stack.count("state = 'succeeded'")
    with stack.process("worker") as worker:
        is_up(worker)
        stack.shop("orphaned", orphans)
        until(lambda: stack.count("state = 'succeeded'") >= before + orphans)
        began, ended = stack.database.execute(
            "SELECT min(submitted_at), max(ended_at) FROM kie_job WHERE id > (SELECT max(id) - %s FROM kie_job)",
            [orphans],
        ).fetchone()
        return (ended - began).total_seconds()


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.orphans", description="How long work of a dead worker waits."
    )
    parser.add_argument("--orphans", type=int, default=5000)
    parser.add_argument("--deaths", type=int, default=3)
    parser.add_argument("--latency-ms", type=float, default=0.0, help="of each answer of KIE's and its files'")
    options, load = parser.parse_args(), os.getloadavg()[0]
    with web.ground() as home:
        stack = Stack(home, options.latency_ms / 1000)
        with stack.process("bot"):
            took_s = deaths(stack, options.deaths)
            say.say("", f"{options.orphans} orphans")
            many_s = all_at_once(stack, options.orphans)
        lost = stack.count("ended_at IS NULL")
    print(
        f"a worker killed with a job in hand: its job has ended {statistics.median(took_s):.1f} s later, {max(took_s):.1f} s at most (aim {KILL_AIM_S:.0f} s)"
    )
    print(
        f"{options.orphans} running orphans at once, KIE answering in {options.latency_ms:.0f} ms: the last is paid for after {many_s:.1f} s, {options.orphans / many_s:.0f}/s (aim {MANY_AIM_S:.0f} s)"
    )
    print(f"lost: {lost}; their looks at KIE: {stack.kie.asked}")
    print(f"{machine.described()}; load before and after {load:.1f} and {os.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
