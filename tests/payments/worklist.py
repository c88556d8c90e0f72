"""The work list as an operator finds it after our books were compared with a provider's."""

from datetime import timedelta

from payments import reconcile
from payments.models import Difference
from reliability import clock


def compared(later: timedelta = timedelta(0)) -> int:
    """Our books and every provider's, so much later; how much was news."""
    with clock.moved(later):
        return reconcile.all()


def lines(kind: str = "") -> list[str]:
    """What is open, of one kind or of any, by key."""
    rows = Difference.objects.open().order_by("key")
    return list((rows.filter(kind=kind) if kind else rows).values_list("key", flat=True))


def line(kind: str) -> Difference:
    """The one line of its kind."""
    return Difference.objects.get(kind=kind)
