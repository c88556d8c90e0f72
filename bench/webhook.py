"""What a webhook costs: `python -m bench.webhook [--seconds 4] [--repeat 3]`.

One load on TRT's webhook and on its peers, one after the other, several times over in one run; medians are printed, and
ratios within this run. The server has one core, the load another; PostgreSQL, with fsync, runs where there is room.
Then TRT alone at half of what it could do, and each server killed with SIGKILL under load: the ids that it had answered
with 200 are kept by the load and looked for in the database.
"""

import argparse
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from bench import environment, machine, web
from bench.load import SECRET_PATH, SECRET_TOKEN, request
from trt import postgres
from trt.drill.stack import free_port

WARM_S = 1.0
NOISE = 1.3
BARE = "bare uvicorn, nothing stored"
AIOGRAM, AIOGRAM_INSERT = "aiogram, in memory", "aiogram, one INSERT (asyncpg)"
TRT = "TRT"
PEERS = {
    AIOGRAM: "aiogram",
    AIOGRAM_INSERT: "aiogram-insert",
    "pyTelegramBotAPI, in memory": "telebot",
    "bare uvicorn, one INSERT (asyncpg)": "bare-insert",
    BARE: "bare",
}


@dataclass
class Figures:
    """What the repetitions gave for one server."""

    per_s: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)  # of the server process, an update: neighbours change it least
    acknowledged: int = 0
    lost: int = 0

    def add(self, result: dict[str, Any]) -> None:
        for name in ("per_s", "p50_ms", "p99_ms", "cpu_us"):
            getattr(self, name).append(result[name])


class Bench:
    """The ground of one run: a home with its PostgreSQL, a port, a core for each side."""

    def __init__(self, home: Path, seconds: float) -> None:
        self.home, self.seconds = home, seconds
        self.port = free_port()
        cores = sorted(os.sched_getaffinity(0))
        self.server_core, self.load_core = {cores[0]}, {cores[-1]}
        self.next_id = 1
        self.python = environment.python()

    def serving(self, name: str) -> Any:
        """A server by its name, from its first answer to its end, before an empty table."""
        with psycopg.connect(postgres.url(self.home, postgres.OWNER), autocommit=True) as owner:
            owner.execute("TRUNCATE bot_update")
        if name in PEERS:
            command, env = [str(self.python), "bench/peers.py", PEERS[name], str(self.port)], dict(os.environ)
            env |= {"BENCH_PATH": f"/webhook/{SECRET_PATH}", "BENCH_TOKEN": SECRET_TOKEN}
            env |= {"BENCH_DATABASE": postgres.url(self.home, postgres.APP)}
        else:
            command, env = web.command(self.port), web.environment(self.home)
        return web.serving(command, self.port, env, self.server_core, self.home / "log")

    def load(self, seconds: float, *options: str) -> dict[str, Any]:
        """Load the server that serves now; what the load says."""
        command = [sys.executable, "-m", "bench.load", "--port", str(self.port), "--first-id", str(self.next_id)]
        self.next_id += 10_000_000
        done = subprocess.run(
            [*command, "--seconds", str(seconds), *options],
            cwd=web.ROOT,
            stdout=subprocess.PIPE,
            preexec_fn=lambda: os.sched_setaffinity(0, self.load_core),
            check=True,
        )
        return json.loads(done.stdout)

    def measure(self, name: str) -> dict[str, Any]:
        """One repetition of one server. Anything but 200 ends the run: its figures would mean nothing."""
        with self.serving(name) as server:
            self.load(WARM_S)
            before = sum(psutil.Process(server.pid).cpu_times()[:2])
            result = self.load(self.seconds)
            spent = sum(psutil.Process(server.pid).cpu_times()[:2]) - before
        if set(result["statuses"]) != {"200"}:
            raise SystemExit(
                f"{name} answered {result['statuses']}; its log:\n" + (self.home / "log").read_text()[-3000:]
            )
        return result | {"cpu_us": 1e6 * spent / result["statuses"]["200"]}

    def at_rate(self, name: str, rate: float) -> dict[str, Any]:
        """Latency at a steady rate."""
        with self.serving(name):
            self.load(WARM_S)
            return self.load(self.seconds, "--rate", str(rate))

    def kill(self, name: str) -> tuple[int, int]:
        """SIGKILL in the middle of a load: how many ids it had acknowledged, and how many of them are nowhere."""
        journal = self.home / "journal"
        with self.serving(name) as server:
            end = threading.Timer(1.5, server.send_signal, [signal.SIGKILL])
            end.start()
            self.load(30.0, "--journal", str(journal))
            end.join()
        acknowledged = {int(line) for line in journal.read_text().split()}
        with psycopg.connect(postgres.url(self.home, postgres.APP)) as database:
            stored = {row[0] for row in database.execute("SELECT update_id FROM bot_update")}
        return len(acknowledged), len(acknowledged - stored)

    def outage(self) -> dict[str, float]:
        """PostgreSQL is stopped under TRT and started again: the slowest answer meanwhile, and how long until 200."""
        slowest_ms, status = 0.0, 0

        def ask() -> None:
            nonlocal slowest_ms, status
            asked = time.perf_counter()
            head, _, body = request(self.next_id).partition(b"\r\n\r\n")
            self.next_id += 1
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
            line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            line.request("POST", f"/webhook/{SECRET_PATH}", body, headers)
            status = line.getresponse().status
            line.close()
            slowest_ms = max(slowest_ms, 1000 * (time.perf_counter() - asked))

        with self.serving(TRT):
            ask()
            postgres.stop(self.home)
            slowest_ms = 0.0
            for _ in range(100):
                ask()
                if status != 503:
                    raise SystemExit(f"PostgreSQL is away and TRT answered {status}")
            slowest_503_ms = slowest_ms
            postgres.start(self.home)
            began = time.perf_counter()
            while status != 200:
                ask()
            return {"slowest_503_ms": slowest_503_ms, "back_ms": 1000 * (time.perf_counter() - began)}


class say:
    """Progress, on stderr."""

    @staticmethod
    def say(_who: str, what: str) -> None:
        print(what, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.webhook", description="What a webhook costs, beside its peers."
    )
    parser.add_argument("--seconds", type=float, default=4.0, help="of load, a server and repetition")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[], help="peers to measure: " + ", ".join(PEERS.values()))
    options = parser.parse_args()
    names = [TRT, *(name for name, short in PEERS.items() if not options.only or short in options.only)]
    with web.ground() as home:
        bench = Bench(home, options.seconds)
        figures = {name: Figures() for name in names}
        for turn in range(options.repeat):
            for name in names:
                say.say("", f"[{turn + 1}/{options.repeat}] {name}")
                figures[name].add(bench.measure(name))
        half = statistics.median(figures[TRT].per_s) / 2
        say.say("", f"TRT at {half:.0f}/s")
        calm = bench.at_rate(TRT, half)
        for name in names:
            say.say("", f"kill -9: {name}")
            figures[name].acknowledged, figures[name].lost = bench.kill(name)
        say.say("", "PostgreSQL stopped and started")
        away = bench.outage()
        with psycopg.connect(postgres.url(home, postgres.APP)) as database:
            version, fsync = database.execute(
                "SELECT current_setting('server_version'), current_setting('fsync')"
            ).fetchone()
    report(figures, calm, half)
    print(
        f"PostgreSQL stopped: 503, the slowest of 100 in {away['slowest_503_ms']:.0f} ms; "
        f"started: 200 again after {away['back_ms']:.0f} ms (target: 1000 ms)"
    )
    print(machine.described() + f", PostgreSQL {version}, fsync {fsync}")
    return 0


def report(figures: dict[str, Figures], calm: dict[str, Any], half: float) -> None:
    """The table, and how TRT stands to its targets."""
    size = len(request(1).partition(b"\r\n\r\n")[2])
    print(f"one process each, 64 connections, updates of {size} bytes; differences under {NOISE}× are noise")
    columns = f"{'updates/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs':>8}{'/ aiogram':>11}{'/ its INSERT':>14}"
    print(f"{'':<36}{columns}  acknowledged, then kill -9")
    for name, found in figures.items():
        per_s = statistics.median(found.per_s)
        p50, p99, cpu = (statistics.median(values) for values in (found.p50_ms, found.p99_ms, found.cpu_us))
        row = f"{per_s:>11.0f}{p50:>9.1f}{p99:>9.1f}{cpu:>8.0f}{ratio(figures, name, AIOGRAM)}{ratio(figures, name, AIOGRAM_INSERT, 14)}"
        print(f"{name:<36}{row}  {found.acknowledged} acknowledged, {found.lost or 'none'} lost")
    print(
        f"TRT at {half:.0f}/s, half of that: p50 {calm['p50_ms']} ms, p99 {calm['p99_ms']} ms (target: p99 under 50 ms)"
    )
    if set(calm["statuses"]) != {"200"}:
        print(f"but it answered {calm['statuses']}")


def ratio(figures: dict[str, Figures], name: str, to: str, width: int = 11) -> str:
    """The median of the ratios within each repetition."""
    if to not in figures:
        return f"{'-':>{width}}"
    pairs = zip(figures[name].per_s, figures[to].per_s, strict=True)
    return f"{statistics.median(one / other for one, other in pairs):>{width - 1}.2f}×"


if __name__ == "__main__":
    sys.exit(main())
