"""One readable log of all processes: each line under the name of who wrote it, in colour on a terminal."""

import os
import select
import threading
from collections.abc import Callable
from typing import TextIO

COLOURS = {"web": 36, "bot": 32, "worker": 35, "sandbox": 33, "prepare": 34, "up": 37}


class Log:
    """Lines of several processes on one stream; a line is never torn. When nobody reads any more, it says so once."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._lock = stream, threading.Lock()
        self._colour = stream.isatty()
        self._gone, self._when_gone = False, list[Callable[[], None]]()

    def say(self, who: str, line: str) -> None:
        """One line of `who`."""
        name = f"{who:<8}"
        if self._colour:
            name = f"\x1b[{COLOURS.get(who, 37)}m{name}\x1b[0m"
        with self._lock:
            if self._gone:
                return
            try:
                self._stream.write(f"{name} {line}\n")
                self._stream.flush()
            except OSError:  # the pipe's reader has left, or the terminal was closed
                self._lose()

    def when_gone(self, call: Callable[[], None]) -> None:
        """Call this, from any thread and once, when nobody reads our lines any more."""
        with self._lock:
            self._when_gone.append(call)
            if self._gone:
                call()

    def look(self) -> None:
        """Notice a reader that has left though there is nothing to tell."""
        watch = select.poll()
        watch.register(self._stream, 0)
        if any(event & (select.POLLERR | select.POLLHUP) for _, event in watch.poll(0)):
            with self._lock:
                self._lose()

    def _lose(self) -> None:
        if not self._gone:
            self._gone = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())  # Python's own last flush finds no fault
            for call in self._when_gone:
                call()

    def step(self, number: int, of: int, what: str) -> None:
        """Progress while starting."""
        self.say("up", f"[{number}/{of}] {what}")

    def announce(self, lines: list[tuple[str, str]]) -> None:
        """What a person wants to know now: where things are."""
        for name, value in lines:
            self.say("up", f"{name + ':':<8}{value}")
