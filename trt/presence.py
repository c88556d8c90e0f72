"""The web process among the instances: its heart beats and its counts are written every few seconds."""

import asyncio

from reliability import instance
from reliability.models import HEARTBEAT_S


async def present() -> None:
    """Until cancelled. The last beat is at the end, so that nothing counted is missing."""
    try:
        while True:
            await asyncio.to_thread(instance.beat_if_possible, "web")
            await asyncio.sleep(HEARTBEAT_S)
    finally:
        await asyncio.to_thread(instance.beat_if_possible, "web")
