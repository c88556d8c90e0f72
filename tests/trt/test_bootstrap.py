"""The first minute on a bare machine: a Python without ensurepip, even without pip; progress, and pip's words only when it fails."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from trt.env import ROOT

MAKE = """
import bootstrap, sys
from pathlib import Path
bootstrap.VENV = Path(sys.argv[1])
bootstrap.PYTHON = bootstrap.VENV / "bin" / "python"
for other in sys.argv[2:]:
    setattr(bootstrap, other, lambda: sys.exit("the other way"))
bootstrap.make_venv()
print("has pip:", bootstrap.has_pip())
"""
INSTALL = """
import bootstrap, sys
from pathlib import Path
bootstrap.PYTHON, bootstrap.PROGRESS_S = Path(sys.executable), 0.05
print("installed:", bootstrap.install(Path(sys.argv[1])))
"""


def poorer_python(place: Path, *, pip: bool) -> Path:
    """This Python as a distribution may bring it: without ensurepip, perhaps with pip."""
    binary = Path(os.path.realpath(sys.executable))
    library = place / "lib" / f"python3.{sys.version_info.minor}"
    library.mkdir(parents=True)
    standard = Path(sysconfig.get_path("stdlib"))
    for entry in standard.iterdir():
        if entry.name not in {"ensurepip", "site-packages"}:
            (library / entry.name).symlink_to(entry)
    (library / "site-packages").mkdir()
    if pip:
        (library / "site-packages" / "pip").symlink_to(Path(sysconfig.get_path("purelib")) / "pip")
    (place / "bin").mkdir()
    python = place / "bin" / "python3"
    python.write_bytes(binary.read_bytes())
    python.chmod(0o755)
    for shared in (standard.parent).glob("libpython*"):
        (place / "lib" / shared.name).symlink_to(shared)
    return python


def run(python: Path | str, code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [str(python), "-c", code, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=clean | environment, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.fixture
def index() -> None:
    """Skips where no package index answers."""
    ask = "import bootstrap, sys; sys.exit(not bootstrap.newest_pip())"
    if run(sys.executable, ask).returncode:
        pytest.skip("no package index")


@pytest.mark.long
@pytest.mark.usefixtures("index")
@pytest.mark.parametrize(("pip", "other"), [(True, "with_a_wheel"), (False, "with_our_pip")])
def test_a_python_without_ensurepip_gets_an_environment_with_pip(tmp_path, pip, other):
    python = poorer_python(tmp_path / "python", pip=pip)
    for module, there in (("ensurepip", False), ("pip", pip)):
        assert (run(python, f"import {module}").returncode == 0) is there, module

    made = run(python, MAKE, str(tmp_path / "venv"), other)

    assert made.stdout == "has pip: True\n", made.stderr
    assert made.stderr == ""


def test_an_installation_says_how_far_it_is_and_nothing_of_pips(tmp_path):
    """What is pinned is there already: pip looks at each and leaves."""
    done = run(sys.executable, INSTALL, str(ROOT / "requirements.txt"))
    assert done.stderr == ""
    *steps, last, verdict = done.stdout.splitlines()
    assert verdict == "installed: True"
    assert last.startswith("      installed in")
    assert all(step.startswith("      ") and " of about " in step for step in steps)


def test_when_pip_fails_its_own_words_are_shown(tmp_path):
    (tmp_path / "wrong.txt").write_text(
        f"nowhere @ file://{tmp_path}/nowhere-1-py3-none-any.whl --hash=sha256:{'0' * 64}\n"
    )
    done = run(sys.executable, INSTALL, str(tmp_path / "wrong.txt"))
    assert done.stdout.endswith("installed: False\n")
    assert "ERROR: Could not install packages" in done.stderr
    assert "Could not install wrong.txt" in done.stderr
