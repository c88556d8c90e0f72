"""A database that answers and takes no update: /health and /health/ready say so, and say when it is over, without another post."""

from datetime import timedelta

import pytest
from django.db import connection
from structlog.testing import capture_logs

from bot import backlog, inbox
from bot.models import Update
from reliability import clock
from tests.bot.test_inbox_batches import incoming, planted
from tests.trt.test_metrics import console, counted
from trt.console import facts, health

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("counted")]
__all__ = ["console", "counted", "planted"]

FULL = "RAISE 'no space left on device' USING ERRCODE = '53100';"


@pytest.fixture(autouse=True)
def fresh_backlog(monkeypatch) -> None:
    monkeypatch.setattr(inbox, "backlog", backlog.Backlog())


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def post(number: int) -> int:
    (answer,) = inbox.keep(incoming(number))
    return answer.status


@pytest.fixture(params=["DiskFull", "NumericValueOutOfRange", "InsufficientPrivilege"])
def fault(request, planted) -> str:
    """INSERT fails and reading works. Its kind."""
    match request.param:
        case "DiskFull":
            planted(FULL)
        case "NumericValueOutOfRange":
            planted("RAISE 'bigint out of range' USING ERRCODE = '22003';")
        case "InsufficientPrivilege":
            sql("REVOKE INSERT ON bot_update FROM CURRENT_USER")
    return request.param


@pytest.fixture(autouse=True)
def mended():
    """At once, for a test; and for all that come after it."""

    def mend() -> None:
        sql("DROP FUNCTION IF EXISTS planted CASCADE; GRANT INSERT ON bot_update TO CURRENT_USER")

    yield mend
    mend()


def test_it_is_down_and_not_ready_until_an_update_could_be_stored_again(client, fault, mended):
    assert post(1) == 503

    answer, says = client.get("/health"), f"updates cannot be stored ({fault})"
    told = answer.json()
    assert (answer.status_code, told["status"], told["reasons"][0], told["queue_depth"]) == (503, "down", says, 0)
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()) == (503, {"status": "not ready", "reasons": [says]})

    mended()
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["not_stored"]) == (200, "")
    assert client.get("/health/ready").status_code == 200
    assert not Update.objects.exists()  # of what was tried out


def test_who_only_asks_makes_nobody_write(client, planted):
    planted("PERFORM nextval('planted_times');")

    assert client.get("/health/ready").status_code == 200
    client.get("/health")

    with connection.cursor() as cursor:
        cursor.execute("SELECT is_called FROM planted_times")
        assert cursor.fetchone() == (False,)


def test_an_hour_after_the_last_refusal_posts_are_let_in_to_find_out(client, fault):
    assert post(1) == 503
    with clock.moved(timedelta(seconds=facts.TRIED_S + 1)):
        assert client.get("/health/ready").status_code == 200
        assert post(1) == 503
        assert client.get("/health/ready").status_code == 503


def test_one_update_that_the_database_does_not_take_is_not_all_of_them(client, planted):
    planted("IF NEW.update_id = 1 THEN RAISE 'not this one' USING ERRCODE = '22000'; END IF;")
    assert post(1) == 503
    assert client.get("/health/ready").status_code == 200
    assert health.report()["not_stored"] == ""


def test_a_full_inbox_is_ready(client, settings):
    settings.INBOX_CAPACITY = 1
    assert [post(number) for number in (1, 2)] == [200, 503]
    assert client.get("/health/ready").status_code == 200
    assert health.report()["status"] == "degraded"


def test_an_insert_that_hangs_is_down_though_reading_works(client, monkeypatch):
    inbox.refused(503, "the database does not answer")
    monkeypatch.setattr(health, "PATIENCE_S", 0.5)
    with connection.get_new_connection(connection.get_connection_params()) as other:
        other.execute("LOCK TABLE bot_update IN SHARE MODE")  # as who builds an index
        told = client.get("/health").json()
        assert client.get("/health/ready").status_code == 503
    assert (told["status"], told["reasons"]) == ("down", ["the database does not answer within 0.5 s (storing)"])


def test_a_full_disk_does_not_flap_in_the_log(client, planted):
    planted(FULL)
    with capture_logs() as lines:
        for number in range(3):
            assert post(number) == 503
            client.get("/health/ready")
    assert {line["event"] for line in lines if line["event"].startswith("database.")} == {"database.trouble"}
