"""One request to a provider: what it answers, and how little it can do to us when it misbehaves."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from payments.providers import Unavailable, wire

SECRET = "Basic c2VjcmV0LWtleQ=="


class Odd(BaseHTTPRequestHandler):
    """A peer with a habit for each path."""

    paces = threading.Event()

    def do_GET(self) -> None:
        body = {
            "/list": b"[]",
            "/html": b"<html>",
            "/deep": b"[" * 100_000,
            "/large": b'{"a": "' + b"x" * 3000 + b'"}',
            "/drips": b"x" * 1000,
        }.get(self.path, b"{}")
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", "/echo")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self._write(body, at_a_time=1 if self.path == "/drips" else len(body))

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"headers": dict(self.headers), "body": json.loads(said)}).encode()
        self.send_response(402)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _write(self, body: bytes, at_a_time: int) -> None:
        for start in range(0, len(body), at_a_time):
            try:
                self.wfile.write(body[start : start + at_a_time])
            except OSError:  # the caller has had enough
                return
            if at_a_time < len(body):
                self.paces.wait(0.02)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests speak through their assertions."""


@pytest.fixture(scope="module")
def peer() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Odd) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def ask(url: str, method: str = "GET", **what: Any) -> tuple[int, dict[str, Any]]:
    return wire.ask("odd", method, url, headers={"Authorization": SECRET}, **what)


def test_an_answer_is_its_status_and_its_object_whatever_it_says(peer):
    status, said = ask(f"{peer}/echo", "POST", body={"amount": "12.50"})
    assert (status, said["body"], said["headers"]["Authorization"]) == (402, {"amount": "12.50"}, SECRET)


@pytest.mark.parametrize("path", ["/list", "/html", "/deep"])
def test_what_is_no_object_is_no_answer(peer, path):
    with pytest.raises(Unavailable, match="no JSON object"):
        ask(peer + path)


def test_a_redirect_is_not_followed_with_our_key(peer):
    assert ask(f"{peer}/moved") == (302, {})


def test_an_endless_answer_is_cut_off(peer, monkeypatch):
    monkeypatch.setattr(wire, "MAX_BYTES", 1000)
    with pytest.raises(Unavailable, match="no answer"):
        ask(f"{peer}/large")


def test_one_that_drips_is_cut_off_at_the_limit(peer, monkeypatch):
    monkeypatch.setattr(wire, "TOTAL_S", 0.3)  # all of it would take twenty seconds
    with pytest.raises(Unavailable, match="no answer: ReadTimeout"):
        ask(f"{peer}/drips")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v3?key=secret-key", "nonsense://secret-key", "http://[secret-key"])
def test_what_cannot_be_reached_says_so_without_its_address(url):
    with pytest.raises(Unavailable) as trouble:
        ask(url)
    chain = repr(trouble.value) + repr(trouble.value.__cause__) + repr(trouble.value.__context__)
    assert "secret" not in chain
    assert "no answer" in chain


@pytest.mark.parametrize(
    ("text", "minor"), [("12.50", 1250), ("1", 100), ("0.01", 1), ("0.019", 1), ("49999.99", 4999999), ("0", 0)]
)
def test_amounts_are_whole_and_never_rounded_up(text, minor):
    assert wire.minor(text) == minor
    assert wire.minor(wire.major(minor)) == minor


@pytest.mark.parametrize("odd", ["", "-1", "1e5", "NaN", "Infinity", "1,5", " 1", "١٢", 12.5, 12, None, "1" * 20])
def test_what_is_no_amount_is_refused(odd):
    with pytest.raises(ValueError, match="an amount is a text"):
        wire.minor(odd)
