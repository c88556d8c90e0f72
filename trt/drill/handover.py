"""What is done to a stack under load: rolling restarts, kill -9 at random, an ACTIVE that is stopped and wakes up too late."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from typing import Any

from trt.drill.field import Field
from trt.drill.stack import ROLES, Instance
from trt.drill.telegram import SAYS

VICTIMS = ("web", "web", "web", "worker", "worker", "worker", "bot", "bot", "bot", "PostgreSQL")
NOT_THE_LAST = tuple(role for role in VICTIMS if role != "bot")
AWAY_S = 0.7  # how long PostgreSQL stays away
TALKING = 0.8  # of the bots that die: the one that talks
GET_THROUGH = 5
STUCK_S = 1.0  # no call for so long: every thread of the holder waits for an answer
AFTERWARDS_S = 3.0  # what the woken one could do, it does within this
CLAIMS = "SELECT seq FROM bot_update WHERE claim_epoch = %(epoch)s"
SENT = "SELECT id, message_ids, sent_at FROM bot_delivery WHERE state = 'sent'"


async def calm(field: Field) -> None:
    """Until nobody has waited for over a second. Raises CannotRun."""
    late = "SELECT 1 FROM bot_update WHERE state = 'new' AND created_at < now() - interval '1 second'"
    await field.stack.until(
        lambda: field.stack.rows("SELECT 1") and not field.stack.rows(late), "everybody is answered"
    )


async def restart(field: Field) -> None:
    """One of each role, one after the other: SIGTERM, then a new one. The bot that goes is the one that talks. Raises CannotRun."""
    stack = field.stack
    for role in ROLES:
        await stack.until(stack.active, "somebody holds the lease")
        await stack.end(stack.active() or stack.of(role)[0] if role == "bot" else stack.of(role)[0])
        await stack.add(role)
        await stack.ready()


async def crash(field: Field) -> None:
    """The bot that talks dies by SIGKILL; the other takes the lease when it has expired."""
    stack = field.stack
    await stack.until(stack.active, "somebody holds the lease")
    victim = stack.active()
    assert victim is not None
    stack.kill(victim)
    await stack.add("bot")
    await stack.until(stack.active, "another holds the lease")


async def kill(field: Field, rounds: int, say: Callable[[str], None]) -> None:
    """So many kill -9, victims by chance, each replaced at once; between two of them a few updates have got through."""
    for number in range(1, rounds + 1):
        await _some_got_through(field)
        await asyncio.sleep(field.chance.uniform(0.0, 1.0))
        say(f"[{number}/{rounds}] {await _kill_one(field)}")


async def _some_got_through(field: Field) -> None:
    before = len(field.load.acknowledged)
    await field.stack.until(lambda: len(field.load.acknowledged) >= before + GET_THROUGH, "updates get through")
    field.crowd.check()


async def _kill_one(field: Field) -> str:
    """Who it was."""
    stack = field.stack
    active = await asyncio.to_thread(_at_work, field)
    role = field.chance.choice(VICTIMS if active else NOT_THE_LAST)
    if role == "PostgreSQL":
        await stack.database_outage(AWAY_S)
        return role
    await stack.until(lambda: stack.of(role), f"a {role} lives")
    victim = (
        active if role == "bot" and active and field.chance.random() < TALKING else field.chance.choice(stack.of(role))
    )
    stack.kill(victim)
    await stack.add(role)
    return victim.name


def _at_work(field: Field) -> Instance | None:
    """The bot that holds the lease, if it has said something since it took it.

    While there is none, for the lease of a dead one lasts nine seconds, bots are spared: else none would live long enough to
    say anything, and dying would cost nothing.
    """
    active = field.stack.active()
    return active if active and any(call.door == active.name and call.chat for call in field.telegram.calls) else None


async def freeze(field: Field) -> list[str]:
    """The bot that talks is stopped in the middle of its sends, loses the lease, and wakes up: what it then changed, in sentences.

    All its threads are made to wait for Telegram's answer first, so that whatever leaves after the waking is its own decision.
    """
    stack, telegram = field.stack, field.telegram
    await stack.until(stack.active, "somebody holds the lease")
    sleeper = stack.active()
    assert sleeper is not None
    epoch = stack.rows("SELECT epoch FROM reliability_lease WHERE name = 'bot'")[0]["epoch"]
    let_go = telegram.hold(sleeper.name)
    await stack.until(lambda: _stuck(field, sleeper), "its threads wait for Telegram")
    sleeper.signal(signal.SIGSTOP)
    stack.note_death(sleeper)
    let_go()  # the answers lie in its sockets while it sleeps
    await stack.until(lambda: stack.active() not in (None, sleeper), "the other holds the lease")
    await asyncio.sleep(AFTERWARDS_S)  # what the sleeper had in hand is done by the other
    before = _seen(field, epoch)
    woke_at = time.monotonic()
    sleeper.signal(signal.SIGCONT)
    await asyncio.sleep(AFTERWARDS_S)
    return _changed(field, before, _seen(field, epoch), sleeper, woke_at)


def _stuck(field: Field, sleeper: Instance) -> bool:
    last = max((call.at for call in field.telegram.calls if call.door == sleeper.name and call.chat), default=0.0)
    return field.telegram.holding[sleeper.name] > 0 and time.monotonic() - last > STUCK_S


def _seen(field: Field, epoch: int) -> tuple[set[int], dict[int, Any]]:
    claims = {row["seq"] for row in field.stack.rows(CLAIMS, epoch=epoch)}
    return claims, {row["id"]: (row["message_ids"], row["sent_at"]) for row in field.stack.rows(SENT)}


def _changed(field: Field, before: Any, after: Any, sleeper: Instance, woke_at: float) -> list[str]:
    said = [
        call
        for call in field.telegram.calls
        if call.door == sleeper.name and call.at >= woke_at and call.method.startswith(SAYS)
    ]
    found = [f"{sleeper.name} woke up and sent {call.method} to {call.chat}" for call in said]
    found += [f"update {seq} was finished under the old epoch" for seq in after[0] - before[0]]
    changed = [key for key, value in before[1].items() if after[1].get(key) != value]
    found += [f"delivery {key} was written over: {before[1][key]} → {after[1].get(key)}" for key in changed]
    if not sleeper.alive:
        found.append(f"{sleeper.name} died of waking up")
    return found
