"""TRT's web process for a benchmark: as `up` starts it, on an embedded PostgreSQL in a folder of its own, with fsync."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from bench.load import SECRET_PATH, SECRET_TOKEN

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 60.0


@contextmanager
def ground() -> Iterator[Path]:
    """A home with a migrated database whose server runs; both are gone afterwards."""
    from trt import postgres  # noqa: PLC0415 (it is the product's; the load and the peers do without)

    home = Path(tempfile.mkdtemp(prefix="trt-bench-"))
    try:
        with postgres.running(home):
            prepare = [sys.executable, "manage.py", "prepare"]
            subprocess.run(prepare, cwd=ROOT, env=environment(home), stdout=sys.stderr, check=True)
            yield home
    finally:
        shutil.rmtree(postgres.data_dir(home), ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


def environment(home: Path, **more: str) -> dict[str, str]:
    """Nothing of this machine's environment or `.env`; peers where nobody listens."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    nobody = "http://127.0.0.1:1"
    secret = "a-secret-of-the-benchmarks-" + "x" * 24
    return (
        kept
        | dict.fromkeys(("TELEGRAM_API_URL", "KIE_API_URL", "KIE_UPLOAD_URL", "WEBHOOK_BASE_URL"), nobody)
        | dict.fromkeys(("SECRET_KEY", "KIE_CALLBACK_TOKEN", "LEDGER_KEY", "KIE_API_KEY"), secret)
        | {"TELEGRAM_BOT_TOKEN": "4242:a-token-of-the-benchmarks", "SANDBOX_PEERS": "telegram,kie"}
        | {"WEBHOOK_SECRET_PATH": SECRET_PATH, "WEBHOOK_SECRET_TOKEN": SECRET_TOKEN}
        | {"TRT_HOME": str(home), "TRT_ENV_FILE": os.devnull, "LOG_FORMAT": "json"}
        | {"INBOX_CAPACITY": "10000000"}  # nobody answers here: the backlog only grows
        | more
    )


def command(port: int) -> list[str]:
    """The web process's own command line."""
    from trt.up import application  # noqa: PLC0415

    return next(process.command for process in application(port) if process.name == "web")


@contextmanager
def serving(
    command: list[str], port: int, env: dict[str, str], cores: set[int], log: Path
) -> Iterator[subprocess.Popen]:
    """A server on `cores` from its first answer to its end."""
    with log.open("a") as out:
        popen = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=out, stderr=out, preexec_fn=lambda: os.sched_setaffinity(0, cores)
        )
    try:
        wait_until_it_answers(popen, port, log)
        yield popen
    finally:
        popen.terminate()
        try:
            popen.wait(10)
        except subprocess.TimeoutExpired:
            popen.kill()
            popen.wait()


def wait_until_it_answers(popen: subprocess.Popen, port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and popen.poll() is None:
        try:
            urlopen(f"http://127.0.0.1:{port}/health/live", timeout=5).close()
        except OSError as answer:
            if hasattr(answer, "status"):  # any answer will do: the peers know no such page
                return
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not start; it said:\n" + log.read_text()[-3000:])
