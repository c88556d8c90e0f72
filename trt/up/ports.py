"""Ports: the usual ones, or the next free where nobody asked for these very ones; and the address that goes with one."""

import errno
import socket
from typing import Final

from trt.up.log import Log

HERE: Final = "127.0.0.1"
ALL: Final = {"0.0.0.0": HERE, "::": "::1"}  # noqa: S104 (who listens everywhere is reached at home)


class NoPort(RuntimeError):
    """The wished port is taken, or its address is none of ours: one line that says what to write."""


def origin(bind: str, port: int) -> str:
    """Where a process that listens there is reached from this machine."""
    host = ALL.get(bind, bind)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Ports:
    """Hands out ports; one that was handed out is taken, though nobody listens there yet."""

    def __init__(self, given: dict[str, str], log: Log) -> None:
        self._given, self._log, self._taken = given, log, set[int]()

    def pick(self, name: str, usual: int, bind: str = HERE) -> int:
        """The port that variable `name` asks for, which must be free; else the usual one or one of the next twenty. Raises NoPort."""
        wished = self._given.get(name)
        if wished and not (wished.isdecimal() and 0 < int(wished) < 65536):
            raise NoPort(f"{name} is no port between 1 and 65535. Write {name}={usual}")
        first = int(wished or usual)
        for port in [first] if wished else range(first, first + 20):
            if port not in self._taken and _free(bind, port):
                self._taken.add(port)
                if port != first:
                    self._log.say("up", f"port {first} is taken, using {port}")
                return port
        raise NoPort(f"port {first} is taken. Free it, or write another: {name}={first + 100}")


def _free(bind: str, port: int) -> bool:
    """Whether nobody listens there. Raises NoPort where we could not listen on any port."""
    try:
        family, kind, _protocol, _name, address = socket.getaddrinfo(bind, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # as the web process will
            probe.bind(address)
    except OSError as why:
        if isinstance(why, socket.gaierror) or why.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
            raise NoPort(f"BIND: {bind} is no address of this machine ({why.strerror}). Write BIND={HERE}") from None
        return False
    return True
