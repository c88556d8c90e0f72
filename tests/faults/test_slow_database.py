"""/health and /metrics of a real web process over a PostgreSQL of its own that is stopped, gone, locked, or hangs in a statement."""

import itertools
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families as families

from tests.e2e.stack import free_port, until
from tests.trt.conftest import Running, run
from trt import postgres
from trt.testing import ENVIRONMENT

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.xdist_group("slow database"), pytest.mark.timeout(180)]
__all__ = ["run"]
PATIENCE_S = 3.0  # the client's: a hung answer would take minutes, an answer in time less than one


class Web:
    """The process and its database."""

    def __init__(self, home: Path) -> None:
        self.home, self.port, self.ids = home, free_port(), itertools.count(1)
        environment = dict(os.environ) | {"TRT_HOME": str(home), "PYTHONUNBUFFERED": "1"}
        prepare = Running([sys.executable, "manage.py", "prepare"], environment)
        assert prepare.exit_code() == 0, prepare.said
        uvicorn = [
            sys.executable,
            "-m",
            "uvicorn",
            "trt.asgi:application",
            "--port",
            str(self.port),
            "--lifespan",
            "on",
        ]
        self.process = Running(uvicorn, environment)
        until(lambda: self.status("/health/live") == 200, "the web process is up")

    def get(self, path: str) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE_S)

    def status(self, path: str) -> int:
        try:
            return self.get(path).status_code
        except requests.ConnectionError:
            return 0

    def health(self) -> tuple[int, dict]:
        answer = self.get("/health")
        return answer.status_code, answer.json()

    def health_status(self) -> int:
        status, report = self.health()
        return 0 if report["status"] == "down" else status

    def ready_status(self) -> int:
        return self.status("/health/ready")

    def admin_status(self) -> int:
        """A page behind the log-in: the session is looked up before one is sent to it."""
        cookies = {"sessionid": "a" * 32}
        return requests.get(f"http://127.0.0.1:{self.port}/admin/", cookies=cookies, timeout=PATIENCE_S).status_code

    def delivered(self) -> int:
        """An update, by the webhook."""
        update = {
            "update_id": next(self.ids),
            "message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}},
        }
        headers = {"X-Telegram-Bot-Api-Secret-Token": ENVIRONMENT["WEBHOOK_SECRET_TOKEN"]}
        url = f"http://127.0.0.1:{self.port}/webhook/{ENVIRONMENT['WEBHOOK_SECRET_PATH']}"
        return requests.post(url, json=update, headers=headers, timeout=PATIENCE_S).status_code

    def metric(self, name: str) -> list[float]:
        page = self.get("/metrics")
        assert page.status_code == 200
        return [sample.value for family in families(page.text) for sample in family.samples if sample.name == name]

    def is_well(self) -> None:
        """Again, without a restart."""
        until(lambda: self.status("/health/ready") == 200, "it is ready")
        until(lambda: self.reasons() <= {"no bot process holds the lease", "no worker runs"}, "nothing else is amiss")

    def reasons(self) -> set[str]:
        return set(self.health()[1]["reasons"])

    def owner(self) -> psycopg.Connection:
        return psycopg.connect(postgres.url(self.home, postgres.OWNER))


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Web]:
    home = tmp_path_factory.mktemp("slow") / "home"
    with postgres.running(home, fast=True):
        web = Web(home)
        yield web
        web.process.end()
    shutil.rmtree(postgres.data_dir(home), ignore_errors=True)


@pytest.fixture
def web(served: Web) -> Iterator[Web]:
    """In good health before and after."""
    served.is_well()
    yield served
    served.is_well()


@contextmanager
def stopped(home: Path) -> Iterator[None]:
    """Every process of the server, by SIGSTOP: its sockets accept and nobody answers."""
    postmaster = psutil.Process(postgres.postmaster(home))
    frozen = [postmaster, *postmaster.children(recursive=True)]
    for process in frozen:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in frozen:
            process.send_signal(signal.SIGCONT)


def test_a_stopped_server_is_said_to_be_silent_however_many_ask(web):
    with stopped(web.home):
        with ThreadPoolExecutor(20) as probes:
            answers = list(probes.map(lambda path: web.get(path), ["/health", "/health/ready"] * 10))

        assert {answer.status_code for answer in answers} == {503}
        assert all("does not answer" in answer.json()["reasons"][0] for answer in answers)
        assert answers[0].json()["status"] == "down"
        assert "received" in answers[0].json()["counters"]  # what this process knows without it
        assert web.metric("trt_database_up") == [0]
        assert web.metric("trt_updates_received_total") == []
        assert web.status("/health/live") == 200
    web.is_well()
    with web.owner() as owner:
        asking = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
        assert owner.execute(asking, [postgres.APP]).fetchone()[0] <= 6  # no probe has left a connection behind


def test_a_server_that_is_gone_is_said_to_be_away_and_its_return_is_seen(web):
    postgres.stop(web.home)
    try:
        status, report = web.health()
        assert (status, report["status"]) == (503, "down")
        assert "away" in report["reasons"][0]
        assert web.metric("trt_database_up") == [0]
    finally:
        postgres.start(web.home, fast=True)


def test_after_a_killed_server_is_back_nobody_meets_a_connection_that_died_with_it(web):
    doors = [web.health_status, web.ready_status, web.delivered, web.admin_status] * 6
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda door: door(), doors)) == {200}  # the connections are made
        kill(web.home)
        postgres.start(web.home, fast=True)
        assert set(threads.map(lambda door: door(), doors)) == {200}


def test_bot_and_worker_say_once_that_the_server_has_gone_and_once_that_it_is_back(web, run):
    environment = {"TRT_HOME": str(web.home), "PYTHONUNBUFFERED": "1"}
    bot, worker = (run("manage.py", command, **environment) for command in ("bot", "qcluster"))
    bot.line_with("lease.taken")
    worker.line_with("worker.started")
    until(lambda: not web.reasons(), "both are at work")
    for absence in (1, 2):
        kill(web.home)
        bot.line_with("database.away")
        worker.line_with("database.away")
        postgres.start(web.home, fast=True)
        bot.line_with("database.back")
        worker.line_with("database.back")
        until(lambda: not web.reasons(), "both are at work again")
        assert sum("database.away" in said for said in bot.said) == absence
    for process in (bot, worker):
        assert not [said for said in process.said if "Traceback" in said or "reincarnated" in said]
        process.popen.send_signal(signal.SIGTERM)
        assert process.exit_code() == 0


def kill(home: Path) -> None:
    """The whole server, with -9."""
    postmaster = psutil.Process(postgres.postmaster(home))
    family = [postmaster, *postmaster.children(recursive=True)]
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=30)


@pytest.mark.parametrize(("table", "status", "said"), [("kie_job", 200, "jobs"), ("bot_update", 503, "updates")])
def test_a_locked_table_is_named_and_only_that_of_updates_means_down(web, table, status, said):
    with web.owner() as owner:
        (waiting,) = owner.execute("SELECT count(*) FROM bot_update WHERE state = 'new'").fetchone()
        owner.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        code, report = web.health()
        assert (code, report["status"]) == (status, "degraded" if status == 200 else "down")
        assert any(said in reason for reason in report["reasons"]), report["reasons"]
        if status == 200:
            assert report["queue_depth"] == waiting  # what was asked before is told
        owner.rollback()


HANGS = """CREATE FUNCTION hangs() RETURNS SETOF kie_job_itself LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_sleep(600); END'"""  # beside an empty table a planner may leave a sleep out


def test_a_statement_that_hangs_is_named_then_given_up_and_the_rest_is_told(web):
    with web.owner() as owner:
        owner.execute("ALTER TABLE kie_job RENAME TO kie_job_itself")
        owner.execute(HANGS)
        owner.execute("CREATE VIEW kie_job AS SELECT * FROM hangs()")
        owner.commit()
        try:
            assert any("about jobs" in reason for reason in web.reasons())
            until(lambda: "jobs cannot be read (QueryCanceled)" in web.reasons() | after(web), "it is given up")
        finally:
            owner.execute("DROP VIEW kie_job")
            owner.execute("DROP FUNCTION hangs")
            owner.execute("ALTER TABLE kie_job_itself RENAME TO kie_job")
            owner.commit()


def after(web: Web) -> set[str]:
    """What the next parts are known to be while the one that hung is given up."""
    unknown = web.health()[1].get("unknown", {})
    return {f"{part} cannot be read ({why})" for part, why in unknown.items()}
