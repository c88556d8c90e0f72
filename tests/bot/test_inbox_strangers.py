"""Twenty thousand posts, forged, mutated and oversized, over a socket: strangers change nothing, nobody gets a 5xx."""

import json
import random
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy

import pytest
from django.conf import settings

from bot import inbox
from bot.models import Update
from tests.bot.doors import LaneServer, counts
from tests.bot.test_inbox import message

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

POSTS = 10_000  # of strangers, and as many with the genuine secret
SEED = 20_261_125
PATH, TOKEN = settings.WEBHOOK_SECRET_PATH, settings.WEBHOOK_SECRET_TOKEN
KINDS = ["message", "edited_message", "callback_query", "pre_checkout_query", "my_chat_member", "inline_query"]
VALUES = [None, True, 0, -1, 2**31, 2**63, 10**30, 1e308, "", "\x00", "\ud800", "я" * 500, [], {}, [[[]]], {"id": {}}]


class Post:
    """One HTTP request, genuine until it is mutated."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.path, self.token, self.method = PATH, TOKEN, "POST"
        self.headers = {"Host": "x", "Content-Type": "application/json"}
        content = message(chance.randrange(1, 5_000), chat=chance.randrange(1, 50))
        if chance.random() < 0.5:
            content[chance.choice(KINDS)] = content.pop("message")
        self.update = content
        self.body = json.dumps(content, ensure_ascii=chance.random() < 0.5).encode(errors="surrogatepass")

    def bytes(self) -> bytes:
        headers = self.headers | {"X-Telegram-Bot-Api-Secret-Token": self.token, "Content-Length": str(len(self.body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{self.method} /webhook/{self.path} HTTP/1.1\r\n{head}\r\n".encode("latin-1", "replace") + self.body


def flip(data: bytes, chance: random.Random) -> bytes:
    """One to eight bits of it turned over."""
    mutable = bytearray(data)
    for _ in range(chance.randrange(1, 9)):
        if mutable:
            mutable[chance.randrange(len(mutable))] ^= 1 << chance.randrange(8)
    return bytes(mutable)


def another_value(post: Post) -> None:
    """A value of the update, at any depth, is something else."""
    places: list[tuple[dict, str]] = []

    def walk(inside: dict) -> None:
        for name, value in inside.items():
            places.append((inside, name))
            if isinstance(value, dict):
                walk(value)

    walk(post.update)
    for _ in range(post.chance.randrange(1, 4)):
        inside, name = post.chance.choice(places)
        inside[name] = deepcopy(post.chance.choice(VALUES))
    post.body = json.dumps(post.update).encode()


def bits(post: Post) -> None:
    post.body = flip(post.body, post.chance)


def cut(post: Post) -> None:
    post.body = post.body[: post.chance.randrange(len(post.body) + 1)]


def doubled(post: Post) -> None:
    post.body *= post.chance.randrange(2, 4)


def content_type(post: Post) -> None:
    kinds = ["", "text/plain", "application/json; charset=koi8-r", "application/JSON", "multipart/form-data", "\xff"]
    post.headers["Content-Type"] = post.chance.choice(kinds)


def encoding(post: Post) -> None:
    post.body = post.body.decode(errors="replace").encode(
        post.chance.choice(["utf-16", "utf-32", "utf-8-sig", "utf-7"])
    )


def size(post: Post) -> None:
    room = post.chance.choice([inbox.MAX_BYTES - 1000, inbox.MAX_BYTES + 1]) if post.chance.random() < 0.05 else 5_000
    post.body += b" " * room


def deep(post: Post) -> None:
    post.body = b'{"update_id": 1, "message": ' + b"[" * post.chance.randrange(20_000)


def extra_headers(post: Post) -> None:
    names = ["X-Forwarded-For", "Transfer-Encoding-X", "Expect-X", "Cookie", "Content-Encoding", "X" * 300]
    post.headers[post.chance.choice(names)] = post.chance.choice(["gzip", "1", "é" * 50, ""])


MUTATIONS = [another_value, another_value, bits, cut, doubled, content_type, encoding, size, deep, extra_headers]


def forged(post: Post) -> None:
    """Neither path nor secret may both be right any more."""
    chance = post.chance
    guess = chance.choice(
        [
            lambda genuine: "",
            lambda genuine: genuine[:-1],
            lambda genuine: genuine + "x",
            lambda genuine: genuine.swapcase(),
            lambda genuine: genuine + ", " + genuine,
            lambda genuine: "".join(chance.sample(genuine, len(genuine))),
            lambda genuine: (
                "".join(chr(chance.randrange(33, 127)) for _ in genuine).replace("?", "!").replace("#", "!")
            ),
        ]
    )
    which = chance.randrange(3)
    if which != 0:
        post.token = guess(TOKEN)
    if which != 1:
        post.path = guess(PATH).replace(" ", "%20")
    if chance.random() < 0.05:
        post.method = chance.choice(["GET", "PUT", "DELETE", "HEAD", "BREW"])


class Caller:
    """A keep-alive connection that is made anew whenever the server has had enough of it."""

    def __init__(self, port: int) -> None:
        self.port, self.socket = port, None

    def ask(self, data: bytes) -> int:
        """The status of the answer; 0 if the connection was closed without one."""
        try:
            return self._ask(data)
        except (ConnectionError, BrokenPipeError):
            self.close()
            return 0

    def throw(self, data: bytes) -> int:
        """The same where nobody knows what the server will take it for: no more is sent, and the line is left."""
        self.close()
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line, suppress(ConnectionError):
            line.sendall(data)
            with suppress(OSError):  # the server has left already
                line.shutdown(socket.SHUT_WR)
            answer = line.makefile("rb").readline()
            return int(answer[9:12] or 0)
        return 0

    def _ask(self, data: bytes) -> int:
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.socket.sendall(data)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        head, _, body = answer.partition(b"\r\n\r\n")
        length = next((int(its[15:]) for its in head.lower().split(b"\r\n") if its.startswith(b"content-length:")), 0)
        while len(body) < length and not data.startswith(b"HEAD"):
            body += self._more()
        if b"connection: close" in head.lower():
            self.close()
        return int(head[9:12])

    def _more(self) -> bytes:
        found = self.socket.recv(65536)
        if not found:
            raise ConnectionError
        return found

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
        self.socket = None


@pytest.fixture
def caller() -> Iterator[Caller]:
    with LaneServer().running() as server:
        caller = Caller(server.port)
        yield caller
        caller.close()


def test_strangers_change_nothing_whatever_they_post(caller):
    chance, statuses = random.Random(SEED), Counter()
    before = counts()
    for number in range(POSTS):
        post = Post(chance)
        forged(post)
        if chance.random() < 0.5:
            chance.choice(MUTATIONS)(post)
        data = post.bytes()
        if chance.random() < 0.1:  # the secret is wrong: no flipped bit makes it right
            head, blank, body = data.partition(b"\r\n\r\n")
            status = caller.throw(flip(head, chance) + blank + body)
        else:
            status = caller.ask(data)
        assert status < 500, (number, status, data[:500])
        statuses[status] += 1

    assert not Update.objects.exists()
    assert set(statuses) <= {0, 400, 404, 405}, statuses
    assert statuses[404] > POSTS / 2
    grown = counts() - before
    assert grown["received"] == grown["strangers"] >= statuses[404] * 0.9
    assert not grown["stored"] + grown["duplicate"] + grown["refused"]


def test_what_is_genuine_and_broken_is_stored_or_refused_and_never_an_error(caller):
    chance, statuses = random.Random(SEED + 1), Counter()
    before = counts()
    for number in range(POSTS):
        post = Post(chance)
        for _ in range(chance.randrange(1, 4)):
            chance.choice(MUTATIONS)(post)
        status = caller.ask(post.bytes())
        assert status in {200, 400, 413, 415}, (number, status, post.bytes()[:500])
        statuses[status] += 1

    grown = counts() - before
    assert grown["stored"] + grown["duplicate"] == statuses[200]
    assert Update.objects.count() == grown["stored"] > 1000
    assert min(statuses[status] for status in (200, 400, 413, 415)) > 10, statuses
