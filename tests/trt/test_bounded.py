"""Bodies over the limit of their path get 413 before they are read, declared or not; all others go through unchanged."""

import asyncio
import http.client
import json
import socket
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.handlers.asgi import ASGIHandler

from kie import callback
from tests.bot.doors import LaneServer
from tests.together import together
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
    body = b'{"taskId": "x", "more": "%s"}' % (b"y" * (callback.MAX_BYTES - 40))
    assert web.request("POST", path(), JSON, body).status == 200


@pytest.mark.parametrize("target", [path(), path("f" * 32), "/payments/stars/notice"], ids=["ours", "forged", "notice"])
def test_one_byte_more_is_refused_by_its_declaration(web, target):
    with Line(web.port, target, f"Content-Length: {callback.MAX_BYTES + 1}") as line:
        assert line.answer() == (413, "TOO_LARGE")


def test_an_endless_body_is_answered_at_the_limit_and_the_rest_left_unread(web):
    with Line(web.port, path(), "Transfer-Encoding: chunked") as line:
        for _ in range(callback.MAX_BYTES // 0x10000 + 1):
            line.socket.sendall(b"10000\r\n" + b"y" * 0x10000 + b"\r\n")
        assert line.answer() == (413, "TOO_LARGE")


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
