"""Secrets that nobody has to think up: made once, kept in $TRT_HOME, readable by their owner only.

Ours are in `env`. The local peers' credentials are in `peers`, with the addresses where alone they are good (see trt.joined).
"""

import os
import secrets
import string
from pathlib import Path

from dotenv import dotenv_values

from trt.joined import CREDENTIALS, NEEDS

OURS = (
    "SECRET_KEY",
    "WEBHOOK_SECRET_PATH",
    "WEBHOOK_SECRET_TOKEN",
    "KIE_CALLBACK_TOKEN",
    "LEDGER_KEY",
    "DEMO_ADMIN_PASSWORD",
)
LETTERS = string.ascii_letters + string.digits
ENV_SAYS = "Made by `manage.py up`. LEDGER_KEY signs every transfer: keep it with the database."
PEERS_SAY = "Made anew by each `manage.py up`: the peers that it plays, for commands started beside it."


def made(home: Path, given: dict[str, str]) -> dict[str, str]:
    """Every secret of ours: as given, from the file, or fresh."""
    kept = _kept(home / "env")
    values = {name: kept.get(name) or _fresh() for name in OURS}
    if values.items() - kept.items():
        _write(home / "env", ENV_SAYS, kept | values)
    return {name: given.get(name, value) for name, value in values.items()}


def credentials(home: Path, sandboxes: tuple[str, ...]) -> dict[str, str]:
    """What the local peers accept, from the file or fresh: their state belongs to it. An older home had it in `env`."""
    older = _kept(home / "env")
    known = older | _kept(home / "peers")
    moved = {name: known[name] for name in CREDENTIALS if name in known}
    if older.keys() & {*CREDENTIALS}:
        _write(home / "peers", PEERS_SAY, _kept(home / "peers") | moved)  # first: killed in between, it is in both
        _write(home / "env", ENV_SAYS, {name: value for name, value in older.items() if name not in moved})
    return {name: moved.get(name) or _credential(name) for peer in sandboxes for name in NEEDS[peer]}


def publish(home: Path, values: dict[str, str]) -> None:
    """Write down where the local peers are now. Credentials of peers that are not played today stay, without an address."""
    kept = {name: value for name, value in _kept(home / "peers").items() if name in CREDENTIALS}
    _write(home / "peers", PEERS_SAY, kept | values)


def _kept(file: Path) -> dict[str, str]:
    return {name: value for name, value in dotenv_values(file).items() if value}


def _write(file: Path, says: str, values: dict[str, str]) -> None:
    """All or nothing: a command that reads it meanwhile finds the old one."""
    new = file.with_name(file.name + ".new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(f"# {says}\n")
        out.writelines(f"{name}={value}\n" for name, value in sorted(values.items()))
    new.replace(file)


def _credential(name: str) -> str:
    """One of the form that the real ones have."""
    number = secrets.randbelow(10**9) + 10**9
    forms = {
        "TELEGRAM_BOT_TOKEN": f"{number}:{_fresh()}",
        "CRYPTO_PAY_TOKEN": f"{number}:{_fresh()}",
        "YOOKASSA_SHOP_ID": str(number),
        "YOOKASSA_SECRET_KEY": f"test_{_fresh()}",
    }
    return forms.get(name) or _fresh()


def _fresh() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(40))
