"""Web, bot, worker and PostgreSQL, two of each but the last, killed with SIGKILL by chance while people write: forty times.

The journal of what was acknowledged and the Telegram that counts what people saw live in this process, which nobody
kills. SOAK_KILLS=400 repeats it on fresh stacks, each with a seed of its own; the victims are printed.
"""

import asyncio
import os
import sys
from dataclasses import dataclass

import pytest

from trt.drill import handover
from trt.drill.field import Field, under_load
from trt.drill.report import counts
from trt.drill.verdict import Verdict

KILLS = 40
SEEDS = range(1, max(1, int(os.environ.get("SOAK_KILLS", KILLS)) // KILLS) + 1)
THREADS = 8  # of a bot: so many sends can be under way when it dies
pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.xdist_group("kills"), pytest.mark.timeout(600)]


@dataclass(frozen=True, slots=True)
class Havoc:
    """Forty kills, and what was left."""

    field: Field
    verdict: Verdict
    statuses: list[int]  # what posts were answered that began and ended while nobody of PostgreSQL lived


def say(*lines: str) -> None:
    """Shown where a test fails, and with -s."""
    sys.stdout.write("\n".join(lines) + "\n")


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed {seed}")
def havoc(request: pytest.FixtureRequest) -> Havoc:
    async def done() -> Havoc:
        async with under_load(rate=12, seed=request.param) as field:
            await handover.kill(field, KILLS, say)
            verdict = await field.settled()
            stack = field.stack
            statuses = [
                one.status
                for one in field.load.tries
                if any(since <= one.began and one.ended <= until for since, until in stack.away)
            ]
            return Havoc(field, verdict, statuses)

    havoc = asyncio.run(done())
    say(str(counts(havoc.verdict)), *havoc.verdict.maybe_doubled)
    return havoc


def test_nothing_acknowledged_is_lost(havoc: Havoc):
    assert havoc.verdict.lost == []
    assert havoc.verdict.acknowledged > 100


def test_each_has_one_effect(havoc: Havoc):
    assert havoc.verdict.wrong_effects == []
    assert min(havoc.verdict.jobs, havoc.verdict.credits) > 0


def test_the_order_of_each_chat_is_kept(havoc: Havoc):
    assert havoc.verdict.out_of_order == []


def test_a_message_comes_twice_only_where_its_sender_died(havoc: Havoc):
    deaths = [death for death in havoc.field.stack.deaths if death.who.startswith(("bot", "PostgreSQL"))]

    assert havoc.verdict.doubled == []
    assert len(havoc.verdict.maybe_doubled) <= THREADS * len(deaths)


def test_nothing_is_acknowledged_while_postgresql_is_away(havoc: Havoc):
    assert havoc.verdict.lied == []
    assert havoc.field.stack.away == [] or 503 in havoc.statuses  # somebody asked


def test_every_rule_holds_afterwards(havoc: Havoc):
    assert havoc.verdict.broken == []
