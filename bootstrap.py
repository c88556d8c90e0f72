"""Make .venv and install what is pinned. Needs Python 3.11 and a package index, nothing else: neither make, pip nor ensurepip.

    python3 bootstrap.py [--dev]

A repeat looks at the pins and leaves if they are installed. `--dev` adds what tests and checks need.
"""

import configparser
import hashlib
import os
import re
import ssl
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def main() -> int:
    if sys.version_info < (3, 11):
        found = ".".join(map(str, sys.version_info[:3]))
        print(
            f"TRT needs Python 3.11 or newer; this is {found} ({sys.executable}). Try: make run PYTHON=python3.11",
            file=sys.stderr,
        )
        return 2
    files = [ROOT / "requirements.txt"] + ([ROOT / "requirements-dev.txt"] if "--dev" in sys.argv else [])
    stamps = {file: VENV / f".installed-{file.stem}" for file in files}
    wanted = {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    missing = [file for file in files if not stamps[file].exists() or stamps[file].read_text() != wanted[file]]
    if not missing and PYTHON.exists():
        return 0
    if not has_pip():
        print("[1/2] virtual environment", flush=True)
        make_venv()
    print(f"[2/2] installing {', '.join(file.name for file in missing)} (a minute or two, once)", flush=True)
    for file in missing:
        pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar=off", "--quiet"]
        done = subprocess.run([*pip, "--require-hashes", "-r", str(file)], check=False)
        if done.returncode:
            print(
                f"Could not install {file.name}: pip's own words are above. Is the package index reachable?",
                file=sys.stderr,
            )
            return 1
        stamps[file].write_text(wanted[file])
    return 0


def has_pip() -> bool:
    """Whether the environment is there and can install."""
    return (
        PYTHON.exists()
        and subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    )


def make_venv() -> None:
    """The environment, with pip from the first place that has one: ensurepip, this Python's pip, the package index."""
    for attempt in (with_ensurepip, with_our_pip, with_a_wheel):
        try:
            attempt()
        except (subprocess.CalledProcessError, OSError, SystemExit):
            continue
        if has_pip():
            return
    raise SystemExit(
        "No pip could be had: neither ensurepip, nor pip, nor a package index (set PIP_INDEX_URL if yours is not the usual one)."
    )


def with_ensurepip() -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True, capture_output=True)


def with_our_pip() -> None:
    venv.create(VENV, clear=True, with_pip=False, symlinks=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip"],
        check=True,
        capture_output=True,
    )


def with_a_wheel() -> None:
    """pip's own wheel, from the index, can be run as it is: it installs itself."""
    venv.create(VENV, clear=True, with_pip=False, symlinks=True)
    index = setting("index-url") or "https://pypi.org/simple"
    trust = ssl.create_default_context(cafile=setting("cert") or None)
    page_url = f"{index.rstrip('/')}/pip/"
    with urllib.request.urlopen(page_url, context=trust, timeout=60) as page:
        links = re.findall(r'href="([^"]+/pip-(\d+)\.(\d+)[\d.]*-py3-none-any\.whl[^"]*)"', page.read().decode())
    newest = max(links, key=lambda link: (int(link[1]), int(link[2])))[0].replace("&amp;", "&")
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(folder) / urllib.parse.urlsplit(newest).path.rsplit("/", 1)[-1]
        with urllib.request.urlopen(urllib.parse.urljoin(page_url, newest), context=trust, timeout=60) as answer:
            wheel.write_bytes(answer.read())
        expected = re.search(r"sha256=([0-9a-f]{64})", newest)
        if expected and hashlib.sha256(wheel.read_bytes()).hexdigest() != expected[1]:
            raise OSError("pip's wheel is not what the index says it is")
        subprocess.run([str(PYTHON), f"{wheel}/pip", "install", "--quiet", "--no-index", str(wheel)], check=True)


def setting(name: str) -> str:
    """pip's own setting, where pip would find it: the environment, then its configuration files."""
    if value := os.environ.get("PIP_" + name.upper().replace("-", "_")):
        return value
    config = configparser.ConfigParser(interpolation=None)
    home = Path.home()
    config.read(
        [
            Path("/etc/pip.conf"),
            home / ".pip" / "pip.conf",
            home / ".config" / "pip" / "pip.conf",
            os.environ.get("PIP_CONFIG_FILE", ""),
        ]
    )
    return config.get("global", name, fallback="")


if __name__ == "__main__":
    sys.exit(main())
