"""The registry as `publish_file` leaves it, for the tests that sell something. It stands in each database from the start.

Publishing checks and writes 239 models, which takes a second. A test that commits has every table emptied after it; then a copy
inside PostgreSQL, some milliseconds, brings the registry back to who asks for it.
"""

from django.db import connection

from kie import registry
from kie.models import RegistryVersion

TABLES = ("kie_registryversion", "kie_aimodel")


def keep() -> None:
    """Publish in a database that has just been made, and put a copy of the rows aside."""
    registry.publish_file()
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA kept")
        for table in TABLES:
            cursor.execute(f"CREATE TABLE kept.{table} AS TABLE {table}")


def publish() -> None:
    """The registry is published. A repeat is a no-op."""
    if RegistryVersion.objects.exists():
        return
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"INSERT INTO {table} SELECT * FROM kept.{table}")
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
