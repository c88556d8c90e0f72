"""What the idle stack costs: `python -m bench.footprint [--seconds 30] [--settle 35]`.

Starts `manage.py up` with both local peers in a folder of its own, waits until all are up and the first tick of the
schedule is over, then adds up the memory of every process, PostgreSQL included, and the CPU time they take.

USS is what would be free again if a process ended: pages of its own. PostgreSQL's buffers belong to all its processes
and so to no one's USS; they are added once. PSS shares every common page among its users (libraries, what qcluster's
workers got from their parent) and is printed beside: it is the stricter sum.
"""

import argparse
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench import machine

ROOT = Path(__file__).resolve().parent.parent
TARGET_MB, TARGET_CPU = 400, 3.0
READY_S = 180
ROLES = (("uvicorn", "web"), ("qcluster", "worker"), (" bot", "bot"), ("-m sandbox", "sandbox"))
SHARED = ("/dev/zero", "/SYSV", "/dev/shm/PostgreSQL", "[anon_shmem")  # where PostgreSQL's buffers are mapped


@dataclass
class Cost:
    """The processes of one role together."""

    processes: int = 0
    uss_mb: float = 0.0
    pss_mb: float = 0.0
    cpu_percent: float = 0.0

    def add(self, uss: float, pss: float) -> None:
        self.processes += 1
        self.uss_mb += uss / 1e6
        self.pss_mb += pss / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.footprint", description="What the idle stack costs in memory and CPU."
    )
    parser.add_argument("--seconds", type=int, default=30, help="how long CPU is counted")
    parser.add_argument(
        "--settle", type=int, default=35, help="how long to wait after the start: the schedule first ticks at 30 s"
    )
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="trt-footprint-"))
    up = start(home)
    try:
        wait_until_ready(up)
        say(f"ready; letting it settle for {options.settle} s, then counting for {options.seconds} s")
        time.sleep(options.settle)
        report(measure(home, up.pid, options.seconds))
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(60)
        clean_up(home)
    return 0


def start(home: Path) -> subprocess.Popen[str]:
    """`up` with nothing of this machine's environment or `.env`: both peers local, ports as they are free."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    environment = kept | {"TRT_HOME": str(home), "TRT_ENV_FILE": os.devnull}
    say("starting the stack in a folder of its own")
    command = [sys.executable, "manage.py", "up"]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def wait_until_ready(up: subprocess.Popen[str]) -> None:
    """Until it says so. Its lines are read on for as long as it runs, so that it never waits for us."""
    lines: queue.Queue[str | None] = queue.Queue()

    def listen() -> None:
        assert up.stdout is not None
        for line in up.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=listen, daemon=True).start()
    said, deadline = [], time.monotonic() + READY_S
    while True:
        try:
            line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            line = None
        if line is None:
            raise SystemExit("the stack did not start; it said:\n" + "".join(said[-30:]))
        said.append(line)
        if line.startswith("up ") and "ready:" in line:
            return


def measure(home: Path, up: int, seconds: int) -> tuple[dict[str, Cost], float]:
    """What each role costs, and PostgreSQL's common memory in MB."""
    before = {process: cpu_s(process) for process in stack(home, up)}
    began = time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    costs: dict[str, Cost] = {}
    common_mb = 0.0
    for process, role in stack(home, up).items():
        cost = costs.setdefault(role, Cost())
        memory = process.memory_full_info()
        cost.add(memory.uss, memory.pss)
        cost.cpu_percent += 100 * (cpu_s(process) - before.get(process, 0.0)) / took  # one born meanwhile counts whole
        if role == "postgres":
            common_mb += sum(part.pss for part in process.memory_maps() if part.path.startswith(SHARED)) / 1e6
    return costs, common_mb


def stack(home: Path, up: int) -> dict[psutil.Process, str]:
    """Every process of the stack and its role: those under `up`, and PostgreSQL, known by its pid file."""
    from trt import postgres  # noqa: PLC0415 (the supervisor alone reads the environment here)

    supervisor = psutil.Process(up)
    found = {supervisor: "up"}
    for child in supervisor.children():
        command = " ".join(child.cmdline())
        role = next((role for words, role in ROLES if words in command), "other")
        found |= dict.fromkeys((child, *child.children(recursive=True)), role)
    if pid := postgres.postmaster(home):
        server = psutil.Process(pid)
        found |= dict.fromkeys((server, *server.children(recursive=True)), "postgres")
    return found


def cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def report(figures: tuple[dict[str, Cost], float]) -> None:
    """The table, the sums, and how they stand to the targets."""
    costs, common_mb = figures
    print(machine.described())
    print(f"{'':<24}{'processes':>10}{'USS MB':>9}{'PSS MB':>9}{'CPU %':>8}")
    for role, cost in costs.items():
        print(f"{role:<24}{cost.processes:>10}{cost.uss_mb:>9.1f}{cost.pss_mb:>9.1f}{cost.cpu_percent:>8.2f}")
    print(f"{'postgres, common':<24}{'':>10}{common_mb:>9.1f}{'(above)':>9}")
    uss, pss, cpu = (
        sum(getattr(cost, name) for cost in costs.values()) for name in ("uss_mb", "pss_mb", "cpu_percent")
    )
    uss += common_mb
    print(f"{'all':<24}{sum(cost.processes for cost in costs.values()):>10}{uss:>9.1f}{pss:>9.1f}{cpu:>8.2f}")
    print(f"memory: {uss:.0f} MB of {TARGET_MB}: {verdict(uss, TARGET_MB)}")
    print(f"CPU: {cpu:.2f}% of a core, of {TARGET_CPU:.0f}%: {verdict(cpu, TARGET_CPU)}")


def verdict(found: float, target: float) -> str:
    return "within" if found <= target else "OVER"


def clean_up(home: Path) -> None:
    """The folder, and for root the server's data, which lies elsewhere."""
    from trt import postgres  # noqa: PLC0415

    shutil.rmtree(postgres.data_dir(home), ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
