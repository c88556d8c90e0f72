"""Secrets that nobody has to think up: made once, kept in $TRT_HOME/env, readable by their owner only."""

import os
import secrets
import string
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

OURS = (
    "SECRET_KEY",
    "WEBHOOK_SECRET_PATH",
    "WEBHOOK_SECRET_TOKEN",
    "KIE_CALLBACK_TOKEN",
    "LEDGER_KEY",
    "DEMO_ADMIN_PASSWORD",
)
LETTERS = string.ascii_letters + string.digits


def made(home: Path, plan: Any, given: dict[str, str]) -> dict[str, str]:
    """Every secret that is not given, from the file or fresh; the sandbox's credentials where a peer is local."""
    file = home / "env"
    kept = {name: value for name, value in dotenv_values(file).items() if value}
    wanted = {name: _fresh() for name in OURS}
    if "telegram" in plan.sandboxes:
        wanted["TELEGRAM_BOT_TOKEN"] = f"{secrets.randbelow(10**9) + 10**9}:{_fresh()}"
    if "kie" in plan.sandboxes:
        wanted["KIE_API_KEY"] = _fresh()
    values = {name: kept.get(name) or value for name, value in wanted.items()}
    if values.items() - kept.items():
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write("# Made by `manage.py up`. LEDGER_KEY signs every transfer: keep it with the database.\n")
            out.writelines(f"{name}={value}\n" for name, value in sorted((kept | values).items()))
    return {name: value for name, value in values.items() if name not in given}


def _fresh() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(40))
