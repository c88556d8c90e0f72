"""A crash between every two statements: each flow is lived once to count its points, then once for each of them, where the
process that stands there dies by kill -9. A point lies between two statements, commits or requests to a peer, and in the
middle of a request. The loop that only keeps the lease is left to the random histories.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

from tests.simulation.flows import FLOWS
from tests.simulation.world import World

if TYPE_CHECKING:
    from tests.simulation.ground import Ground

SEED: Final = 5  # whose turn it is when, the same in all


@dataclass(frozen=True, slots=True)
class Death:
    """How a flow went in which somebody died at point `at`; 0: nobody did. `points` is how many were passed, `seams` those of them
    that lie right after a commit or a peer's work."""

    flow: str
    at: int
    points: int
    seams: tuple[int, ...]
    broken: tuple[str, ...]
    log: tuple[str, ...]
    took_s: float


def lived(ground: Ground, number: int, at: int, *, echo: bool = False) -> Death:
    """Flow `number` of FLOWS with a death at point `at`."""
    began = time.monotonic()
    ground.clean()
    flow = FLOWS[number]
    world = World(SEED, ground.sessions, model=ground.model, echo=echo, flow=flow, die_at=at)
    world.live()
    took_s = time.monotonic() - began
    seams, broken, log = tuple(world.seams), tuple(world.findings), tuple(world.log.lines)
    return Death(flow.name, at, world.points, seams, broken, log, took_s)


def deaths(points: dict[int, int]) -> list[tuple[int, int]]:
    """Every (flow, point) there is, well mixed and always in the same order: whoever has no time for all sees something of each."""
    every = [(number, at) for number, most in points.items() for at in range(1, most + 1)]
    return Random(SEED).sample(every, len(every))
