"""`manage.py drill`: handovers under synthetic load, on a stack of its own beside whatever runs here; what they cost people."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from trt.drill import handover, report
from trt.drill.field import Field, under_load
from trt.drill.report import Drill, Pause
from trt.drill.stack import CannotRun
from trt.wheel import CannotStart


def main(arguments: list[str]) -> int:
    """Exit 0: nothing lost, doubled or out of order; 2: something was; 1: could not be held."""
    options = _parser().parse_args(arguments)
    try:
        drill = asyncio.run(_held(options))
    except (CannotRun, CannotStart) as why:
        _say(f"could not be held: {why}")
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        _say("stopped; nothing of it is left")
        return 1
    sys.stdout.write(json.dumps(drill.as_json(), ensure_ascii=False, indent=2) if options.json else report.table(drill))
    sys.stdout.write("\n")
    return 0 if drill.verdict.holds else 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="manage.py drill",
        description="Restart a TRT of its own again and again while synthetic people write to it; then one crash of the bot that "
        "talks and one that is stopped and wakes too late. Says what was lost, doubled or out of order, and how long people waited. "
        "Never touches the TRT that runs here, never calls a real peer. Exit 0: nothing was lost, doubled or out of order, every rule holds; 2: something was; 1: could not be held. "
        "Times are shown, not judged.",
    )
    parser.add_argument("--restarts", type=_count, default=20, help="rolling restarts by SIGTERM (20)")
    parser.add_argument("--rate", type=_rate, default=20.0, help="updates a second (20; Telegram lets a bot send 30)")
    parser.add_argument("--seconds", type=float, default=0.0, help="keep the load up for at least so long")
    parser.add_argument("--seed", type=int, default=1, help="of the people's choices (1)")
    parser.add_argument("--json", action="store_true", help="one object instead of the table")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("a whole number, 0 or more")
    return int(text)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 25:
        raise argparse.ArgumentTypeError("over 0, at most 25: above it Telegram's own pace makes people wait")
    return rate


async def _held(options: argparse.Namespace) -> Drill:
    me = asyncio.current_task()
    assert me is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)
    _say("starting PostgreSQL, a local KIE, two each of web, bot and worker")
    async with under_load(rate=options.rate, seed=options.seed) as field:
        began, pauses = time.monotonic(), []
        plan: list[tuple[str, Callable[[Field], Awaitable[Any]]]] = [("restart", handover.restart)] * options.restarts
        plan += [("crash", handover.crash), ("stopped", handover.freeze)]
        woken: list[str] = []
        for number, (what, act) in enumerate(plan, 1):
            await handover.calm(field)
            since = time.monotonic()
            woken += await act(field) or []
            await handover.calm(field)
            field.crowd.check()
            since = max([since, *[death.at for death in field.stack.deaths]])  # not the preparation of it
            pauses.append(Pause(what, report.longest_wait_s(field, since, time.monotonic())))
            _say(f"[{number}/{len(plan)}] {what}: somebody waited {pauses[-1].seconds:.2f} s")
        await asyncio.sleep(max(0.0, options.seconds - (time.monotonic() - began)))
        _say("no more updates; what is under way is waited for")
        verdict = await field.settled()
    verdict.wrong_effects += woken + [f"{one.name} ended by itself" for one in field.stack.ended]
    return Drill(verdict, pauses, time.monotonic() - began)


def _say(line: str) -> None:
    sys.stderr.write(f"drill: {line}\n")
    sys.stderr.flush()
