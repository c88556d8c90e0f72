"""`manage.py test`: pytest over everything, on the embedded PostgreSQL, with an environment of its own.

The environment is set before Django reads it, so that neither `.env` nor the machine's variables leak into a test.
"""

import os
import subprocess
import sys
from pathlib import Path

from bot import texts

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = {
    "TELEGRAM_BOT_TOKEN": "4242:test-token-of-the-tests",
    "KIE_API_KEY": "test-kie-key",
    "SECRET_KEY": "a-secret-key-for-tests-only-" + "x" * 30,
    "WEBHOOK_SECRET_PATH": "test-secret-path",
    "WEBHOOK_SECRET_TOKEN": "test-secret-token",
    "KIE_CALLBACK_TOKEN": "test-callback-token",
    "LEDGER_KEY": "test-ledger-key-of-the-tests",
    "WEBHOOK_BASE_URL": "http://127.0.0.1:8080",
    "TELEGRAM_API_URL": "http://127.0.0.1:1",
    "KIE_API_URL": "http://127.0.0.1:1",
    "KIE_UPLOAD_URL": "http://127.0.0.1:1",
    "KIE_DOCS_URL": "http://127.0.0.1:1",
    "YOOKASSA_API_URL": "http://127.0.0.1:1",
    "CRYPTO_PAY_API_URL": "http://127.0.0.1:1",
    "USD_RATE_URL": "http://127.0.0.1:1/rates",
    "SANDBOX_PEERS": "telegram,kie",
    "USD_RUB_RATE": "95",
    "PRICE_MARKUP": "2.0",
    "LOG_FORMAT": "text",
}


def environment() -> None:
    """Make the process's environment the tests' own. A repeat changes nothing."""
    os.environ |= {
        "TRT_HOME": os.environ.get("TRT_TEST_HOME")
        or str(ROOT / ".trt" / "test"),  # a second run at once wants its own
        "TRT_ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "trt.settings",
    }
    from trt import postgres  # noqa: PLC0415
    from trt.env import HOME, Env  # noqa: PLC0415 (it reads TRT_HOME when imported)

    postgres.settle(HOME)  # pytest-django reads settings, and with them its address, before our conftest starts it

    for name in Env.model_fields:
        os.environ.pop(name.upper(), None)
    os.environ |= ENVIRONMENT


def main(arguments: list[str]) -> int:
    """Run pytest; its exit code. Without arguments everything but what takes minutes (`-m long`), on three processes: much of a
    test is waiting, so they keep two cores busy."""
    environment()  # pytest-django may read settings before our conftest is there, and the catalogues with them
    texts.compile_catalogues()
    options = arguments or ["-m", "not long", "-n", "3", "--dist", "loadgroup"]
    return subprocess.run([sys.executable, "-m", "pytest", *options], cwd=ROOT, check=False).returncode


if __name__ == "__main__":  # python -m trt.testing COMMAND …: a checker that reads settings, in the tests' environment
    environment()
    sys.exit(subprocess.run(sys.argv[1:], cwd=ROOT, check=False).returncode)
