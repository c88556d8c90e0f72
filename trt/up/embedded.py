"""The embedded PostgreSQL while `up` runs. It is no process of the supervisor's: we look, and start it again when it has died."""

from pathlib import Path

from trt import postgres
from trt.up.log import Log
from trt.wheel import CannotStart


class Embedded:
    """The server of a home, and what was said of it since it last answered."""

    def __init__(self, home: Path, log: Log) -> None:
        self.home, self.log = home, log
        self._said: set[str] = set()

    def look(self) -> None:
        """One turn. A server that lives and hangs is waited for: a second one would find its data locked."""
        if postgres.is_running(self.home):
            if self._said:
                self.log.say("up", "PostgreSQL answers again")
            self._said.clear()
        elif (pid := postgres.living(self.home)) is not None:
            self._say(f"PostgreSQL does not answer (pid {pid}), waiting for it")
        else:
            self._say("PostgreSQL has died, starting it again")
            self._start()

    def _start(self) -> None:
        try:
            postgres.start(self.home, patience_s=0.0)  # the others are looked after as well
        except CannotStart as why:  # tried again at the next turn
            self._say(f"{why}; waiting for what was left of it")

    def _say(self, line: str) -> None:
        if line not in self._said:
            self.log.say("up", line)
            self._said.add(line)
