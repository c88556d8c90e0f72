"""The command line: one history to look at, many to trust, the zoo to trust the many."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import django

from bot import texts
from trt import postgres
from trt.env import HOME

EVERY_S = 10.0  # between lines of progress
ZOO_SEEDS = 150  # a bug that survives so many is not caught


def main(arguments: list[str]) -> int:
    """0: every promise was kept (or every bug caught); 1: not, and what was seen stands above the command to see it again."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation", description="Histories of a whole TRT, by seed."
    )
    parser.add_argument("--seed", type=int, help="one history")
    parser.add_argument("--seeds", type=_span, help="many: 0-999")
    parser.add_argument("--jobs", type=int, default=1, help="so many processes at once")
    parser.add_argument("--within", type=float, help="seconds: stop then, if --at-least are done", default=float("inf"))
    parser.add_argument("--at-least", type=int, default=0)
    parser.add_argument(
        "--crashes", action="store_true", help="every flow of money, with a death at each of its points"
    )
    parser.add_argument("--flow", type=_point, help="one of them: number:point")
    parser.add_argument("--zoo", action="store_true", help="every planted bug, until it is caught")
    parser.add_argument("--verbose", action="store_true", help="tell the history as it happens")
    options = parser.parse_args(arguments)
    with _stage():
        if options.zoo:
            return _zoo(options.within)
        if options.flow is not None:
            return _flow(*options.flow)
        if options.crashes:
            return _crashes(options.jobs, options.within)
        if options.seed is not None:
            return _one(options.seed, verbose=options.verbose)
        return _many(options.seeds or range(1000), options.jobs, options.within, options.at_least)


def _span(words: str) -> range:
    first, _, last = words.partition("-")
    return range(int(first), int(last or first) + 1)


@contextmanager
def _stage() -> Iterator[None]:
    """PostgreSQL and Django."""
    with postgres.running(HOME, fast=True):
        texts.compile_catalogues()
        django.setup()
        yield


def _one(seed: int, *, verbose: bool) -> int:
    from tests.simulation.ground import ready
    from tests.simulation.runner import simulate

    with ready() as ground:
        outcome = simulate(seed, ground, echo=verbose)
    print(outcome.report() if outcome.broken else f"seed {seed}: every promise kept")
    print(f"{len(outcome.log)} events, digest {outcome.digest}")
    return bool(outcome.broken)


def _many(seeds: range, jobs: int, within_s: float, at_least: int) -> int:
    """In order, spread over the processes; the first that fails ends all."""
    from tests.simulation.ground import shared

    began = said = time.monotonic()
    done, struck = 0, Counter[str]()
    with shared(), get_context("spawn").Pool(jobs, initializer=_begin) as pool:
        for outcome in pool.imap_unordered(_simulate, seeds, chunksize=1):
            now = time.monotonic()
            if outcome.broken:
                print(outcome.report())
                return 1
            done += 1
            struck += outcome.struck
            if now - said > EVERY_S:
                said = now
                print(f"[{done}/{len(seeds)}] {done / (now - began):.1f} histories/s", file=sys.stderr)
            if now - began > within_s and done >= at_least:
                break
    took_s = time.monotonic() - began
    print(f"{done} histories, every promise kept in each, {took_s:.0f} s")
    print("faults: " + ", ".join(f"{count} {kind}" for kind, count in sorted(struck.items())))
    return 0


_ground: list[Any] = []


def _begin() -> None:
    """A process of the pool: its own stage and ground, until it is terminated."""
    from contextlib import ExitStack

    stack = ExitStack()
    stack.enter_context(_stage())
    from tests.simulation.ground import ready

    _ground[:] = [stack.enter_context(ready()), stack]


def _simulate(seed: int) -> Any:
    from tests.simulation.runner import simulate

    return simulate(seed, _ground[0])


def _point(words: str) -> tuple[int, int]:
    number, _, at = words.partition(":")
    return int(number), int(at or 0)


def _flow(number: int, at: int) -> int:
    from tests.simulation.crashes import lived
    from tests.simulation.ground import ready

    with ready() as ground:
        death = lived(ground, number, at, echo=True)
    print("\n".join(death.broken) or f"{death.flow}, death at {at} of {death.points}: every promise kept")
    return bool(death.broken)


def _crashes(jobs: int, within_s: float) -> int:
    """Count the points of each flow, then die at each."""
    from tests.simulation.crashes import deaths
    from tests.simulation.flows import FLOWS
    from tests.simulation.ground import shared

    began = said = time.monotonic()
    done = 0
    with shared(), get_context("spawn").Pool(jobs, initializer=_begin) as pool:
        points = {}
        for number, whole in enumerate(pool.map(_lived, [(number, 0) for number in range(len(FLOWS))])):
            if whole.broken or whole.points == 0:
                print(f"{whole.flow}: broken without a death: {whole.broken}")
                return 1
            points[number] = whole.points
            print(f"{whole.points:5} points  {whole.flow}")
        wanted = deaths(points)
        for (number, at), death in zip(wanted, pool.imap(_lived, wanted, chunksize=2), strict=True):
            now = time.monotonic()
            if death.broken:
                print(
                    "\n".join(
                        [
                            *death.log[-60:],
                            "",
                            *death.broken,
                            "",
                            f"replay: python -m tests.simulation --flow {number}:{at}",
                        ]
                    )
                )
                return 1
            done += 1
            if now - said > EVERY_S:
                said = now
                print(f"[{done}/{len(wanted)}] {done / (now - began):.1f} deaths/s", file=sys.stderr)
            if now - began > within_s:
                break
    print(
        f"{done} of {len(wanted)} points of {len(FLOWS)} flows died at, every promise kept after each, {time.monotonic() - began:.0f} s"
    )
    return 0


def _lived(which: tuple[int, int]) -> Any:
    from tests.simulation.crashes import lived

    return lived(_ground[0], *which)


def _zoo(within_s: float) -> int:
    """Each planted bug until it is caught, in the order of the zoo, as long as there is time; those left are named."""
    from tests.simulation.ground import ready
    from tests.simulation.runner import caught
    from tests.simulation.zoo import BUGS

    needed: dict[str, int | None] = {}
    until = time.monotonic() + within_s
    with ready() as ground:
        for bug in BUGS:
            if (began := time.monotonic()) > until:
                break
            seeds, rule = caught(bug, ground, ZOO_SEEDS)
            needed[bug.name] = seeds
            took_s = time.monotonic() - began
            print(
                f"{bug.name:<34} {f'caught by history {seeds}' if seeds else 'NOT CAUGHT':<22} {took_s:5.1f} s  {rule[:90]}"
            )
    found = [seeds for seeds in needed.values() if seeds]
    if left := [bug.name for bug in BUGS if bug.name not in needed]:
        print(f"no time for {', '.join(left)}")
    print(f"{len(found)} of {len(needed)} planted bugs caught, in a median of {statistics.median(found):g} histories")
    print(json.dumps(needed))
    return 0 if len(found) == len(needed) else 1
