"""Processes looked after: each in its own group, restarted with back-off when it dies, ended with us whatever happens to us."""

import ctypes
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from trt.up import orphans
from trt.up.log import Log

SAID_AFTER_S = 3.0  # whoever takes longer to end is told of
BACKOFF_S = (0.5, 30.0)  # doubled with each death, forgotten after a minute of life
ROOT = Path(__file__).resolve().parent.parent.parent
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """In the child, before exec: the kernel ends it when we are killed with -9 (PR_SET_PDEATHSIG)."""
    if _libc is not None:
        _libc.prctl(1, signal.SIGTERM)


@dataclass
class Process:
    """A command under a name, and what we know of its life."""

    name: str
    command: list[str]
    grace_s: float = 5.0  # from SIGTERM to SIGKILL; who has nothing under way ends at once
    listeners: tuple[socket.socket, ...] = ()  # handed to it at each start: while it is away, who calls waits
    popen: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    pause_s: float = field(default=BACKOFF_S[0])
    due_at: float = 0.0  # when to start it again

    @property
    def alive(self) -> bool:
        return self.popen is not None and self.popen.poll() is None


class Supervisor:
    """Starts, restarts and stops processes. One thread; a reader thread a process passes its lines on."""

    def __init__(self, log: Log, register: Path) -> None:
        self.log, self.register = log, register
        self.processes: list[Process] = []
        self.stopping = False
        self._looks: list[Callable[[], None]] = []
        self._wake_read, self._wake_write = os.pipe()
        log.when_gone(self.ask_to_stop)

    def heed_signals(self) -> None:
        """Stop on Ctrl-C, SIGTERM, and a terminal that is closed (unless we were started under nohup)."""
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signum != signal.SIGHUP or signal.getsignal(signum) is not signal.SIG_IGN:
                signal.signal(signum, lambda *_: self.ask_to_stop())

    def ask_to_stop(self) -> None:
        """From a signal handler, or when nobody reads our log any more. A second ask kills at once."""
        if self.stopping:
            for process in self.processes:
                _signal(process, signal.SIGKILL)
        self.stopping = True
        os.write(self._wake_write, b"x")

    def add(self, process: Process) -> None:
        """Start a process and look after it from now on."""
        self.processes.append(process)
        if not self.stopping:
            self._start(process)

    def every_second(self, look: Callable[[], None]) -> None:
        """Call `look` at every turn of `watch`."""
        self._looks.append(look)

    def run_once(self, process: Process) -> int:
        """Run a command to its end, its lines in the log; its exit code. Being asked to stop ends it."""
        reader = self._start(process)
        assert process.popen is not None
        with selectors.DefaultSelector() as wait:
            wait.register(self._wake_read, selectors.EVENT_READ)
            while process.alive and not self.stopping:
                self.log.look()
                wait.select(0.05)
        if process.alive:
            self._end(process)
        reader.join()
        return process.popen.wait()

    def watch(self) -> None:
        """Until asked to stop: whoever dies is started again."""
        with selectors.DefaultSelector() as wait:
            wait.register(self._wake_read, selectors.EVENT_READ)
            while not self.stopping:
                self.look_after()
                wait.select(1.0)

    def look_after(self) -> None:
        """One turn: note deaths, start again what is due."""
        self.log.look()
        for look in self._looks:
            try:
                look()
            except Exception as trouble:  # noqa: BLE001 (tried again in a second)
                self.log.say("up", f"{type(trouble).__name__}: {trouble}")
        for process in self.processes:
            if process.alive or self.stopping:
                continue
            now = time.monotonic()
            if process.popen is not None:
                self._note_death(process, now)
            elif now >= process.due_at:
                self._start(process)
        orphans.collect({process.popen.pid for process in self.processes if process.popen is not None})

    def stop_all(self) -> None:
        """SIGTERM in the order bot, web, worker, sandbox, each with its grace; then SIGKILL of what is left of its group."""
        self.stopping = True
        order = ["bot", "web", "worker"]
        for process in sorted(self.processes, key=lambda p: order.index(p.name) if p.name in order else len(order)):
            if process.alive:
                self.log.say("up", f"stopping {process.name}")
                self._end(process)
            _signal(process, signal.SIGKILL)
            for listener in process.listeners:  # nobody will answer there any more
                listener.close()
        self.register.unlink(missing_ok=True)

    def end_leftovers(self) -> None:
        """Kill what an earlier run, itself killed, has left behind: known by process id and start time."""
        if not self.register.exists():
            return
        for line in self.register.read_text().splitlines():
            pid, _, born = line.partition(" ")
            try:
                if not psutil.pid_exists(int(pid)):
                    _end_orphans(int(pid))
                    continue
                left = psutil.Process(int(pid))
                if abs(left.create_time() - float(born)) < 1:
                    os.killpg(left.pid, signal.SIGKILL)
                    left.wait(5)  # it may hold a port
                    self.log.say("up", f"ended process {pid}, left over from a killed run")
            except (psutil.Error, ProcessLookupError, PermissionError, ValueError):
                continue
        self.register.unlink(missing_ok=True)

    def _start(self, process: Process) -> threading.Thread:
        process.popen = subprocess.Popen(
            process.command,
            cwd=ROOT,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
            pass_fds=[listener.fileno() for listener in process.listeners],
        )
        process.started_at = time.monotonic()
        with self.register.open("a") as out:
            out.write(f"{process.popen.pid} {psutil.Process(process.popen.pid).create_time()}\n")
        reader = threading.Thread(target=self._pass_on, args=(process.name, process.popen), daemon=True)
        reader.start()
        return reader

    def _end(self, process: Process) -> None:
        assert process.popen is not None
        process.popen.terminate()  # the leader alone: qcluster hangs when its children hear it too
        said_at = min(process.grace_s, SAID_AFTER_S)
        try:
            process.popen.wait(said_at)
        except subprocess.TimeoutExpired:
            if process.grace_s > said_at:
                rest = f"{process.grace_s - said_at:.0f} s at most"
                self.log.say("up", f"{process.name} finishes what is under way, {rest}; asked once more it is killed")
            try:
                process.popen.wait(process.grace_s - said_at)
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.popen.wait()

    def _note_death(self, process: Process, now: float) -> None:
        assert process.popen is not None
        _signal(process, signal.SIGKILL)  # what is left of its group: qcluster's workers outlive their parent
        if now - process.started_at > 60:
            process.pause_s = BACKOFF_S[0]
        self.log.say(
            "up",
            f"{process.name} died ({_how(process.popen.returncode)}), starting it again in {process.pause_s:.1f} s",
        )
        process.popen, process.due_at = None, now + process.pause_s
        process.pause_s = min(process.pause_s * 2, BACKOFF_S[1])

    def _pass_on(self, name: str, popen: subprocess.Popen[str]) -> None:
        assert popen.stdout is not None
        for line in popen.stdout:
            self.log.say(name, line.rstrip())


def _signal(process: Process, signum: int) -> None:
    """To the whole group of a process, if anything of it is left."""
    if process.popen is not None:
        try:
            os.killpg(process.popen.pid, signum)
        except (ProcessLookupError, PermissionError):
            return


def _end_orphans(group: int) -> None:
    """Kill what outlived the leader of its group: while it lives, the kernel gives the leader's number to nobody else."""
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group and process.cwd() == str(ROOT):
                process.kill()
        except (psutil.Error, ProcessLookupError):
            continue


def _how(returncode: int) -> str:
    return signal.Signals(-returncode).name if returncode < 0 else f"exit code {returncode}"
