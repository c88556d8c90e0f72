"""Where the web process listens, and where it is reached then."""

import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from trt.up.log import Log
from trt.up.ports import NoPort, Ports, origin, port_of


@pytest.mark.parametrize(
    ("bind", "reached"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("192.0.2.7", "http://192.0.2.7:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),
        ("::", "http://[::1]:8080"),
        ("fd00::7", "http://[fd00::7]:8080"),
        ("localhost", "http://localhost:8080"),
    ],
)
def test_who_listens_everywhere_is_reached_at_home_and_who_listens_somewhere_there(bind, reached):
    assert origin(bind, 8080) == reached


@pytest.fixture
def listen():
    """Listens on the port that `PORT` wishes, until the test is over."""
    with ExitStack() as held:
        yield lambda bind, **wished: held.enter_context(Ports(wished, Log(sys.stdout)).listen("PORT", 8080, bind))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have one address at home")
def test_a_port_is_free_or_taken_at_the_address_that_is_listened_on(listen):
    with socket.create_server(("127.0.0.2", 0)) as taken:
        port = taken.getsockname()[1]
        assert port_of(listen("127.0.0.3", PORT=str(port))) == port
        for bind in ("127.0.0.2", "0.0.0.0"):
            with pytest.raises(NoPort, match=f"port {port} is taken"):
                listen(bind, PORT=str(port))


@pytest.mark.parametrize("bind", ["203.0.113.7", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_said_to_be_that(listen, bind):
    with pytest.raises(NoPort, match=f"BIND: {bind} is no address of this machine .* Write BIND=127.0.0.1"):
        listen(bind)


def test_those_who_look_for_a_port_at_the_same_moment_find_one_each(listen):
    at_once = threading.Barrier(8)

    def look(_: int) -> int:
        at_once.wait(10)
        return port_of(listen("127.0.0.1"))

    with ThreadPoolExecutor(8) as crowd:
        found = [*crowd.map(look, range(8))]
    assert len({*found}) == 8
