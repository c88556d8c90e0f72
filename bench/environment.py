"""The peers' own environment, `.trt/bench`: made once, anew when bench/requirements.txt changes."""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".trt" / "bench"
LOCK = ROOT / "bench" / "requirements.txt"


def python() -> Path:
    """Its interpreter, with every peer installed. Raises CalledProcessError with pip's own words above it."""
    wanted, stamp = hashlib.sha256(LOCK.read_bytes()).hexdigest(), VENV / ".installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        print("installing the peers into .trt/bench (once)", file=sys.stderr, flush=True)
        venv.create(VENV, clear=True, with_pip=False, symlinks=True)
        pip = [sys.executable, "-m", "pip", "--python", str(VENV / "bin" / "python"), "install"]
        options = ["--quiet", "--disable-pip-version-check", "--progress-bar=off", "--require-hashes"]
        subprocess.run([*pip, *options, "-r", str(LOCK)], check=True)
        stamp.write_text(wanted)
    return VENV / "bin" / "python"
