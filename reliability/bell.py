"""Bells that wake sleeping loops: NOTIFY rung inside a transaction is heard when that transaction commits."""

from typing import Final

from django.db import connection

BOT: Final = "trt_bot"  # an update was stored or a delivery written: the lease holder looks at once


def ring(channel: str) -> None:
    """Wake whoever listens on `channel`. A lost ring costs a second: every loop also looks by itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [channel])
