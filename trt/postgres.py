"""The embedded PostgreSQL: where DATABASE_URL is unset, a server of our own from a wheel, on a unix socket only.

Started by `up`, `prepare` and the tests, never by importing settings. Every process of ours that uses it holds a shared
lock on one file; the last one to let go stops the server. The wheel brings the programs (trt.wheel); starting and
stopping are ours, for the wheel never forgets a handle whose process was killed.
"""

import fcntl
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil
import psycopg

from trt import grants, wheel
from trt.wheel import CannotStart

OWNER: Final = "trt_owner"  # owns the schema: migrations
APP: Final = "trt_app"  # everything else: rows, but no change to a transfer
DATABASE: Final = "trt"
PATIENCE_S = 20.0

SERVER = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "jit": "off",
    "autovacuum_max_workers": "1",
    "autovacuum_naptime": "5min",
    "max_parallel_workers": "0",
    "max_logical_replication_workers": "0",
    "io_method": "sync",  # no workers of its own for reading: our data fits in memory
    "checkpoint_timeout": "15min",
    "bgwriter_delay": "10s",
    "wal_writer_delay": "1s",
    "log_min_messages": "warning",
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # for tests: nobody pulls the plug


def settle(home: Path) -> None:
    """Choose where its data will be, so that `url` is right before the first start. A repeat changes nothing."""
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home):
        _name(home)


def _name(home: Path) -> None:
    if not (home / "pg.id").exists():
        (home / "pg.id").write_text(secrets.token_hex(6))


def data_dir(home: Path) -> Path:
    """Where the data is: $TRT_HOME/pg, or for root a system directory named in $TRT_HOME/pg.id.

    A name of chance, so that a new checkout in an old place does not find another's data under secrets that do not fit.
    """
    if os.geteuid() != 0:
        return home / "pg"
    name = home / "pg.id"
    return wheel.SYSTEM / (name.read_text().strip() if name.exists() else "none-yet")


def socket_dir(home: Path) -> Path:
    """Where its socket is: beside the data, or, a socket's path being at most 107 bytes, in a short private directory."""
    data = data_dir(home)
    return (
        data
        if len(str(data)) < 90
        else Path(f"/tmp/trt-{os.geteuid()}-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}")  # noqa: S108 (private, and checked)
    )


def url(home: Path, role: str, database: str = DATABASE) -> str:
    """The address of a role, the same whether the server runs or not."""
    return f"postgresql://{role}@/{database}?host={socket_dir(home)}"


def is_running(home: Path) -> bool:
    """Whether it answers."""
    try:
        psycopg.connect(url(home, "postgres", "postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def running(home: Path, *, fast: bool = False) -> Iterator[None]:
    """The server, for the length of the block; whoever leaves last stops it."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "pg.users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        start(home, fast=fast)
        try:
            yield
        finally:
            with _alone(home):
                fcntl.flock(users, fcntl.LOCK_UN)
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass
                else:
                    stop(home)


def start(home: Path, *, fast: bool = False, patience_s: float | None = None) -> None:
    """Make sure that it runs, with its roles and database. A repeat looks and leaves. Raises CannotStart.

    What a killed run left behind (a pid file, a socket, orphaned backends) is taken away, or waited for as long as `patience_s`
    says (PATIENCE_S; 0: tried once), not reported.
    """
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home):
        if (home / "pg.id").exists() and is_running(home):
            _roles(home)  # whoever started it may have been killed before they were made
            return
        _name(home)
        data = data_dir(home)
        if not (data / "PG_VERSION").exists():
            wheel.init(data)
        _prepare_sockets(home)
        for file in (data / "postmaster.pid", socket_dir(home) / ".s.PGSQL.5432.lock"):
            if (left := _named(file)) is not None and not _serves(data, left):
                _disown(file)
        settings = " ".join(f"-c {name}={value}" for name, value in (SERVER | (FAST if fast else {})).items())
        options = f"-k {socket_dir(home)} {settings}"
        patience_s = PATIENCE_S if patience_s is None else patience_s
        _retry(home, patience_s, "-w", "-t", "20", "-l", str(data / "log"), "-D", str(data), "-o", options, "start")
        _roles(home)


def stop(home: Path) -> None:
    """Stop it; connections are cut, what was committed stays. A repeat does nothing."""
    if living(home) is not None:  # else pg_ctl waits a minute for a dead one, and signals a stranger
        wheel.run("pg_ctl", "-w", "-m", "fast", "-D", str(data_dir(home)), "stop", check=False)


def remove(home: Path) -> None:
    """Take away the data of a temporary home, where root keeps it elsewhere. It must not run."""
    if (home / "pg.id").exists():
        for folder in {data_dir(home), socket_dir(home)}:
            shutil.rmtree(folder, ignore_errors=True)


def postmaster(home: Path) -> int | None:
    """The server's process, if its pid file is there."""
    return _named(data_dir(home) / "postmaster.pid")


def living(home: Path) -> int | None:
    """The same while it lives, whether it answers or hangs."""
    pid = postmaster(home)
    return pid if pid is not None and _serves(data_dir(home), pid) else None


def _named(file: Path) -> int | None:
    """The process that a pid file names, if it is there."""
    try:
        return int(file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _serves(data: Path, pid: int) -> bool:
    """Whether this process is the living server of the data. One that has ended and fell to us is collected (trt.up.orphans)."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        return os.path.realpath(data) in map(os.path.realpath, psutil.Process(pid).cmdline())
    except psutil.NoSuchProcess:  # a zombie, too
        return False


def _disown(file: Path) -> None:
    """Let a pid file of a dead server name us, who are pg_ctl's parent: a number that PostgreSQL takes for no server.

    The dead one's own may answer still: a zombie's that its parent does not collect, a stranger's who has it now. Taking
    the file away would take the number of its shared memory away, by which PostgreSQL sees orphaned backends.
    """
    _dead, _newline, rest = file.read_bytes().partition(b"\n")
    ours = b"%d\n%b" % (os.getpid(), rest)
    # One write, into the file that is the server's own: whole, and readable by it.
    with file.open("r+b", buffering=0) as out:
        out.write(ours)
        out.truncate(len(ours))


def _prepare_sockets(home: Path) -> None:
    sockets = socket_dir(home)
    if sockets != data_dir(home):
        sockets.mkdir(mode=0o700, exist_ok=True)
        if sockets.stat().st_uid not in {os.geteuid(), wheel.uid()}:
            raise CannotStart(f"{sockets} belongs to somebody else: remove it, or set TRT_HOME to a shorter path")
        wheel.give(sockets)


def _retry(home: Path, patience_s: float, *command: str) -> None:
    """After kill -9 the orphaned backends hold the shared memory for a moment: try until they have gone."""
    deadline = time.monotonic() + patience_s
    log = data_dir(home) / "log"
    old = log.stat().st_size if log.exists() else 0
    while wheel.run("pg_ctl", *command, check=False) or not is_running(home):
        if time.monotonic() > deadline:
            raise CannotStart(f"PostgreSQL does not start: {last_words(log, after=old)}")
        time.sleep(0.2)


def last_words(log: Path, *, after: int = 0) -> str:
    """What a server that did not start said at last, beyond so many bytes of its log; never empty."""
    written = log.read_bytes()[after:].decode(errors="replace") if log.exists() else ""
    said = [line.strip() for line in written.splitlines() if line.strip()]
    fatal = [line for line in said if re.search(r"\b(FATAL|PANIC): ", line)]
    for line in reversed(fatal or said):
        return re.split(r"\b(?:FATAL|PANIC): +", line)[-1] + f" (all of it: {log})"
    return f"it says nothing in {log}, so what a killed one left may still be ending"


def _roles(home: Path) -> None:
    with psycopg.connect(url(home, "postgres", "postgres"), autocommit=True) as server:
        known = {row[0] for row in server.execute("SELECT rolname FROM pg_roles")}
        for role, option in ((OWNER, "CREATEDB"), (APP, "")):
            if role not in known:
                server.execute(f"CREATE ROLE {role} LOGIN {option}")  # names of ours
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            with psycopg.connect(url(home, "postgres", "template1"), autocommit=True) as template:
                # So that test databases have it too.
                template.execute(f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}")
                template.execute(grants.to_come(OWNER, APP))
            server.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One process starts or stops at a time."""
    with (home / "pg.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
