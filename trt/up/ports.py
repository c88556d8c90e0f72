"""Ports: the usual ones, or the next free where nobody asked for these very ones."""

import socket

from trt.up.log import Log


class NoPort(RuntimeError):
    """The wished port is taken: one line that says what to write."""


class Ports:
    """Hands out ports; one that was handed out is taken, though nobody listens there yet."""

    def __init__(self, given: dict[str, str], log: Log) -> None:
        self._given, self._log, self._taken = given, log, set[int]()

    def pick(self, name: str, usual: int) -> int:
        """The port that variable `name` asks for, which must be free; else the usual one or one of the next twenty. Raises NoPort."""
        wished = self._given.get(name)
        if wished and not (wished.isdecimal() and 0 < int(wished) < 65536):
            raise NoPort(f"{name} is no port between 1 and 65535. Write {name}={usual}")
        first = int(wished or usual)
        for port in [first] if wished else range(first, first + 20):
            if port not in self._taken and _free(port):
                self._taken.add(port)
                if port != first:
                    self._log.say("up", f"port {first} is taken, using {port}")
                return port
        raise NoPort(f"port {first} is taken. Free it, or write another: {name}={first + 100}")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
