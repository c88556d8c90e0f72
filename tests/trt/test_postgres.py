"""The embedded PostgreSQL: killed, shared, and with roles that may do no more than they must."""

import os
import signal
import sys
from pathlib import Path

import psycopg
import pytest

from trt import postgres
from trt.up.embedded import Embedded
from trt.up.log import Log
from trt.wheel import CannotStart

HOLD = """
import sys
from pathlib import Path
from trt import postgres
with postgres.running(Path(sys.argv[1]), fast=True):
    print("in", flush=True)
    sys.stdin.read()
"""

COLLECTS_NOBODY = """
import subprocess, sys
from trt.up import orphans
orphans.adopt()
sys.exit(subprocess.run([sys.executable, *sys.argv[1:]]).returncode)
"""
KILLED = """
import sys
from pathlib import Path
import psutil
from trt import postgres
from trt.up import orphans
home = Path(sys.argv[1])
if sys.argv[2] == "up":
    orphans.adopt()
with postgres.running(home, fast=True):
    killed = psutil.Process(postgres.postmaster(home))
    killed.kill()
    while killed.status() != psutil.STATUS_ZOMBIE:
        pass
    postgres.start(home, fast=True)
    print("back", postgres.is_running(home), "a zombie is left", killed.is_running(), flush=True)
    killed = psutil.Process(postgres.postmaster(home))
    killed.kill()
    while killed.status() != psutil.STATUS_ZOMBIE:
        pass
print("left", flush=True)
"""


def connect(home: Path, role: str, database: str = postgres.DATABASE) -> psycopg.Connection:
    return psycopg.connect(postgres.url(home, role, database), autocommit=True)


def test_a_killed_server_starts_again_with_what_was_committed(home, gone):
    with postgres.running(home):  # with fsync, as `up` runs it
        with connect(home, postgres.OWNER) as owner:
            owner.execute("CREATE TABLE kept (word text)")
            owner.execute("INSERT INTO kept VALUES ('still here')")
        killed = postgres.postmaster(home)
        os.kill(killed, signal.SIGKILL)
        assert gone(killed)
        assert not postgres.is_running(home)

        postgres.start(home)

        assert postgres.postmaster(home) != killed
        with connect(home, postgres.APP) as app:
            assert app.execute("SELECT word FROM kept").fetchall() == [("still here",)]


def test_up_waits_for_a_server_that_hangs_and_starts_a_dead_one_again(home, gone):
    with postgres.running(home, fast=True), (home / "said").open("w") as out:
        embedded, server = Embedded(home, Log(out)), postgres.postmaster(home)
        os.kill(server, signal.SIGSTOP)
        try:
            embedded.look()
            embedded.look()
        finally:
            os.kill(server, signal.SIGCONT)
        embedded.look()
        embedded.look()
        os.kill(server, signal.SIGKILL)
        assert gone(server)
        while not postgres.is_running(home):
            embedded.look()
        embedded.look()

    said = [line.removeprefix("up").strip() for line in (home / "said").read_text().splitlines()]
    assert said[:3] == [
        f"PostgreSQL does not answer (pid {server}), waiting for it",
        "PostgreSQL answers again",
        "PostgreSQL has died, starting it again",
    ]
    assert said[-1] == "PostgreSQL answers again"


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux only")
@pytest.mark.parametrize(("by", "zombie"), [("up", False), ("a command", True)])
def test_a_killed_server_comes_back_where_process_1_collects_nobody(home, run, by, zombie):
    start = run("-c", COLLECTS_NOBODY, "-c", KILLED, str(home), by)
    assert start.line_with("back") == f"back True a zombie is left {zombie}"
    start.line_with("left")  # and a stop does not wait for the dead
    assert start.exit_code() == 0


def test_a_killed_server_whose_number_is_a_strangers_now_comes_back_and_leaves_the_stranger_alone(home, run):
    stranger = run("-c", "import sys; print('ready', flush=True); sys.stdin.read()")
    stranger.line_with("ready")
    with postgres.running(home, fast=True):
        file = postgres.data_dir(home) / "postmaster.pid"
        left = file.read_text().split("\n", 1)[1]
    file.write_text(f"{stranger.popen.pid}\n{left}")
    file.chmod(0o666)  # who starts it is not always whom it runs as

    postgres.stop(home)
    with postgres.running(home, fast=True):
        assert postgres.is_running(home)
        assert postgres.postmaster(home) != stranger.popen.pid

    assert stranger.leave() == 0  # of its own will


def test_a_server_that_nobody_stopped_is_taken_over_with_its_pid_file(home, run, gone):
    holder = run("-c", HOLD, str(home))
    holder.line_with("in")
    left = postgres.postmaster(home)
    holder.popen.kill()  # the server goes on: it is nobody's child
    holder.exit_code()
    assert postgres.is_running(home)

    with postgres.running(home, fast=True):
        assert postgres.postmaster(home) == left
    assert not postgres.is_running(home)
    assert gone(left)


def test_a_server_that_does_not_start_says_why_in_one_line(home, monkeypatch):
    with postgres.running(home, fast=True):
        pass
    monkeypatch.setattr(postgres, "PATIENCE_S", 0.0)
    (postgres.data_dir(home) / "PG_VERSION").write_text("9\n")
    with pytest.raises(CannotStart, match=r"does not start: database files are incompatible with server.*/log"):
        postgres.start(home, fast=True)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "it says nothing in"),
        ("old: FATAL:  long ago\n", "it says nothing in"),
        ("old: FATAL:  long ago\nLOG:  recovering\n", "LOG:  recovering"),
        ("old: FATAL:  long ago\nFATAL:  memory is in use\nHINT:  Wait.\n", "memory is in use"),
    ],
)
def test_the_reason_is_of_this_start_and_never_empty(tmp_path, written, says):
    if written:
        (tmp_path / "log").write_text(written)
    assert postgres.last_words(tmp_path / "log", after=len("old: FATAL:  long ago\n")).startswith(says)


def test_the_last_of_two_holders_stops_it(home, run):
    with postgres.running(home, fast=True):
        other = run("-c", HOLD, str(home))
        other.line_with("in")
    assert postgres.is_running(home)

    assert other.leave() == 0
    assert not postgres.is_running(home)


def test_a_holder_killed_with_9_does_not_keep_it_running(home, run):
    with postgres.running(home, fast=True):
        other = run("-c", HOLD, str(home))
        other.line_with("in")
        other.popen.kill()
        other.exit_code()
    assert not postgres.is_running(home)


def test_a_second_start_changes_nothing(home):
    with postgres.running(home, fast=True):
        first = postgres.postmaster(home)
        postgres.start(home, fast=True)
        assert postgres.postmaster(home) == first


def test_a_stop_without_a_server_does_nothing(home):
    postgres.stop(home)
    assert not postgres.is_running(home)


def test_importing_settings_starts_nothing(home, run):
    look = "from django.conf import settings; print('engine', settings.DATABASES['default']['ENGINE'])"
    assert "postgresql" in run("-c", look, TRT_HOME=str(home)).line_with("engine")
    assert not home.exists()


@pytest.fixture
def server(home):
    with postgres.running(home, fast=True):
        yield home


@pytest.mark.parametrize("database", [postgres.DATABASE, "made_by_a_test"])
def test_the_application_changes_rows_and_nothing_else(server, database):
    if database != postgres.DATABASE:
        with connect(server, postgres.OWNER, "postgres") as owner:
            owner.execute("CREATE DATABASE made_by_a_test")
    with connect(server, postgres.OWNER, database) as owner:
        owner.execute("CREATE TABLE thing (id bigint GENERATED BY DEFAULT AS IDENTITY, n serial, word text)")

    with connect(server, postgres.APP, database) as app:
        app.execute("INSERT INTO thing (word) VALUES ('a'), ('b')")
        app.execute("UPDATE thing SET word = 'c' WHERE word = 'a'")
        app.execute("DELETE FROM thing WHERE word = 'b'")
        assert app.execute("SELECT word FROM thing").fetchall() == [("c",)]
        for statement in (
            "TRUNCATE thing",
            "DROP TABLE thing",
            "ALTER TABLE thing ADD x int",
            "CREATE TABLE mine (x int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)


def test_neither_role_is_a_superuser_or_makes_roles(server):
    with connect(server, "postgres", "postgres") as admin:
        rows = admin.execute(
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname LIKE 'trt_%' ORDER BY 1"
        ).fetchall()
    assert rows == [("trt_app", False, False, False), ("trt_owner", False, False, True)]


def test_nobody_but_us_can_open_its_folder(server):
    assert postgres.data_dir(server).stat().st_mode & 0o077 == 0
    assert postgres.socket_dir(server).stat().st_mode & 0o077 == 0


def test_its_address_is_settled_before_its_first_start(home):
    postgres.settle(home)
    address = postgres.url(home, postgres.APP)
    with postgres.running(home, fast=True):
        assert postgres.url(home, postgres.APP) == address
        psycopg.connect(address).close()
