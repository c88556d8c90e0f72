"""The database by its addresses: which role uses which, what Django is told of one, and whether it can be reached."""

import re
from collections.abc import Mapping
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from trt import postgres
from trt.env import HOME, Env
from trt.sources import BadEnvironment

OWNERS_WORK = {"migrate", "prepare", "test", "createsuperuser", "pytest"}  # all else is the app role's
NEED_IT = {"bot", "qcluster", "prepare", "migrate"}  # cannot even start without; the web process can: it answers 503
HINTS = (
    (r"password|authentication|role .* does not exist", "Correct its user and password"),
    (r"database .* does not exist", "Make that database (createdb), or correct its name"),
    (r"resolve|name or service|translate host", "Correct its host"),
    (r"", "Start that server, or correct the address"),
)

SESSION: Final = {
    "statement_timeout": 20_000,
    "lock_timeout": 10_000,
    "idle_in_transaction_session_timeout": 30_000,
    # Indexes of rows of work are full of entries whose rows have just left them. A plain index scan marks what it finds dead,
    # for all who come after; a bitmap scan never does, and fetches it all again (docs/decisions/0047).
    "enable_bitmapscan": "off",
}
# A migration reads and writes as much as there is. What it waits for is bounded all the same: behind it everybody would wait.
OWNERS_SESSION: Final = SESSION | {"statement_timeout": 0}


def urls(env: Env) -> tuple[str, str, str]:
    """The addresses for the application, for the owner of the schema, and past any pooler (for LISTEN)."""
    app = env.database_url or postgres.url(HOME, postgres.APP)
    owner = env.database_owner_url or env.database_url or postgres.url(HOME, postgres.OWNER)
    return app, owner, env.database_direct_url or app


def is_owners_work(command: list[str]) -> bool:
    """Whether a command line is the owner's business: migrations, and the tests' own databases."""
    return bool(OWNERS_WORK & {*command})


def settings(url: str, session: Mapping[str, object] = SESSION) -> dict[str, Any]:
    """Django's settings of a postgresql:// URL, taken apart by libpq itself; options of its query go to libpq."""
    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_MAX_AGE": None,  # threads live long; a dead connection is found by the health check
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,  # a pooler in between may change the server's session
        "OPTIONS": {
            "connect_timeout": 5,
            "target_session_attrs": "read-write",  # of several hosts the one that takes writes; of one, only while it does
            # a dead server is found within twenty seconds; the server ends what a stopped process still holds
            "keepalives_idle": 5,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 20_000,
            "options": " ".join(f"-c {name}={value}" for name, value in session.items()),
            **parts,
        },
    }


def unreachable(name: str, url: str) -> str:
    """One line that says why the database that variable `name` holds cannot be used, without the password; "" if it can."""
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error as trouble:
        why = _reason(str(trouble))
        hint = next(hint for pattern, hint in HINTS if re.search(pattern, why, re.IGNORECASE))
        return f"{name}: {_place(url)} cannot be used: {why}. {hint}"
    return ""


def require(env: Env) -> None:
    """Every address that is set leads to a database that lets us in. Raises BadEnvironment with a line for each that does not."""
    named = {
        "DATABASE_URL": env.database_url,
        "DATABASE_OWNER_URL": env.database_owner_url,
        "DATABASE_DIRECT_URL": env.database_direct_url,
    }
    if bad := [line for name, url in named.items() if url and (line := unreachable(name, url))]:
        raise BadEnvironment(bad)
    if not env.database_url and not postgres.is_running(HOME):
        raise BadEnvironment(
            [
                "DATABASE_URL: is not set, and the embedded PostgreSQL does not run. Start it with all the rest: make run; or write "
                f"DATABASE_URL={Env.model_fields['database_url'].examples[0]}"  # type: ignore[index]
            ]
        )


def _place(url: str) -> str:
    parts = conninfo_to_dict(url)
    return f"{parts.get('host') or 'the local server'}:{parts.get('port') or 5432}"


def _reason(words: str) -> str:
    """The server's or the system's own reason, out of libpq's several lines."""
    first = next((line for line in words.splitlines() if line.strip()), "no reason given")
    return re.split(r"FATAL: +|failed: (?!.*(?:failed: |FATAL: ))", first)[-1].strip().rstrip(".")
