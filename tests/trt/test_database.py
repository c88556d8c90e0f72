"""The database's limits: of time for those who serve people, of waiting alone for who migrates; and no index that shuts a big table."""

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.migrations import AddIndex, Migration
from django.db.migrations.loader import MigrationLoader

SHOW = """import sys; sys.argv = ["manage.py", "{}"]
import django; django.setup()
from django.db import connection
for name in ("statement_timeout", "lock_timeout"):
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {{name}}")
        print(name, "is", cursor.fetchone()[0])"""
BIG = {
    "update",
    "delivery",
    "job",
    "transfer",
    "wallet",
    "customer",
    "topup",
}  # tables that grow with every person or order
BUILT_EMPTY = {"bot": 10, "kie": 9, "payments": 15}  # migrations up to these ran before anybody had big tables


@pytest.mark.parametrize(
    ("command", "statement"), [("migrate", "0"), ("prepare", "0"), ("bot", "20s"), ("qcluster", "20s")]
)
def test_only_a_migration_may_take_its_time_and_nobody_may_wait_long_for_a_lock(run, command, statement):
    asked = run("-c", SHOW.format(command))
    asked.line_with(f"statement_timeout is {statement}")
    asked.line_with("lock_timeout is 10s")


def shutting(migration: Migration) -> list[str]:
    """Indexes that it builds on a big table while nobody can write there."""
    return [
        f"{migration}: {one.index.name}"
        for one in migration.operations
        if isinstance(one, AddIndex) and not isinstance(one, AddIndexConcurrently) and one.model_name_lower in BIG
    ]


def test_a_new_index_on_a_big_table_is_built_while_people_are_served():
    found = [
        line
        for (app, name), migration in MigrationLoader(None).disk_migrations.items()
        if app in BUILT_EMPTY and int(name[:4]) > BUILT_EMPTY[app]
        for line in shutting(migration)
    ]
    assert found == [], "use AddIndexConcurrently, in a migration with atomic = False"


def test_the_look_at_migrations_finds_such_an_index():
    assert shutting(MigrationLoader(None).disk_migrations["payments", "0015_due_in_order"])
