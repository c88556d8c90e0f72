"""The worker's log: in English, only what an operator needs; tasks speak the bot's first language all the same."""

import signal

import pytest
from django.db import connection
from django_q.models import Success
from django_q.tasks import async_task

from tests.trt.conftest import run
from trt import postgres
from trt.env import HOME

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["run"]


@pytest.fixture
def cluster(run):
    """Starts the cluster on the test's own database, at a log level."""

    def _cluster(level: str):
        url = postgres.url(HOME, postgres.APP, connection.settings_dict["NAME"])
        worker = run("manage.py", "qcluster", DATABASE_URL=url, LOG_LEVEL=level)
        worker.line_with("worker.started")
        return worker

    return _cluster


def test_a_quiet_life_is_two_lines(cluster):
    worker = cluster("INFO")
    worker.popen.send_signal(signal.SIGTERM)
    worker.line_with("worker.stopped")
    assert worker.exit_code() == 0
    assert len(worker.said) == 2


def test_a_task_that_fails_is_told(cluster):
    worker = cluster("INFO")
    async_task("no.such.function")
    assert "[error" in worker.line_with("Failed 'no.such.function'")


def test_everything_is_told_in_english_while_debugging_and_tasks_speak_russian(cluster):
    worker = cluster("DEBUG")
    async_task("django.utils.translation.get_language", task_name="asks")
    worker.line_with("Processed 'django.utils.translation.get_language'")
    worker.popen.send_signal(signal.SIGTERM)
    worker.line_with("worker.stopped")
    assert Success.objects.get(name="asks").result == "ru"
    assert all(line.isascii() for line in worker.said), worker.said
