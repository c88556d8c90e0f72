"""Series of histories: one seed or thousands, on one process or several."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tests.simulation.crashes import lived
from tests.simulation.flows import FLOWS
from tests.simulation.ground import Ground
from tests.simulation.world import World
from tests.simulation.zoo.bug import Bug

TAIL: Final = 60  # lines of a failed history that are shown
STRIDE: Final = 7  # points of a flow
SLIP: Final = re.compile(r"an error escaped: .*\b(TypeError|AttributeError|NameError):")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one history ended. `broken` is empty where every promise was kept."""

    seed: int
    broken: tuple[str, ...]
    digest: str
    log: tuple[str, ...] = field(repr=False)
    struck: Counter[str] = field(repr=False)
    took_s: float = field(compare=False)

    def report(self) -> str:
        """What a developer needs: the rule, what led to it, how to see it again."""
        return "\n".join(
            [
                *self.log[-TAIL:],
                "",
                *self.broken,
                "",
                f"replay: python -m tests.simulation --seed {self.seed} --verbose",
            ]
        )


def simulate(seed: int, ground: Ground, *, echo: bool = False) -> Outcome:
    """One history from a clean state. The same seed and the same code give an equal outcome."""
    began = time.monotonic()
    ground.clean()
    world = World(seed, ground.sessions, model=ground.model, echo=echo)
    world.live()
    log = world.log
    return Outcome(
        seed, tuple(world.findings), log.digest(), tuple(log.lines), world.faults.struck, time.monotonic() - began
    )


def caught(bug: Bug, ground: Ground, most: int) -> tuple[int | None, str]:
    """After how many histories a planted bug breaks a promise, and which; None if it survives `most` of them, or all deaths of its
    flow. A plant that does not fit the code any more proves nothing: AssertionError.
    """
    with bug.planted():
        lives = _deaths(bug.flow, ground) if bug.flow else (simulate(seed, ground).broken for seed in range(most))
        for count, broken in enumerate(lives, 1):
            if broken:
                assert not SLIP.search(broken[0]), f"the plant is broken itself: {broken[0]}"
                return count, broken[0]
    return None, ""


def _deaths(name: str, ground: Ground) -> Iterator[tuple[str, ...]]:
    """What a flow breaks: without a death, then with one at each of its points, from the end, where its matter is: first where what
    others see has just changed, then in wide steps."""
    number = next(number for number, flow in enumerate(FLOWS) if flow.name == name)
    whole = lived(ground, number, 0)
    yield whole.broken
    strides = [at for begin in range(STRIDE) for at in range(whole.points - begin, 0, -STRIDE)]
    for at in dict.fromkeys([*reversed(whole.seams), *strides]):
        yield lived(ground, number, at).broken
