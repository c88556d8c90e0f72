"""Processes driven line by line, and folders for embedded servers of a test's own."""

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from trt import postgres
from trt.env import ROOT

PATIENCE_S = 30.0
READ = "from trt.sources import read; env = read(); print('read', env.{})"


class Running:
    """A process and what it says; a test waits for lines, never for time."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.popen = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.said: list[str] = []
        self._unread: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def line_with(self, words: str) -> str:
        """The first line with `words` that no earlier call was given; what it passes over stays for later calls."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            for line in self._unread:
                if words in line:
                    self._unread.remove(line)
                    return line
            self._hear(words, deadline)

    def _hear(self, words: str, deadline: float) -> None:
        try:
            line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            line = None
        assert line is not None, f"never said {words!r}; it said:\n" + "\n".join(self.said)
        self._unread.append(line)

    def exit_code(self) -> int:
        """How it ended, once it has."""
        return self.popen.wait(PATIENCE_S)

    def leave(self) -> int:
        """Close its input and wait for its end."""
        assert self.popen.stdin is not None
        self.popen.stdin.close()
        return self.exit_code()

    def end(self) -> None:
        """For clean-up: whatever is left of it and of its children, which have groups of their own, killed."""
        if self.popen.poll() is None:
            for child in psutil.Process(self.popen.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    child.kill()
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait(PATIENCE_S)

    def _listen(self) -> None:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            self.said.append(line.rstrip())
            self._lines.put(self.said[-1])
        self._lines.put(None)


@pytest.fixture
def run() -> Iterator[Callable[..., Running]]:
    """Starts a Python process; ended with the test."""
    started: list[Running] = []

    def _run(*arguments: str, **environment: str) -> Running:
        started.append(Running([sys.executable, *arguments], dict(os.environ) | environment))
        return started[-1]

    yield _run
    for process in started:
        process.end()


@pytest.fixture
def reading(run, tmp_path):
    """A process that reads the environment: the tests' own, with what a test sets; "" unsets."""

    def _reading(attribute: str = "port", **environment: str):
        return run(
            "-c",
            READ.format(attribute),
            **({"TRT_HOME": str(tmp_path), "TRT_ENV_FILE": str(tmp_path / "dotenv")} | environment),
        )

    return _reading


@pytest.fixture
def homes(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A $TRT_HOME of the test's own for each name, and no server or data of it afterwards."""
    made: list[Path] = []

    def _home(name: str) -> Path:
        made.append(tmp_path / name)
        return made[-1]

    yield _home
    for place in made:
        postgres.stop(place)
        shutil.rmtree(postgres.data_dir(place), ignore_errors=True)


@pytest.fixture
def home(homes: Callable[[str], Path]) -> Path:
    """One of them."""
    return homes("home")


@pytest.fixture
def gone() -> Callable[[int], bool]:
    """Whether a process has ended, waiting for it; a zombie that nobody collects has ended too."""

    def _gone(pid: int) -> bool:
        try:
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
            process.wait(PATIENCE_S)
        except psutil.NoSuchProcess:
            return True
        except psutil.TimeoutExpired:
            return False
        return True

    return _gone
