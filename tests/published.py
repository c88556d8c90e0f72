"""The registry as `publish_file` leaves it, for the tests that sell something: published once a database, then copied.

Publishing checks and writes 239 models, which takes a second; a copy inside PostgreSQL takes some milliseconds.
"""

from django.db import connection

from kie import registry

TABLES = ("kie_registryversion", "kie_aimodel")


def keep() -> None:
    """Publish in a database that has just been made, put the rows aside and leave it as empty as it was."""
    registry.publish_file()
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA kept")
        for table in TABLES:
            cursor.execute(f"CREATE TABLE kept.{table} AS TABLE {table}")
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")


def publish() -> None:
    """The registry is published. A repeat is a no-op."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"INSERT INTO {table} SELECT * FROM kept.{table} ON CONFLICT DO NOTHING")
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
