"""Everything of a drill, put together: Telegram, the stack, the load, its people."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from trt.drill import verdict
from trt.drill.load import Front, Load
from trt.drill.people import Crowd
from trt.drill.stack import ROLES, CannotRun, Stack
from trt.drill.telegram import Telegram
from trt.drill.verdict import Verdict

MODEL = "z-image"  # asks for a text alone


@dataclass
class Field:
    """A running stack under load."""

    stack: Stack
    telegram: Telegram
    load: Load
    crowd: Crowd
    chance: random.Random

    async def settled(self) -> Verdict:
        """Nobody writes any more, everything is answered: the reckoning. Raises CannotRun if something stays open."""
        await self.crowd.leave()
        await asyncio.wait_for(self.load.settle(), 60)
        await verdict.drained(self.stack)
        return await asyncio.to_thread(verdict.reckon, self.stack, self.telegram, self.load, self.crowd)


@asynccontextmanager
async def under_load(*, rate: float, seed: int, each: int = 2) -> AsyncIterator[Field]:
    """A stack with `each` instances of every role, and people who write `rate` updates a second. Nothing of it is left."""
    chance = random.Random(seed)
    telegram, front = Telegram(), Front()
    with tempfile.TemporaryDirectory(prefix="trt-drill-") as home:
        stack = Stack(Path(home), telegram)
        load = front.load = Load(stack, chance)
        crowd = Crowd(telegram, load, rate, chance)
        supervisor: asyncio.Task[None] | None = None
        try:
            await stack.start(await front.open())
            supervisor = asyncio.create_task(stack.supervise())
            for role in ROLES * each:
                await stack.add(role)
            await stack.ready()
            found = stack.rows("SELECT id FROM kie_aimodel WHERE key = %(key)s", key=MODEL)
            if not found:
                raise CannotRun(f"the registry has no {MODEL}")
            crowd.come(found[0]["id"])
            yield Field(stack, telegram, load, crowd, chance)
        finally:
            if supervisor is not None:
                supervisor.cancel()
            await crowd.dismiss()
            await load.close()
            await telegram.close()
            await front.close()
            await asyncio.to_thread(stack.close)
