"""What a generation costs: `python -m bench.jobs [--jobs 300] [--running 1000 3000 10000]`.

Full lifecycles (submit, callback, record, files, capture) by the real web process and qcluster, against the sandbox's KIE, on an
embedded PostgreSQL with fsync; KIE's limit of creates is lifted by its setting. Requests are counted with
callbacks and without, for tasks that take as long as the model says. Then so many jobs run at once, and five minutes of their
life pass (the clock is moved, nothing is waited for): requests, CPU and memory of one worker thread, for each number.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import requests

from bench import machine, web
from bench.botapi import BotApi
from bench.kieapi import KieApi
from bench.orphans import is_up, kill, until
from bench.webhook import say
from reliability import counts
from trt import postgres
from trt.drill.stack import free_port
from trt.up import application

REQUESTS_AIM = 2.2
USUAL_S, AT_ONCE = 10.0, 60  # how long a task takes where requests are counted, and how many of them
MINUTES = 5
SETTLES_S = 3.0  # until the last counts are written


class Bench:
    """One home, the sandbox's KIE in it, and what is started of ours."""

    def __init__(self, home: Path, kie: str) -> None:
        self.home, self.kie, self.telegram = home, kie, BotApi().start()
        self.database = psycopg.connect(postgres.url(home, postgres.APP), autocommit=True)

    def environment(self, **more: str) -> dict[str, str]:
        known = {
            "KIE_API_URL": self.kie,
            "KIE_UPLOAD_URL": self.kie,
            "KIE_CREATES_PER_10S": "1000000",
            "LOG_LEVEL": "WARNING",
        }
        return web.environment(self.home, **known, **more) | {"DJANGO_SETTINGS_MODULE": "trt.settings"}

    @contextmanager
    def stack(self, *, callbacks: bool) -> Iterator[dict[str, str]]:
        """Web and worker, and their environment."""
        port = free_port()
        environment = self.environment(WEBHOOK_BASE_URL=f"http://127.0.0.1:{port}")
        reachable = {"WEBHOOK_BASE_URL": environment["WEBHOOK_BASE_URL"], "BOT_MODE": "webhook"}
        if not callbacks:  # of the worker: it is who tells KIE where to call
            del environment["WEBHOOK_BASE_URL"]
            environment["BOT_MODE"] = "polling"
        cores, log = os.sched_getaffinity(0), self.home / "web.log"
        with (
            web.serving(web.command(port), port, environment, cores, log),
            self._process("bot", environment | reachable),
            self._process("worker", environment) as worker,
        ):
            is_up(worker)
            yield environment

    @contextmanager
    def _process(self, name: str, environment: dict[str, str]) -> Iterator[subprocess.Popen]:
        """The bot looks once a second whether work is due; the worker does it."""
        command = next(one.command for one in application(9860) if one.name == name)
        with (self.home / f"{name}.log").open("a") as out:
            popen = subprocess.Popen(
                command, cwd=web.ROOT, env=environment, stdout=out, stderr=out, start_new_session=True
            )
        try:
            yield popen
        finally:
            kill(popen)

    def worked_off(self, jobs: int, task_s: float, *, callbacks: bool) -> tuple[float, float, dict[str, int]]:
        """Orders confirmed at once and worked off: lifecycles a second, requests a job, and how the jobs ended."""
        answer = requests.post(
            self.kie + "/sandbox/config",
            json={"durations_s": {"image": task_s}, "creates_per_10s": 0, "credits": 1e6},
            timeout=30,
        )
        answer.raise_for_status()
        before, first = self._asked(), self._count("TRUE")
        with self.stack(callbacks=callbacks) as environment:
            command = [sys.executable, "-m", "bench.shop", "queued", str(jobs)]
            subprocess.run(command, cwd=web.ROOT, env=environment, check=True)
            until(lambda: self._count("ended_at IS NULL") == 0)
            time.sleep(SETTLES_S)
        began, ended = self.database.execute(
            "SELECT min(submitted_at), max(ended_at) FROM (SELECT * FROM kie_job ORDER BY id OFFSET %s) ours", [first]
        ).fetchone()
        states = dict(
            self.database.execute(
                "SELECT state, count(*) FROM (SELECT * FROM kie_job ORDER BY id OFFSET %s) ours GROUP BY 1", [first]
            ).fetchall()
        )
        return jobs / (ended - began).total_seconds(), (self._asked() - before) / jobs, states

    def _count(self, condition: str) -> int:
        row = self.database.execute(f"SELECT count(*) FROM kie_job WHERE {condition}").fetchone()
        return int(row[0]) if row else 0

    def _asked(self) -> int:
        """Requests to KIE since ever, as our processes have counted them."""
        rows = self.database.execute("SELECT counters FROM reliability_instance").fetchall()
        return sum(sum(counts.labelled(counters, "kie").values()) for (counters,) in rows)


@contextmanager
def sandbox(home: Path) -> Iterator[str]:
    """The sandbox's KIE in a process of its own; its origin."""
    command = [sys.executable, "-m", "sandbox", "--data", str(home / "sandbox"), "--only=kie", "--kie-port=0"]
    popen = subprocess.Popen(command, cwd=web.ROOT, env=web.environment(home), stdout=subprocess.PIPE, text=True)
    assert popen.stdout is not None
    try:
        yield popen.stdout.readline().split()[2]
    finally:
        popen.kill()
        popen.wait()


def watched(home: Path, many: int) -> dict[str, Any]:
    """The cost of so many running jobs, in a database and a process of their own."""
    api = KieApi(succeeded=False)
    origin = api.start()
    environment = web.environment(home, KIE_API_URL=origin, KIE_UPLOAD_URL=origin, LOG_LEVEL="ERROR") | {
        "DJANGO_SETTINGS_MODULE": "trt.settings"
    }
    command = [sys.executable, "-m", "bench.watch", str(many), str(MINUTES)]
    done = subprocess.run(command, cwd=web.ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return json.loads(done.stdout.splitlines()[-1]) | {"requests": sum(api.asked.values())}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.jobs", description="What a generation costs.")
    parser.add_argument("--jobs", type=int, default=300)
    parser.add_argument("--running", type=int, nargs="*", default=[1000, 3000, 10000])
    options, load = parser.parse_args(), os.getloadavg()[0]
    with web.ground() as home, sandbox(home) as kie:
        bench = Bench(home, kie)
        say.say("", f"{options.jobs} lifecycles")
        per_s, _, states = bench.worked_off(options.jobs, 0.05, callbacks=True)
        print(f"full lifecycles through worker, sandbox KIE and ledger: {per_s:.1f}/s; {states}")
        for callbacks in (True, False):
            say.say("", f"{AT_ONCE} tasks of {USUAL_S:.0f} s, callbacks: {callbacks}")
            _, asked, states = bench.worked_off(AT_ONCE, USUAL_S, callbacks=callbacks)
            aim = f" (at most {REQUESTS_AIM})" if callbacks else ""
            print(f"requests to KIE a job {'with' if callbacks else 'without'} callbacks: {asked:.2f}{aim}; {states}")
    for many in options.running:
        with web.ground() as home:
            say.say("", f"{many} running jobs for {MINUTES} minutes")
            cost = watched(home, many)
        print(
            f"{many} running jobs, {MINUTES} min without callbacks' news: {cost['requests'] / many:.2f} requests a job, "
            f"{1000 * cost['cpu_s'] / cost['requests']:.1f} ms of CPU a look, {cost['cpu_s']:.0f} s in all ({cost['cpu_s'] / (60 * MINUTES):.0%} of a core), {cost['rss_mb']:.0f} MB (idle {cost['idle_mb']:.0f})"
        )
    print(f"{machine.described()}; load before and after {load:.1f} and {os.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
