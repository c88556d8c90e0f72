"""Rolling restarts under load, and a holder of the lease that is stopped and wakes up too late. `manage.py drill` does more of it."""

import asyncio
from dataclasses import dataclass

import pytest

from trt.drill import handover
from trt.drill.field import under_load
from trt.drill.verdict import Verdict

RESTARTS = 3
pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.xdist_group("kills"), pytest.mark.timeout(300)]


@dataclass(frozen=True, slots=True)
class Handed:
    """Three restarts and one awakening, and what they changed."""

    verdict: Verdict
    ended_by_themselves: list[str]
    done_by_the_woken: list[str]


@pytest.fixture(scope="module")
def handed() -> Handed:
    async def done() -> Handed:
        async with under_load(rate=12, seed=1) as field:
            for _ in range(RESTARTS):
                await handover.calm(field)
                await handover.restart(field)
            woken = await handover.freeze(field)
            verdict = await field.settled()
            return Handed(verdict, [one.name for one in field.stack.ended], woken)

    return asyncio.run(done())


def test_rolling_restarts_lose_nothing_double_nothing_and_keep_the_order(handed: Handed):
    assert handed.verdict.problems() == {}
    assert handed.ended_by_themselves == []
    assert min(handed.verdict.acknowledged, handed.verdict.jobs, handed.verdict.credits) > 0


def test_a_holder_that_wakes_up_without_its_lease_changes_nothing(handed: Handed):
    assert handed.done_by_the_woken == []
