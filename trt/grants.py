"""What the application's role may do in the database: change rows, but neither tables nor what money has done.

The owner's role gives it, so that a database of one's own needs two roles and nothing else by hand. The embedded server
gives the same to tables that are yet to be made.
"""

from importlib import import_module
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

ROWS: Final[LiteralString] = "SELECT, INSERT, UPDATE, DELETE"
SEQUENCES: Final[LiteralString] = "USAGE, SELECT"
OWNED: Final = """
SELECT relname, relkind = 'S' FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND pg_get_userbyid(relowner) = current_user AND relkind IN ('r', 'p', 'S') ORDER BY relname
"""
CAN_FORGE: Final = """
SELECT has_table_privilege(%(app)s, oid, 'UPDATE, DELETE, TRUNCATE') OR pg_has_role(%(app)s, relowner, 'MEMBER')
FROM pg_class WHERE oid = 'public.payments_transfer'::regclass
"""


def to_come(owner: str, app: str) -> sql.Composed:
    """Statements that give `app` its rights on all that `owner` will make."""
    defaults: LiteralString = (
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT {rights} ON {kind} TO {app}"
    )
    both = {"owner": sql.Identifier(owner), "app": sql.Identifier(app)}
    tables = sql.SQL(defaults).format(rights=sql.SQL(ROWS), kind=sql.SQL("TABLES"), **both)
    sequences = sql.SQL(defaults).format(rights=sql.SQL(SEQUENCES), kind=sql.SQL("SEQUENCES"), **both)
    return sql.SQL("; ").join([sql.SQL("GRANT USAGE ON SCHEMA public TO {app}").format(**both), tables, sequences])


def establish(cursor: Any, url: str) -> str:
    """Give the role of `url` what it needs and take from it what guards money, all in the transaction of the owner's cursor.

    Wants the tables made. A repeat changes nothing; where both are one role nothing is done. Returns a line where the guard
    is not there all the same, else "". Raises the database's refusal, or psycopg's own where that role cannot log in.
    """
    with psycopg.connect(url, connect_timeout=5) as theirs:  # asked, for to a pooler it may have another name
        app = str(theirs.execute("SELECT current_user").fetchone()[0])  # type: ignore[index]
    cursor.execute("SELECT current_user")
    owner = str(cursor.fetchone()[0])
    if owner == app:
        return ""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtext('trt.grants'))")  # two at once fail on the catalogue's rows
    cursor.execute(to_come(owner, app))
    cursor.execute(OWNED)
    _on_all(cursor, cursor.fetchall(), app)
    cursor.execute(import_module("payments.migrations.0002_guards").REVOKED)  # there, before there was a grant
    cursor.execute(CAN_FORGE, {"app": app})
    if not cursor.fetchone()[0]:
        return ""
    return (
        f"warning: the role {app} can change transfers all the same: it owns them, is a superuser or a member of {owner}. "
        "See docs/RUNBOOK.md, A database of your own"
    )


def _on_all(cursor: Any, owned: list[tuple[str, bool]], app: str) -> None:
    for kind, rights in (("TABLE", ROWS), ("SEQUENCE", SEQUENCES)):
        names = [sql.Identifier("public", name) for name, is_sequence in owned if is_sequence == (kind == "SEQUENCE")]
        text = sql.SQL("GRANT {rights} ON {kind} {names} TO {app}")
        named = sql.SQL(", ").join(names)
        cursor.execute(text.format(rights=sql.SQL(rights), kind=sql.SQL(kind), names=named, app=sql.Identifier(app)))
