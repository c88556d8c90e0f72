"""One readable log of all processes: each line under the name of who wrote it, in colour on a terminal."""

import threading
from typing import TextIO

COLOURS = {"web": 36, "bot": 32, "worker": 35, "sandbox": 33, "prepare": 34, "up": 37}


class Log:
    """Lines of several processes on one stream; a line is never torn."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._lock = stream, threading.Lock()
        self._colour = stream.isatty()

    def say(self, who: str, line: str) -> None:
        """One line of `who`."""
        name = f"{who:<8}"
        if self._colour:
            name = f"\x1b[{COLOURS.get(who, 37)}m{name}\x1b[0m"
        with self._lock:
            self._stream.write(f"{name} {line}\n")
            self._stream.flush()

    def step(self, number: int, of: int, what: str) -> None:
        """Progress while starting."""
        self.say("up", f"[{number}/{of}] {what}")

    def announce(self, lines: list[tuple[str, str]]) -> None:
        """What a person wants to know now: where things are."""
        for name, value in lines:
            self.say("up", f"{name + ':':<8}{value}")
