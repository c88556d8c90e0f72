"""KIE's account: whether anything is sold at all, and how we learn that it is filled up again.

Credits, key and cap are for the operator to mend. Jobs wait for it, new ones are refused before any money is held, and a read of
the balance, which costs nothing, says when a first job may be tried (kie.breaker).
"""

from decimal import Decimal

import structlog
from django.db import transaction

from kie import breaker, client
from kie.breaker import ACCOUNT, Breaker, Reason, State
from kie.errors import KieError, NoCredits, NothingMade, Refused
from reliability import clock

log = structlog.get_logger()
REASONS = {401: Reason.KEY, 402: Reason.CREDITS, 433: Reason.CAP}


def closes(why: NothingMade, *, needs: Decimal | None = None) -> bool:
    """Stop all sales where `why` is of our account; says whether it is. `needs`: the credits that the refused task costs."""
    reason = Reason.CREDITS if isinstance(why, NoCredits) else REASONS.get(why.code)
    if reason is None:
        return False
    breaker.trip(ACCOUNT, reason, str(why), needs=needs)
    return True


def closed_for() -> Reason | None:
    """Why nothing is sold now; None where sales go on, a trial's included."""
    row = Breaker.objects.filter(scope=ACCOUNT, state=State.OPEN).first()
    return Reason(row.reason) if row else None


def probe() -> int:
    """Ask KIE for the balance where the account is open and its pause is over; a balance that suffices makes it half-open: the
    next job is its trial. Of a cap a balance says nothing, so there the trial alone decides. Says how many were let go on."""
    row = Breaker.objects.filter(scope=ACCOUNT, state=State.OPEN, until__lte=clock.now()).first()
    if row is None:
        return 0
    try:
        left: Decimal | None = Decimal(str(client.credits()))
        why = f"{left:f} credits are left, and {row.needs or 'some'} are needed"
    except KieError as trouble:
        left, why = None, str(trouble)
        if not isinstance(trouble, Refused):
            log.warning("account.not_probed", why=why)
    enough = left is not None and (row.reason == Reason.CAP or left >= (row.needs or Decimal("0.01")))
    return _noted(enough, why)


@transaction.atomic
def _noted(enough: bool, why: str) -> int:
    row = Breaker.objects.select_for_update().filter(scope=ACCOUNT, state=State.OPEN, until__lte=clock.now()).first()
    if row is None:  # another has asked meanwhile
        return 0
    if not enough:
        row.open(Reason(row.reason), why)
        return 0
    row.state, row.until = State.HALF_OPEN, clock.now()
    row.save(update_fields=["state", "until"])
    transaction.on_commit(lambda: log.info("account.open_again", why=why))
    return 1
