"""How the database is emptied after a test that commits. Django truncates every table, which takes a fifth of a second however
little stands in them; deleting takes some milliseconds, in a session of a superuser's that the ledger's triggers let pass.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from django.db import connection

from trt import postgres
from trt.env import HOME

LEFT_BEHIND: Final = 50  # rows that are only deleted stay in their files: every so often these are made anew


@contextmanager
def quickly() -> Iterator[None]:
    """Within the block, in this process."""
    operations = connection.ops
    truncate, execute = operations.sql_flush, operations.execute_sql_flush
    cleaner = psycopg.connect(postgres.url(HOME, "postgres", connection.settings_dict["NAME"]), autocommit=True)
    cleaner.execute("SET session_replication_role = replica")
    times = 0

    def sql(style: Any, tables: Sequence[str], **how: Any) -> list[str]:
        nonlocal times
        times += 1
        if times % LEFT_BEHIND == 0 or how.get("reset_sequences"):
            return truncate(style, tables, **how)
        return [f"DELETE FROM {operations.quote_name(table)}" for table in tables]

    def run(statements: list[str]) -> None:
        if statements and statements[0].startswith("DELETE"):
            cleaner.execute("; ".join(statements).encode())
        else:
            execute(statements)

    operations.sql_flush, operations.execute_sql_flush = sql, run
    yield
    cleaner.close()  # nobody may be there when the database goes
