"""What nobody has caught is a line of the log like any other: in its form, without secrets; the exit code stays."""

import json

import pytest

from trt.testing import ENVIRONMENT

SECRET = ENVIRONMENT["WEBHOOK_SECRET_PATH"]
DIES = f"raise RuntimeError('no answer of /tg/{SECRET}')"
IN_A_THREAD = f"""
import threading
def work(): {DIES}
thread = threading.Thread(target=work, name='sender')
thread.start(), thread.join()
"""


@pytest.mark.parametrize(
    ("code", "exit_code", "event", "level"),
    [(DIES, 1, "process.died", "critical"), (IN_A_THREAD, 0, "thread.died", "error")],
)
def test_it_is_one_object_in_json(run, code, exit_code, event, level):
    process = run("manage.py", "shell", "-v", "0", "-c", code, LOG_FORMAT="json")

    line = json.loads(process.line_with(event))

    assert process.exit_code() == exit_code
    assert (line["event"], line["level"]) == (event, level)
    assert line["exception"].startswith("Traceback")
    assert line["exception"].endswith("RuntimeError: no answer of /tg/<secret>")
    assert len(process.said) == 1


def test_so_it_is_in_a_process_of_the_cluster(run):
    plant = f"""
from django.core.management import execute_from_command_line
from django_q import cluster
def guard(*given): {DIES}
cluster.Sentinel = guard
execute_from_command_line(["manage.py", "qcluster"])
"""
    process = run("manage.py", "shell", "-v", "0", "-c", plant, LOG_FORMAT="json")

    line = json.loads(process.line_with("process.died"))

    assert line["exception"].endswith("RuntimeError: no answer of /tg/<secret>")
    assert process.exit_code() == 1
    assert not [said for said in process.said if said.startswith(("Traceback", "Process "))]


def test_a_person_at_a_terminal_reads_it_as_ever(run):
    process = run("manage.py", "shell", "-v", "0", "-c", DIES, LOG_FORMAT="text")

    assert process.line_with("RuntimeError: ") == "RuntimeError: no answer of /tg/<secret>"
    assert process.exit_code() == 1
    assert "Traceback (most recent call last):" in process.said
