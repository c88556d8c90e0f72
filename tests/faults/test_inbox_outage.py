"""PostgreSQL is killed, stopped, frozen and started again under a running lane: never a 200 for what is not stored.

The web process is the real one, on a server of its own. Who delivers keeps the ids answered with 200 in this process, and
looks for each in the database at the end.
"""

import http.client
import itertools
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from bench import web
from bench.load import request
from tests.e2e.stack import free_port, until
from trt import postgres

pytestmark = [pytest.mark.faults, pytest.mark.long]
DELIVERERS = 4


class Telegram:
    """Delivers updates on a few connections, without end, and writes down what it was answered."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.ids = itertools.count(1)
        self.acknowledged: set[int] = set()
        self.answers: list[tuple[int, str | None]] = []  # status, Retry-After
        self.stop = threading.Event()

    def deliver(self) -> None:
        while not self.stop.is_set():
            update_id = next(self.ids)
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            head, _, body = request(update_id).partition(b"\r\n\r\n")
            lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
            connection.request("POST", head.decode().split()[1], body, lines)
            answer = connection.getresponse()
            self.answers.append((answer.status, answer.getheader("Retry-After")))
            if answer.status == 200:
                self.acknowledged.add(update_id)
            connection.close()

    def hears(self, status: int, times: int = 20) -> None:
        """Until it has been answered so, that many times from now."""
        seen = len(self.answers)
        until(lambda: sum(answer[0] == status for answer in self.answers[seen:]) >= times, f"{times} answers {status}")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with web.ground() as home:
        yield home


@pytest.fixture
def telegram(home) -> Iterator[Telegram]:
    """A delivery under way, and afterwards the judgement."""
    port = free_port()
    cores = os.sched_getaffinity(0)
    with web.serving(web.command(port), port, web.environment(home), cores, home / "log") as server:
        telegram = Telegram(port)
        threads = [threading.Thread(target=telegram.deliver) for _ in range(DELIVERERS)]
        for thread in threads:
            thread.start()
        try:
            telegram.hears(200)
            yield telegram
        finally:
            telegram.stop.set()
            for thread in threads:
                thread.join()
            postgres.start(home)
        assert server.poll() is None, "the web process has died"
    with psycopg.connect(postgres.url(home, postgres.APP)) as database:
        stored = {row[0] for row in database.execute("SELECT update_id FROM bot_update")}
        database.execute("DELETE FROM bot_update")
    assert telegram.acknowledged - stored == set()
    assert {status for status, _ in telegram.answers} == {200, 503}
    assert all(retry_after for status, retry_after in telegram.answers if status == 503)


def family(home: Path) -> list[psutil.Process]:
    """Every process of the server, its first one first."""
    first = psutil.Process(postgres.postmaster(home))
    return [first, *first.children(recursive=True)]


def test_a_killed_server(home, telegram):
    for process in family(home):
        process.kill()
    telegram.hears(503)
    postgres.start(home)
    telegram.hears(200)


def test_a_stopped_server(home, telegram):
    for _ in range(2):
        postgres.stop(home)
        telegram.hears(503)
        postgres.start(home)
        telegram.hears(200)


def test_a_frozen_server_is_waited_for_no_longer_than_our_own_patience(home, telegram):
    processes = family(home)
    for process in processes:
        process.suspend()
    try:
        telegram.hears(503, DELIVERERS)
    finally:
        for process in processes:
            process.resume()
    telegram.hears(200)


def test_backends_that_die_one_by_one(home, telegram):
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
    with psycopg.connect(postgres.url(home, "postgres"), autocommit=True) as admin:
        for _ in range(20):
            admin.execute(kill, [postgres.APP])
            telegram.hears(200, 5)
    postgres.stop(home)
    telegram.hears(503)
