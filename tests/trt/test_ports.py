"""Where the web process listens, and where it is reached then."""

import socket
import sys

import pytest

from trt.up.log import Log
from trt.up.ports import NoPort, Ports, origin


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
def ports():
    """Ports, with this very one wished."""
    return lambda port: Ports({"PORT": str(port)}, Log(sys.stdout))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have one address at home")
def test_a_port_is_free_or_taken_at_the_address_that_is_listened_on(ports):
    with socket.create_server(("127.0.0.2", 0)) as taken:
        port = taken.getsockname()[1]
        assert ports(port).pick("PORT", 8080, "127.0.0.3") == port
        for bind in ("127.0.0.2", "0.0.0.0"):
            with pytest.raises(NoPort, match=f"port {port} is taken"):
                ports(port).pick("PORT", 8080, bind)


@pytest.mark.parametrize("bind", ["203.0.113.7", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_said_to_be_that(ports, bind):
    with pytest.raises(NoPort, match=f"BIND: {bind} is no address of this machine .* Write BIND=127.0.0.1"):
        ports(8080).pick("PORT", 8080, bind)
