"""The three ways into the inbox: the rule itself, the Ninja endpoint, and the lane over a real socket."""

import http.client
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.test import Client

from bot import inbox
from reliability import counts as our_counts
from trt.lane import App, Lane

TYPE, SECRET = "content-type", inbox.SECRET_HEADER
GENUINE = {TYPE: "application/json", SECRET: settings.WEBHOOK_SECRET_TOKEN}


@dataclass(frozen=True)
class Reply:
    """What the door answered; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def through_accept(path: str, headers: Mapping[str, str], body: bytes) -> Reply:
    answer = inbox.accept(path, {name.lower(): value for name, value in headers.items()}, body)
    return Reply(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.body)


def through_endpoint(path: str, headers: Mapping[str, str], body: bytes) -> Reply:
    given = {TYPE: ""} | {name.lower(): value for name, value in headers.items()}
    answer = Client().generic("POST", f"/webhook/{path}", body, headers=given)
    return Reply(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content)


class LaneServer:
    """uvicorn, as `up` starts it, in a thread: the lane, and Django behind it."""

    def __init__(self, app: App | None = None) -> None:
        self.lane = Lane(app or ASGIHandler())
        config = uvicorn.Config(
            self.lane, port=0, http="httptools", loop="uvloop", lifespan="off", log_config=None, access_log=False
        )
        self.server = uvicorn.Server(config)

    @contextmanager
    def running(self) -> Iterator["LaneServer"]:
        thread = threading.Thread(target=self.server.run, name="lane")
        thread.start()
        while not self.server.started and thread.is_alive():
            thread.join(0.01)
        try:
            self.port = self.server.servers[0].sockets[0].getsockname()[1]
            yield self
        finally:
            self.server.should_exit = True
            thread.join(20)
            self.lane.close()

    def post(self, path: str, headers: Mapping[str, str], body: bytes, **how: object) -> Reply:
        return self.request("POST", f"/webhook/{path}", headers, body, **how)

    def request(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"", **how: object) -> Reply:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, target, body, dict(headers), **how)
            answer = connection.getresponse()
            return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()


def counts() -> Counter[str]:
    """What this process has counted up to now."""
    return Counter(our_counts.mine.snapshot())
