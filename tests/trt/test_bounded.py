"""Bodies over the limit of their path get 413 before they are read, declared or not; all others go through unchanged."""

import asyncio
import http.client
import json
import random
import select
import socket
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from django.core.handlers.asgi import ASGIHandler

from kie import callback
from tests.bot.doors import LaneServer
from tests.together import together
from trt import body
from trt.bounded import bounded, in_turn

pytestmark = pytest.mark.django_db(transaction=True)
JSON = {"content-type": "application/json"}


class Line:
    """A connection that has sent a head and no body yet."""

    def __init__(self, port: int, target: str, length: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        head = [f"POST {target} HTTP/1.1", "Host: x", "Content-Type: application/json", length]
        self.socket.sendall("\r\n".join(head).encode() + b"\r\n\r\n")

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def status(self) -> int:
        with http.client.HTTPResponse(self.socket) as answer:
            answer.begin()
            return answer.status

    def answer(self) -> tuple[int, str]:
        with http.client.HTTPResponse(self.socket) as answer:
            answer.begin()
            return answer.status, json.loads(answer.read())["error_code"]


@pytest.fixture(scope="module")
def web() -> Iterator[LaneServer]:
    with LaneServer(bounded(ASGIHandler())).running() as server:
        yield server


def path(signed: str = "") -> str:
    job = uuid.UUID(int=7)
    return f"/callbacks/kie/{job}/{signed or callback.signature(job)}"


def test_a_callback_of_a_megabyte_is_taken(web):
    content = b'{"taskId": "x", "more": "%s"}' % (b"y" * (callback.MAX_BYTES - 40))
    assert web.request("POST", path(), JSON, content).status == 200


@pytest.mark.parametrize("target", [path(), path("f" * 32), "/payments/stars/notice"], ids=["ours", "forged", "notice"])
def test_one_byte_more_is_refused_by_its_declaration(web, target):
    with Line(web.port, target, f"Content-Length: {callback.MAX_BYTES + 1}") as line:
        assert line.answer() == (413, "TOO_LARGE")


def test_an_endless_body_is_answered_at_the_limit_and_the_rest_left_unread(web):
    with Line(web.port, path(), "Transfer-Encoding: chunked") as line:
        for _ in range(callback.MAX_BYTES // 0x10000 + 1):
            line.socket.sendall(b"10000\r\n" + b"y" * 0x10000 + b"\r\n")
        assert line.answer() == (413, "TOO_LARGE")


def test_connections_that_send_no_body_keep_nobody_else_waiting():
    with LaneServer(bounded(in_turn(ASGIHandler(), at_once=2))).running() as server, ExitStack() as stack:
        silent = [stack.enter_context(Line(server.port, path(), "Content-Length: 7")) for _ in range(5)]
        silent[0].socket.sendall(b"{")

        assert server.request("POST", path(), JSON, b"{}").status == 200

        assert select.select([line.socket for line in silent], [], [], 0)[0] == []  # theirs is still awaited


def test_a_body_that_does_not_come_is_given_up(monkeypatch):
    monkeypatch.setattr(body, "PATIENCE_S", 0.1)
    with LaneServer(bounded(ASGIHandler())).running() as server:
        for sent in (b"", b"{"):
            with Line(server.port, path(), "Content-Length: 7") as line:
                line.socket.sendall(sent)
                assert line.answer() == (408, "TOO_SLOW")


def test_a_large_body_has_as_long_as_it_takes_and_comes_as_it_was_sent(monkeypatch):
    monkeypatch.setattr(body, "PATIENCE_S", 2.0)
    monkeypatch.setattr(body, "SLOWEST", 1)
    came = []

    async def django(scope, receive, send):
        more = True
        while more:
            message = await receive()
            came.append(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    content = random.Random(7).randbytes(3 * body.IN_MEMORY)
    with LaneServer(bounded(django)).running() as server:
        with Line(server.port, "/admin/", f"Content-Length: {len(content)}") as line:
            line.socket.sendall(content[:1000])
            with Line(server.port, "/admin/", "Content-Length: 7") as silent:
                assert silent.answer()[0] == 408  # so long have both been
            line.socket.sendall(content[1000:])
            assert line.status() == 200
        assert server.request("POST", "/admin/", JSON, b"").status == 200
    assert b"".join(came) == content


def test_of_large_bodies_few_are_taken_at_once_and_small_ones_always(monkeypatch):
    monkeypatch.setattr(body, "LARGE_AT_ONCE", 1)
    with LaneServer(bounded(ASGIHandler())).running() as server:
        with Line(server.port, "/nowhere", "Content-Length: 1000000") as line:
            line.socket.sendall(b"y" * (body.IN_MEMORY + 1))
            large = b"y" * (body.IN_MEMORY + 1)
            while (refused := server.request("POST", "/nowhere", JSON, large)).status == 404:
                """Until the server has read what the first has sent."""
            assert (refused.status, refused.headers["retry-after"]) == (503, "1")
            assert server.request("POST", path(), JSON, b"{}").status == 200
        while server.request("POST", "/nowhere", JSON, large).status == 503:
            """Until it has noticed that the first has left."""


def test_elsewhere_the_limit_is_the_admins(web):
    assert web.request("POST", "/nowhere", JSON, b"y" * (callback.MAX_BYTES + 1)).status == 404


def test_of_many_at_once_so_many_are_in_django_and_all_are_answered():
    seen, all_have_come = Counter(), asyncio.Event()

    async def django(scope, receive, send):
        seen["now"] += 1
        seen["most"] = max(seen["most"], seen["now"])
        await all_have_come.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
        seen["now"] -= 1

    turns = in_turn(django, at_once=3)

    async def door(scope, receive, send):
        seen["come"] += 1
        if seen["come"] == 24:
            all_have_come.set()
        await turns(scope, receive, send)

    with LaneServer(door).running() as server:
        answers = together(24, lambda _n: server.request("GET", "/payments/bank/notice", {}).status)
    assert (answers, seen["most"]) == ([200] * 24, 3)


def test_who_would_make_too_long_a_queue_is_asked_to_come_again_and_probes_are_answered_all_the_same():
    come_in, go_on = threading.Event(), threading.Event()

    async def stuck(scope, receive, send):
        if scope["path"] == "/stuck":
            come_in.set()
            await asyncio.to_thread(go_on.wait)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    with LaneServer(in_turn(stuck, at_once=1, most_waiting=0)).running() as server, ThreadPoolExecutor() as pool:
        first = pool.submit(lambda: server.request("GET", "/stuck", {}).status)
        come_in.wait()
        assert server.request("GET", "/health", {}).status == 200
        refused = server.request("GET", "/admin/", {})
        go_on.set()
        assert (refused.status, refused.headers["retry-after"], first.result()) == (503, "1", 200)
