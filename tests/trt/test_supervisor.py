"""The supervisor with small children: what dies is restarted, what is stopped is gone, whatever happened before."""

import fcntl
import os
import re
import signal
import socket
import stat
import subprocess
import sys

import psutil
import pytest

from trt.env import ROOT
from trt.up import application

pytestmark = pytest.mark.long

DRIVER = """
import sys
from pathlib import Path
from trt.up import orphans
from trt.up.log import Log
from trt.up.supervisor import Process, Supervisor

orphans.adopt()
supervisor = Supervisor(Log(sys.stdout), Path(sys.argv[1]) / "up.children")
supervisor.heed_signals()
supervisor.end_leftovers()
print("swept", flush=True)
for child in sys.argv[3:]:
    name, _, code = child.partition(":")
    supervisor.add(Process(name, [sys.executable, "-u", "-c", code], grace_s=float(sys.argv[2])))
supervisor.watch()
supervisor.stop_all()
print("all stopped", flush=True)
"""
SAY = "import os, signal; print('ready', os.getpid())"
QUIET = SAY + "; signal.pause()"
# The deaf end by themselves when their test has long ended, should it have failed to end them.
STUBBORN = (
    "import signal; signal.alarm(120); signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    + SAY
    + "\nwhile True: signal.pause()"
)
# Like qcluster: a parent that hears SIGTERM, and a child of its own that does not.
FAMILY = """
import os, signal
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.alarm(120)
    os.write(1, f'grandchild {os.getpid()}\\n'.encode())
    while True:
        signal.pause()
os.write(1, f'ready {os.getpid()}\\n'.encode())  # one write a line: they share a pipe
signal.pause()
"""

# Leaves a child of its own, which ends when the other's end of the pipe is closed: with this one's own end.
LEAVES = """
import os, sys
reading, writing = os.pipe()
if os.fork() == 0:
    os.close(writing)
    os.write(1, f'orphan {os.getpid()}\\n'.encode())
    os.read(reading, 1)
    os._exit(0)
sys.stdin.read()
raise SystemExit(7)
"""


# A child that answers each caller with its own process id, on a socket that the supervisor listens on.
ANSWERS = """
import os, signal, socket, sys
from pathlib import Path
from trt.up.log import Log
from trt.up.ports import Ports, port_of
from trt.up.supervisor import Process, Supervisor

ANSWER = '''
import os, socket, sys
with socket.socket(fileno=int(sys.argv[1])) as listener:
    while True:
        with listener.accept()[0] as caller:
            caller.send(str(os.getpid()).encode())
'''
listener = Ports({}, log := Log(sys.stdout)).listen("PORT", 8080)
supervisor = Supervisor(log, Path(sys.argv[1]) / "up.children")
supervisor.heed_signals()
log.say("up", f"port {port_of(listener)}")
supervisor.add(Process("web", [sys.executable, "-c", ANSWER, str(listener.fileno())], listeners=(listener,)))
supervisor.watch()
supervisor.stop_all()
print("all stopped", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def drive(run, tmp_path):
    """Starts the supervisor over named children: `drive(web=QUIET)`."""

    def _drive(*, grace_s: float = 5.0, **children: str):
        return run("-c", DRIVER, str(tmp_path), str(grace_s), *(f"{name}:{code}" for name, code in children.items()))

    return _drive


def pid_in(line: str) -> int:
    return int(line.rsplit(" ", 1)[1])


def test_a_child_killed_with_9_is_started_again_and_it_is_said(drive):
    up = drive(web=QUIET)
    first = pid_in(up.line_with("ready"))

    os.kill(first, signal.SIGKILL)

    assert re.fullmatch(r"up +web died \(SIGKILL\), starting it again in 0\.5 s", up.line_with("died"))
    assert pid_in(up.line_with("ready")) != first


def test_who_calls_while_a_child_is_started_again_waits_and_is_answered(run, tmp_path):
    up = run("-c", ANSWERS, str(tmp_path))
    home = ("127.0.0.1", pid_in(up.line_with("port ")))

    def asked() -> int:
        with socket.create_connection(home, 10) as line:
            return int(line.recv(20))

    first = asked()
    os.kill(first, signal.SIGKILL)
    up.line_with("web died")
    assert asked() != first


def test_a_child_that_keeps_dying_is_given_more_time_each_time(drive):
    up = drive(bot="raise SystemExit(3)")
    assert [up.line_with("died").split("died ")[1] for _ in range(3)] == [
        "(exit code 3), starting it again in 0.5 s",
        "(exit code 3), starting it again in 1.0 s",
        "(exit code 3), starting it again in 2.0 s",
    ]


def test_what_is_left_of_a_dead_childs_family_goes_before_it_is_started_again(drive, gone):
    up = drive(worker=FAMILY)
    grandchild = pid_in(up.line_with("grandchild"))
    os.kill(pid_in(up.line_with("ready")), signal.SIGKILL)
    up.line_with("died")
    assert gone(grandchild)


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux only")
def test_an_orphan_falls_to_us_and_is_collected_while_each_childs_own_end_is_heard(drive):
    up = drive(worker=LEAVES)
    orphan = psutil.Process(pid_in(up.line_with("orphan")))
    for pause in ("0.5", "1.0", "2.0"):
        assert up.line_with("died").endswith(f"died (exit code 7), starting it again in {pause} s")
    assert not orphan.is_running()  # not even as a zombie


@pytest.mark.parametrize("ask", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_ask_stops_all_in_order(drive, gone, ask):
    up = drive(sandbox=QUIET, worker=FAMILY, web=QUIET, bot=QUIET)
    grandchild = pid_in(up.line_with("grandchild"))
    pids = _ready(up, 4)

    up.popen.send_signal(ask)

    up.line_with("all stopped")
    assert up.exit_code() == 0
    assert all(gone(pid) for pid in (*pids, grandchild))
    stopped = [line.rsplit(" ", 1)[1] for line in up.said if "stopping" in line]
    assert set(stopped[:2]) == {"bot", "web"}
    assert stopped[2:] == ["worker", "sandbox"]


def test_under_nohup_a_closed_terminal_is_nothing_but_ctrl_c_still_stops(run, tmp_path):
    deaf = "import signal; [signal.signal(one, signal.SIG_IGN) for one in (signal.SIGHUP, signal.SIGINT)]\n"
    up = run("-c", deaf + DRIVER, str(tmp_path), "5", f"web:{QUIET}")
    up.line_with("ready")
    up.popen.send_signal(signal.SIGHUP)
    os.kill(born(tmp_path), signal.SIGKILL)
    up.line_with("ready")  # it looks after its child as before
    up.popen.send_signal(signal.SIGINT)
    up.line_with("all stopped")
    assert up.exit_code() == 0


def test_a_reader_that_leaves_is_noticed_though_there_is_nothing_to_tell(tmp_path, gone):
    command = [sys.executable, "-c", DRIVER, str(tmp_path), "5", f"web:{QUIET}"]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, start_new_session=True) as up:
        assert up.stdout is not None
        while "ready" not in up.stdout.readline():
            assert up.poll() is None
        child = born(tmp_path)
        up.stdout.close()
        try:
            assert up.wait(30) == 0
            assert gone(child)
        finally:
            up.kill()


def born(home) -> int:
    """The child that was started first."""
    return int((home / "up.children").read_text().split()[0])


def test_a_child_deaf_to_sigterm_is_killed_after_its_grace(drive, gone):
    up = drive(grace_s=0.2, web=STUBBORN)
    pid = pid_in(up.line_with("ready"))
    up.popen.send_signal(signal.SIGINT)
    up.line_with("all stopped")
    assert gone(pid)


def test_a_second_ask_kills_at_once(drive, gone):
    up = drive(grace_s=3600.0, web=STUBBORN)
    pid = pid_in(up.line_with("ready"))
    up.popen.send_signal(signal.SIGINT)
    up.line_with("stopping web")
    up.popen.send_signal(signal.SIGINT)
    up.line_with("all stopped")
    assert gone(pid)


def test_who_still_has_something_under_way_is_waited_for_and_it_is_said_how_long(drive, gone, tmp_path):
    sent = tmp_path / "sent"
    busy = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: None)\n" + SAY + "\n"
        f"while not os.path.exists({str(sent)!r}):\n    time.sleep(0.05)\n"
        "print('sent', flush=True)"
    )
    up = drive(grace_s=63.0, bot=busy)
    up.line_with("ready")
    up.popen.send_signal(signal.SIGINT)
    assert "60 s at most" in up.line_with("bot finishes what is under way")
    sent.touch()
    up.line_with("all stopped")
    assert any(line.endswith("sent") for line in up.said)


def test_a_bot_that_sends_a_film_has_a_minute():
    graces = {process.name: process.grace_s for process in application(1)}
    assert graces == {"web": 5.0, "bot": 60.0, "worker": 8.0}


def test_children_end_with_a_killed_supervisor(drive, gone):
    up = drive(web=QUIET, bot=QUIET)
    pids = _ready(up, 2)
    up.popen.kill()
    assert all(gone(pid) for pid in pids)


def test_the_next_start_ends_what_a_killed_one_left(drive, gone):
    up = drive(web=STUBBORN)
    orphan = pid_in(up.line_with("ready"))
    up.popen.kill()
    up.exit_code()

    again = drive(web=QUIET)

    assert f"ended process {orphan}" in again.line_with("left over")
    assert gone(orphan)
    again.line_with("ready")


def test_a_process_id_that_is_somebody_elses_now_is_left_alone(drive, run, tmp_path):
    stranger = run("-c", "import os, sys; print('ready', os.getpid(), flush=True); sys.stdin.read()")
    stranger.line_with("ready")
    (tmp_path / "up.children").write_text(f"{stranger.popen.pid} 1.0\nnot a line\n")
    up = drive()
    up.line_with("swept")
    assert not any("left over" in line for line in up.said)
    assert stranger.leave() == 0  # of its own will


def test_only_one_up_for_a_home(run, home):
    home.mkdir()
    with (home / "up.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # the weakest hold there is: whoever shares the folder is too many
        second = run("manage.py", "up", TRT_HOME=str(home))
        assert f"already runs from {home}" in second.line_with("cannot start")
    assert second.exit_code() == 2
    assert len(second.said) == 1


def test_a_wished_port_that_is_taken_stops_the_start_with_one_line(run, home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        up = run("manage.py", "up", TRT_HOME=str(home), PORT=port)
        assert f"port {port} is taken" in up.line_with("cannot start")
        assert up.exit_code() == 2
    assert len(up.said) == 1


def test_secrets_are_made_once_and_are_their_owners_only(run, home):
    made = []
    for _ in range(2):
        with socket.create_server(("127.0.0.1", 0)) as taken:  # it makes them, then finds no port
            assert (
                run("manage.py", "up", TRT_HOME=str(home), PORT=str(taken.getsockname()[1]), SECRET_KEY="").exit_code()
                == 2
            )
        made.append((home / "env").read_text())
    assert made[0] == made[1]
    assert "SECRET_KEY=" in made[0]
    assert stat.S_IMODE((home / "env").stat().st_mode) == 0o600


def _ready(up, count: int) -> list[int]:
    return [pid_in(up.line_with("ready")) for _ in range(count)]


def test_the_next_start_ends_what_outlived_the_leader_of_its_group(drive, gone):
    up = drive(worker=FAMILY)
    orphan = pid_in(up.line_with("grandchild"))
    leader = pid_in(up.line_with("ready"))
    up.popen.kill()
    assert gone(leader)  # by the kernel's SIGTERM; its child is deaf to that
    drive(web=QUIET).line_with("ready")
    assert gone(orphan)
