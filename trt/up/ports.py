"""Ports: the usual ones, or the next free where nobody asked for these very ones; and the address that goes with one.

A port is ours from the moment it is found: the socket listens from then on, and is handed to the process that answers there.
So two that start at once never find the same one, and whoever calls while that process starts again waits instead of being refused.
"""

import errno
import socket
from typing import Any, Final

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
    """Listens on ports, by the names of the variables that may ask for them."""

    def __init__(self, given: dict[str, str], log: Log) -> None:
        self._given, self._log = given, log

    def listen(self, name: str, usual: int, bind: str = HERE) -> socket.socket:
        """On the port that variable `name` asks for, which must be free; else on the usual one or one of the next twenty. Raises NoPort."""
        wished = self._given.get(name)
        if wished and not (wished.isdecimal() and 0 < int(wished) < 65536):
            raise NoPort(f"{name} is no port between 1 and 65535. Write {name}={usual}")
        first = int(wished or usual)
        for port in [first] if wished else range(first, first + 20):
            if listener := _listener(bind, port):
                if port != first:
                    self._log.say("up", f"port {first} is taken, using {port}")
                return listener
        raise NoPort(f"port {first} is taken. Free it, or write another: {name}={first + 100}")


def port_of(listener: socket.socket) -> int:
    """Where it listens."""
    port: int = listener.getsockname()[1]
    return port


def _listener(bind: str, port: int) -> socket.socket | None:
    """Listens there; None if another does. Raises NoPort where we could not listen on any port."""
    try:
        family, kind, _protocol, _name, address = socket.getaddrinfo(bind, port, type=socket.SOCK_STREAM)[0]
        return _listening(socket.socket(family, kind), address)
    except OSError as why:
        if isinstance(why, socket.gaierror) or why.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
            raise NoPort(f"BIND: {bind} is no address of this machine ({why.strerror}). Write BIND={HERE}") from None
        return None


def _listening(listener: socket.socket, address: Any) -> socket.socket:
    """The same, listening there. Raises OSError, with it closed."""
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if listener.family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen()  # where two have bound it at once, the kernel refuses the second here
    except OSError:
        listener.close()
        raise
    return listener
