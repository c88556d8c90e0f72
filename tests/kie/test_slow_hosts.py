"""Hosts that send a byte now and then, so that no time-out of a socket ever comes: the whole exchange has its time."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

import pytest
from requests_hardened import ip_filter_adapter

from kie import fetch, results, sources
from tests.kie.at_work import HELD, ending, money, order, work
from tests.kie.test_uploads import a_picture
from tests.serving import Quiet, serving

Act = Callable[[BaseHTTPRequestHandler], None]
MOST = 1_000_000


def _drips(handler: BaseHTTPRequestHandler) -> None:
    while not threading.Event().wait(0.02):
        handler.wfile.write(b"x")  # raises once the other side has cut
        handler.wfile.flush()


def headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drips(handler)


def body(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    _drips(handler)


def body_of_no_length(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    _drips(handler)


def silence(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.recv(1)  # until the other side goes away


def much_of_no_length(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + a_picture().ljust(fetch.HEAD_BYTES))
    _drips(handler)


class Host:
    """A host that does to whoever asks what the test says."""

    def __init__(self, act: Act) -> None:
        self.act, self.let_go, self.origin = act, threading.Semaphore(0), ""


@pytest.fixture
def host(request, settings) -> Iterator[Host]:
    """On the origin of a configured peer, so that links may lead to it."""
    host = Host(getattr(request, "param", silence))

    class Serve(Quiet):
        def do_GET(self) -> None:
            try:
                with suppress(OSError):
                    host.act(self)
            finally:
                host.let_go.release()

    with serving(Serve) as host.origin:
        settings.KIE_UPLOAD_URL = host.origin
        yield host


slow = pytest.mark.parametrize("host", [silence, headers, body, body_of_no_length], indirect=True)


@slow
@pytest.mark.parametrize("peer", [True, False], ids=["a peer", "a stranger"])
def test_a_file_that_does_not_come_in_time_is_away(host, monkeypatch, peer):
    monkeypatch.setattr(ip_filter_adapter, "filter_host", lambda hostname, port, *, allow_loopback: hostname)

    with pytest.raises(fetch.Away):
        fetch.whole(f"{host.origin}/a", most_bytes=MOST, peer=peer, until=time.monotonic() + 0.2)

    assert host.let_go.acquire(timeout=10)


@slow
def test_a_slow_link_holds_no_worker_and_is_looked_at_again(db, on_sale, kie, host, monkeypatch):
    monkeypatch.setattr(sources, "LINKS_S", 0.2)
    link = f"{host.origin}/cat.jpg"
    job = order(model="google/nano-banana-edit", input={"prompt": "A hat for a snail", "image_urls": [link]})

    work()

    assert (ending(job), money(job)) == (("queued", ""), HELD)


@pytest.mark.parametrize("host", [much_of_no_length], indirect=True)
def test_what_has_come_tells_what_it_is_though_its_size_is_not_counted_to_the_end(host):
    head = fetch.head(f"{host.origin}/a", most_bytes=100 * MOST, peer=True, until=time.monotonic() + 0.5)

    assert head.startswith(a_picture())


@pytest.mark.parametrize("host", [body_of_no_length], indirect=True)
def test_a_result_is_not_waited_for_for_ever(host, monkeypatch):
    monkeypatch.setattr(results, "WHOLE_S", 0.2)

    with pytest.raises(fetch.Away):
        results.whole(f"{host.origin}/r.mp4", most_bytes=MOST)


@pytest.mark.parametrize("host", [silence], indirect=True)
def test_a_line_to_the_public_leads_to_no_closed_address(host):
    with pytest.raises(fetch.Dead, match="InvalidIPAddress"):
        fetch.head(f"{host.origin}/a", most_bytes=MOST, peer=False, until=math.inf)

    assert not host.let_go.acquire(blocking=False)
