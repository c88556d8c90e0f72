"""Whether what must always hold does hold: the checks, and the verdict that each leaves until the next one."""

from collections.abc import Iterable
from typing import Final

import structlog
from django.db.models import QuerySet

from payments import invariants as money
from payments import ledger
from reliability import clock
from reliability.models import Sweep
from trt.console import invariants

log = structlog.get_logger()

RULES: Final = "rules"  # names of checks, and of their rows among the sweeps
DIGESTS: Final = "digests"
SIGNED: Final = "transfer_digests"  # what the second finds, named as a rule is
OF_MONEY: Final = frozenset((*(rule.name for rule in money.INVARIANTS), SIGNED))
OK, UNKNOWN = "ok", "not checked yet"


def rules() -> list[str]:
    """Names of the rules that do not hold; each is an error in the log."""
    return _loud({name: len(rows) for name, rows in invariants.broken().items()})


def digests() -> list[str]:
    """`transfer_digests`, an error in the log, if a transfer or a wallet is not as the ledger signed it. Reads all of them."""
    changed = sum(1 for _ in ledger.verify_digests())
    return _loud({SIGNED: changed} if changed else {})


def leave(check: str, found: Iterable[str], took_ms: int) -> None:
    """The verdict of a check that has just been made by hand stands in place of the last one."""
    names = sorted(found)
    last = {
        "ran_at": clock.now(),
        "took_ms": max(1, took_ms),
        "count": len(names),
        "found": ", ".join(names),
        "error": "",
    }
    Sweep.objects.update_or_create(name=check, defaults=last)


def of_ledger(sweeps: QuerySet[Sweep]) -> dict[str, str | None]:
    """For /health: ok, or what is broken of money; and since when, which is the older of the two checks."""
    checks = [row for row in sweeps if row.name in (RULES, DIGESTS) and row.took_ms and row.ran_at and not row.error]
    if broken := sorted({name for row in checks for name in row.found.split(", ")} & OF_MONEY):
        return {"ledger_verdict": f"broken: {', '.join(broken)}", "ledger_checked_at": _older(checks)}
    if len(checks) < 2:
        return {"ledger_verdict": UNKNOWN, "ledger_checked_at": None}
    return {"ledger_verdict": OK, "ledger_checked_at": _older(checks)}


def _older(checks: list[Sweep]) -> str:
    return min(row.ran_at for row in checks if row.ran_at).isoformat()


def _loud(found: dict[str, int]) -> list[str]:
    for name, rows in found.items():
        log.error("rule.broken", rule=name, rows=rows, look="manage.py verify")
    return list(found)
