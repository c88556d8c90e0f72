"""The stage: a database made once from the migrations and the registry file, and a clean state for each history.

The template is kept between runs, named by what it is made of, so that a second run starts at once.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import psycopg
import stamina
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connections

from kie import registry
from kie.catalogue import AIModel
from tests.simulation.connection import Connection, Sessions
from tests.simulation.log import overheard
from trt import postgres
from trt.env import HOME, ROOT

MODEL: Final = "z-image"
PREFIX: Final = "sim_of_"  # then the parent's and the process's own number
OPERATORS: Final = ("ann", "ben")
LASTING: Final = ("django_", "auth_", "kie_aimodel", "kie_registryversion", "unfold")  # what histories do not change


class Ground:
    """A database of its own, open for histories."""

    def __init__(self, name: str) -> None:
        self.name = name
        # One session of a superuser cleans, the others have the rights that processes of ours have.
        self.sessions = Sessions(_settings(name, postgres.APP))
        self.cleaner = psycopg.connect(postgres.url(HOME, "postgres", name), autocommit=True)
        self.wipe, self.empty = self._clean_sql()
        self.cleaned = 0
        look = Connection(self.sessions)
        connections["default"] = look
        self.model = AIModel.objects.get(key=MODEL).pk

    def _clean_sql(self) -> tuple[bytes, bytes]:
        """Two ways to an equal state: one is quick, the other leaves no dead rows behind."""
        tables = [row[0] for row in self.cleaner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        ours = sorted(table for table in tables if not table.startswith(LASTING))
        columns = self.cleaner.execute(
            "SELECT pg_get_serial_sequence(table_name, column_name) FROM information_schema.columns"
            " WHERE table_schema = 'public' AND is_identity = 'YES' AND table_name = ANY(%s)",
            [ours],
        )
        restart = [f"SELECT setval('{row[0]}', 1, false)" for row in columns]
        delete = [f"DELETE FROM {table}" for table in ours]
        quick = ["SET session_replication_role = replica", *delete, *restart]  # no triggers: the ledger would say no
        return "; ".join(quick).encode(), f"TRUNCATE {', '.join(ours)} RESTART IDENTITY CASCADE".encode()

    def clean(self) -> None:
        """No people, no work, no money; numbers begin at 1."""
        self.cleaned += 1
        self.cleaner.execute(self.wipe if self.cleaned % 50 else self.empty)

    def close(self) -> None:
        self.sessions.close()
        self.cleaner.close()


@contextmanager
def ready() -> Iterator[Ground]:
    """A ground for this process; its database goes with it."""
    stamina.set_testing(True, attempts=3, cap=True)  # reads are repeated without a wait
    name = f"{PREFIX}{os.getppid()}_{os.getpid()}"
    with _server() as server:
        _make_template(server)
        server.execute(f"CREATE DATABASE {name} TEMPLATE {_template()} OWNER {postgres.OWNER}")
        ground = Ground(name)
        try:
            yield ground
        finally:
            ground.close()
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def shared() -> Iterator[None]:
    """Before the block the template is made; after it the databases of our children go, however those ended."""
    with _server() as server:
        _make_template(server)
    try:
        yield
    finally:
        with _server() as server:
            of_ours = (f"{PREFIX}{os.getpid()}_",)
            names = server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", of_ours).fetchall()
            for (name,) in names:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _server() -> psycopg.Connection:
    return psycopg.connect(postgres.url(HOME, "postgres", "postgres"), autocommit=True)


def _template() -> str:
    """Its name says what is in it: migrations, registry, and what is made beside them here."""
    made_of = [Path(__file__), *sorted(ROOT.glob("*/migrations/*.py")), *sorted((ROOT / "models").glob("*.json"))]
    content = b"".join(Path(one).read_bytes() for one in made_of)
    return f"sim_template_{hashlib.sha256(content).hexdigest()[:12]}"


def _make_template(server: psycopg.Connection) -> None:
    name = _template()
    server.execute("SELECT pg_advisory_lock(7)")  # of several processes one makes it
    try:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        half_made = f"{name}_new"
        server.execute(f"DROP DATABASE IF EXISTS {half_made} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {half_made} OWNER {postgres.OWNER}")
        sessions = Sessions(_settings(half_made, postgres.OWNER))
        connections["default"] = Connection(sessions)
        with overheard(lambda _: None):
            call_command("migrate", verbosity=0, interactive=False)
            call_command("createcachetable", verbosity=0)
            registry.publish_file()
            for operator in OPERATORS:
                User.objects.create_superuser(operator)
        connections["default"].close()
        sessions.close()
        server.execute(f"ALTER DATABASE {half_made} RENAME TO {name}")
    finally:
        server.execute("SELECT pg_advisory_unlock(7)")


def _settings(name: str, role: str) -> dict[str, Any]:
    changed = deepcopy(settings.DATABASES["default"])
    return changed | {"NAME": name, "USER": role, "CONN_HEALTH_CHECKS": False}
