"""The lane as a socket meets it: other methods, bodies in every form, who is refused before a body is read."""

import json
import socket
from collections.abc import Iterator

import pytest
from django.conf import settings

from bot import inbox
from bot.models import Update
from tests.bot.doors import GENUINE, SECRET, LaneServer
from tests.bot.test_inbox import message
from trt import lane as lanes

pytestmark = pytest.mark.django_db(transaction=True)

PATH = f"/webhook/{settings.WEBHOOK_SECRET_PATH}"
BODY = json.dumps(message()).encode()


@pytest.fixture(scope="module")
def lane() -> Iterator[LaneServer]:
    with LaneServer().running() as server:
        yield server


class Line:
    """A connection on which a test writes its own bytes."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.answers = self.socket.makefile("rb")

    def head(self, *more: str, path: str = PATH, token: str = settings.WEBHOOK_SECRET_TOKEN) -> None:
        lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", f"{SECRET}: {token}", *more]
        self.write("\r\n".join(lines).encode() + b"\r\n\r\n")

    def write(self, data: bytes) -> None:
        self.socket.sendall(data)

    def status(self) -> int:
        """Of the next answer, whose body must be empty."""
        first, length = self.answers.readline(), 0
        while (line := self.answers.readline().strip()) != b"":
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        assert self.answers.read(length) == b""
        return int(first.split()[1])


@pytest.fixture
def line(lane) -> Iterator[Line]:
    line = Line(lane.port)
    yield line
    line.answers.close()
    line.socket.close()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_only_post_delivers(lane, method):
    assert lane.request(method, PATH, GENUINE, BODY).status == 405
    assert not Update.objects.exists()


@pytest.mark.parametrize(
    "target", ["/webhook", "/webhook/", f"{PATH}/", f"/{PATH}", "/webhook/%ED%A0%80", f"{PATH}%00"]
)
def test_beside_the_path_nothing_is_found(lane, target):
    assert lane.request("POST", target, GENUINE, BODY).status == 404
    assert not Update.objects.exists()


def test_a_query_in_the_address_changes_nothing(lane):
    assert lane.request("POST", f"{PATH}?a=1", GENUINE, BODY).status == 200


def test_a_chunked_body_is_put_together(lane):
    parts = iter([BODY[:10], BODY[10:200], BODY[200:]])
    assert lane.request("POST", PATH, GENUINE, parts, encode_chunked=True).status == 200
    assert bytes(Update.objects.get().raw) == BODY


def test_a_chunked_body_that_is_too_large_is_refused_before_its_end(lane, line):
    line.head("Transfer-Encoding: chunked")
    part = b"x" * 100_000
    for _ in range(11):
        line.write(b"%x\r\n%s\r\n" % (len(part), part))
    assert line.status() == 413


def test_a_length_that_is_too_large_is_refused_before_the_body_comes(line):
    line.head("Content-Length: 1000001")
    assert line.status() == 413


def test_without_a_length_there_is_no_body(line):
    line.head()
    assert line.status() == 400


@pytest.mark.parametrize("sent", [b"", BODY[:-1]])
def test_a_body_that_does_not_come_is_given_up(line, monkeypatch, sent):
    monkeypatch.setattr(lanes, "PATIENCE_S", 0.1)
    line.head(f"Content-Length: {len(BODY)}")
    line.write(sent)
    assert line.status() == 408
    assert not Update.objects.exists()


@pytest.mark.parametrize("wrong", [{"path": "/webhook/guess"}, {"token": "guess"}])
def test_a_stranger_is_refused_before_the_body_comes_and_before_anything_is_parsed(line, monkeypatch, wrong):
    monkeypatch.setattr(inbox, "read", lambda _: pytest.fail("parsed"))
    line.head("Content-Length: 100", **wrong)
    assert line.status() == 404


def test_a_secret_that_comes_twice_fits_nothing(line):
    line.head(f"{SECRET}: {settings.WEBHOOK_SECRET_TOKEN}", f"Content-Length: {len(BODY)}")
    assert line.status() == 404


def test_after_a_refusal_the_connection_goes_on(line):
    for token, status in (("guess", 404), (settings.WEBHOOK_SECRET_TOKEN, 200)):
        line.head(f"Content-Length: {len(BODY)}", token=token)
        line.write(BODY)
        assert line.status() == status


def test_who_leaves_before_the_body_has_come_has_delivered_nothing(lane, line):
    line.head(f"Content-Length: {len(BODY)}")
    line.write(BODY[:-1])
    line.socket.shutdown(socket.SHUT_RDWR)

    assert lane.post(settings.WEBHOOK_SECRET_PATH, GENUINE, json.dumps(message(2)).encode()).status == 200
    assert list(Update.objects.values_list("update_id", flat=True)) == [2]
