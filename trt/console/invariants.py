"""Every rule that must always hold, of all packages: one list for the console, the simulator and the tests of faults."""

from typing import Any, Final

import bot.invariants
import kie.invariants
import payments.invariants
from reliability.invariants import Invariant

INVARIANTS: Final[tuple[Invariant, ...]] = (
    *payments.invariants.INVARIANTS,
    *kie.invariants.INVARIANTS,
    *bot.invariants.INVARIANTS,
)


def broken() -> dict[str, list[dict[str, Any]]]:
    """The rules that do not hold, by name, with the rows that break them; empty: all is well. Changes nothing."""
    return {rule.name: rows for rule in INVARIANTS if (rows := rule.check())}
