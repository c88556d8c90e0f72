"""The web process among the instances: its heart beats and its inbox counters are written every few seconds."""

import asyncio

import structlog
from django.db import DatabaseError, InterfaceError, connection

from bot import inbox
from reliability import instance
from reliability.models import HEARTBEAT_S

log = structlog.get_logger()


async def present() -> None:
    """Until cancelled. The database's absence is waited out: others then see this process as gone, rightly."""
    while True:
        await asyncio.to_thread(_write)
        await asyncio.sleep(HEARTBEAT_S)


def _write() -> None:
    try:
        instance.beat("web", inbox.counted)
    except (DatabaseError, InterfaceError) as trouble:
        log.warning("instance.no_heartbeat", role="web", error=str(trouble).strip())
        connection.close()
