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
import threading
import time
import urllib.parse
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PROGRESS_S = 5.0


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
    for file in missing:
        print(f"[2/2] installing {file.name} (a minute or two, once)", flush=True)
        if not install(file):
            return 1
        stamps[file].write_text(wanted[file])
    return 0


def install(file: Path) -> bool:
    """What the file pins. A line every few seconds says how far it is; pip's own words are shown only if it fails."""
    pip = [str(PYTHON), "-m", "pip", "install", "--progress-bar=off", "--no-input", "--require-hashes", "-r", str(file)]
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", "PYTHONUNBUFFERED": "1"}
    pins = len(re.findall(r"(?m)^[^\s#]\S*==", file.read_text()))
    began = time.monotonic()
    done = subprocess.Popen(pip, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | quiet)
    words: list[str] = []

    def listen() -> None:
        for line in done.stdout or ():
            words.append(line)

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    listener.join(PROGRESS_S)
    while listener.is_alive():
        print(f"      {progress(words, pins)}, {time.monotonic() - began:.0f} s", flush=True)
        listener.join(PROGRESS_S)
    if done.wait():
        sys.stderr.writelines(words[-40:])
        print(
            f"Could not install {file.name}: pip's own words are above. Is the package index reachable?",
            file=sys.stderr,
        )
        return False
    print(f"      installed in {time.monotonic() - began:.0f} s", flush=True)
    return True


def progress(words: list[str], pins: int) -> str:
    """Where pip is, by what it has said."""
    if any(line.startswith("Installing collected") for line in words):
        return "all downloaded, unpacking"
    found = sum(line.startswith(("Collecting", "Requirement already satisfied")) for line in words)
    return f"downloading, package {found} of about {pins}"


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
    newest = newest_pip()
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(folder) / urllib.parse.urlsplit(newest).path.rsplit("/", 1)[-1]
        wheel.write_bytes(fetch(newest))
        expected = re.search(r"sha256=([0-9a-f]{64})", newest)
        if expected and hashlib.sha256(wheel.read_bytes()).hexdigest() != expected[1]:
            raise OSError("pip's wheel is not what the index says it is")
        install = [str(PYTHON), f"{wheel}/pip", "install", "--quiet", "--no-index", str(wheel)]
        subprocess.run(install, check=True, capture_output=True)


def newest_pip() -> str:
    """The address of pip's newest wheel. Raises OSError where no index answers with one."""
    page_url = f"{(setting('index-url') or 'https://pypi.org/simple').rstrip('/')}/pip/"
    links = re.findall(r'href="([^"]+/pip-(\d+)\.(\d+)[\d.]*-py3-none-any\.whl[^"]*)"', fetch(page_url).decode())
    if not links:
        raise OSError(f"no pip at {page_url}")
    newest = max(links, key=lambda link: (int(link[1]), int(link[2])))[0]
    return urllib.parse.urljoin(page_url, newest.replace("&amp;", "&"))


def fetch(url: str) -> bytes:
    """What is there, trusting whom pip trusts. Raises OSError."""
    trust = ssl.create_default_context(cafile=setting("cert") or None)
    with urllib.request.urlopen(url, context=trust, timeout=60) as answer:
        return bytes(answer.read())


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
