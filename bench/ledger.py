"""What moving money costs: `python -m bench.ledger [--seconds 5] [--repeat 3] [--transfers 1000000]`.

Holds and what settles them, from many threads of one process, on accounts of their own and all on one; beside them bare
psycopg sending the statements that a movement is made of, over as many connections, and pgbench's simple-update. All on one
embedded PostgreSQL with fsync, one after the other, several times over; medians are printed. Log lines are not written.
Then a shop's books are made at once, and `manage.py verify` goes over them: the command as it is, its start included.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import psutil
import psycopg

from bench import machine, web
from bench.webhook import say
from trt import postgres, wheel

CONNECTIONS = 8
RATIO, VERIFY_S = 0.5, 10.0
LEAVES_S = 0.5  # until a backend whose client has gone has ended
PEOPLE = 2000
GIVEN = {"spread over 8 accounts": CONNECTIONS, "all on one hot account": 1}
LEDGER, BARE = "TRT's ledger", "bare psycopg, the same statements"
WAYS = {LEDGER: "ledger", BARE: "bare"}
Figures = dict[str, float]


class Bench:
    """One server and what runs on it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = web.environment(home, LOG_LEVEL="WARNING") | {"DJANGO_SETTINGS_MODULE": "trt.settings"}
        self.pgbench = wheel.programs() / "pgbench"

    def books(self, transfers: int, people: int) -> float:
        """Somebody's books; how many seconds they took."""
        began = time.monotonic()
        self._python("bench.books", str(transfers), str(people))
        return time.monotonic() - began

    def moved(self, way: str, accounts: int, seconds: float) -> Figures:
        options = ["--accounts", accounts, "--threads", CONNECTIONS, "--seconds", seconds]
        return json.loads(self._python("bench.movements", WAYS[way], *map(str, options)))

    def peer(self, seconds: float) -> float:
        """Transactions a second of pgbench's simple-update, on a database of its own."""
        address = postgres.url(self.home, "postgres", "pgbench")
        with psycopg.connect(postgres.url(self.home, "postgres", "postgres"), autocommit=True) as server:
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = 'pgbench'").fetchone():
                server.execute("CREATE DATABASE pgbench")
                self._said([str(self.pgbench), "--initialize", "--quiet", "--scale=5", address])
        clients = [f"--client={CONNECTIONS}", "--jobs=2", f"--time={max(1, round(seconds))}"]
        said = self._said([str(self.pgbench), "--builtin=simple-update", *clients, address])
        return float(re.findall(r"^tps = ([\d.]+)", said, re.MULTILINE)[0])

    def verify(self) -> tuple[float, float]:
        """Seconds of `manage.py verify` over everything, and how many of CPU, its own and the server's: neighbours change that less."""
        began, cpu_s = time.monotonic(), self._cpu_s()
        self._said([sys.executable, "manage.py", "verify", "--json"])
        took_s = time.monotonic() - began
        time.sleep(LEAVES_S)
        return took_s, self._cpu_s() - cpu_s

    def _cpu_s(self) -> float:
        """Of all that has ended: our children, and the server's."""
        mine, server = os.times(), psutil.Process(postgres.postmaster(self.home)).cpu_times()
        return mine.children_user + mine.children_system + server.children_user + server.children_system

    def _python(self, module: str, *arguments: str) -> str:
        return self._said([sys.executable, "-m", module, *arguments])

    def _said(self, command: list[str]) -> str:
        done = subprocess.run(command, cwd=web.ROOT, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
        return done.stdout


def compared(bench: Bench, repeat: int, seconds: float) -> str:
    """Every way in turn, `repeat` times; medians, and the ratio of TRT to bare psycopg."""
    runs: dict[tuple[str, str], list[Figures]] = defaultdict(list)
    peer: list[float] = []
    for number in range(1, repeat + 1):
        for where, accounts in GIVEN.items():
            for way in WAYS:
                say.say("", f"[{number}/{repeat}] {way}, {where}")
                runs[way, where].append(bench.moved(way, accounts, seconds))
        if bench.pgbench.exists():
            say.say("", f"[{number}/{repeat}] pgbench")
            peer.append(bench.peer(seconds))
    lines = []
    for where in GIVEN:
        per_s = {way: statistics.median(run["per_s"] for run in runs[way, where]) for way in WAYS}
        cpu_us = {way: statistics.median(run["cpu_us"] for run in runs[way, where]) for way in WAYS}
        ours = f"{LEDGER} {per_s[LEDGER]:.0f} transfers/s ({cpu_us[LEDGER]:.0f} µs of the process's CPU each)"
        theirs = f"{BARE} {per_s[BARE]:.0f}/s ({cpu_us[BARE]:.0f} µs)"
        lines.append(f"{where}: {ours}, {theirs}: {per_s[LEDGER] / per_s[BARE]:.2f} of it (aim {RATIO})")
    told = f"{statistics.median(peer):.0f} transactions/s" if peer else "not in this wheel"
    lines.append(f"pgbench, simple-update, {CONNECTIONS} clients, the same server: {told}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.ledger", description="What moving money costs.")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--transfers", type=int, default=1_000_000, help="that are verified")
    options, load = parser.parse_args(), os.getloadavg()[0]
    with web.ground() as home:
        bench = Bench(home)
        bench.books(CONNECTIONS, CONNECTIONS)
        found = compared(bench, options.repeat, options.seconds)
    with web.ground() as home:  # the books above do not verify: bare psycopg signs nothing
        bench = Bench(home)
        say.say("", f"the books of {options.transfers} transfers")
        filled_s = bench.books(options.transfers, PEOPLE)
        say.say("", f"made in {filled_s:.0f} s; verify")
        verified_s, cpu_s = min(bench.verify() for _ in range(options.repeat))
    print(f"moving money, {CONNECTIONS} connections:")
    print(found)
    print(
        f"verify, {options.transfers} transfers and their generations: {verified_s:.1f} s, {cpu_s:.1f} s of CPU "
        f"(target {VERIFY_S:.0f} s a million)"
    )
    print(f"{machine.described()}; load before and after {load:.1f} and {os.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
