"""What is left on KIE's account: read every few minutes and kept, and told to the operators before it is gone."""

from decimal import Decimal
from typing import Final

import structlog
from django.db import models, transaction
from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext_lazy as _

from kie import client, tariff
from kie.charged import CREDIT_USD
from kie.errors import KieError
from kie.signals import operator_wanted
from kie.tariff import Tariff
from reliability import clock

log = structlog.get_logger()
MOST: Final = Decimal(10) ** 12  # credits; more is no balance


class Balance(models.Model):
    """One row: what KIE said last. There is none until it has said something."""

    credits = models.DecimalField(_("credits"), max_digits=14, decimal_places=2)
    read_at = models.DateTimeField(_("read"))
    is_low = models.BooleanField(_("below the limit"), default=False)  # and the operators have been told

    class Meta:
        verbose_name = _("balance at KIE")
        verbose_name_plural = _("balance at KIE")
        constraints = [CheckConstraint(name="balance_one_row", condition=Q(pk=1))]

    def __str__(self) -> str:
        return f"{self.credits:f}"

    @classmethod
    def last(cls) -> "Balance | None":
        """What KIE said last."""
        return cls.objects.filter(pk=1).first()

    def rubles(self) -> Decimal:
        """What it costs to buy so many credits, at the dearest dollar that we know."""
        return (self.credits * CREDIT_USD * tariff.now().dollar).quantize(Decimal("0.01"))


def look() -> int:
    """Read the balance; 1 where the operators are told that it is low. Where KIE does not say it, what it said last stays, and
    its age tells."""
    try:
        left = Decimal(str(client.credits()))
        if not left.is_finite() or abs(left) >= MOST:
            raise KieError(f"unexpected credit {left}")
    except KieError as trouble:
        log.warning("balance.not_read", why=str(trouble))
        return 0
    return note(left)


@transaction.atomic
def note(credits: Decimal) -> int:
    """Keep what KIE has said. Operators hear of it once it is below their limit, and again only after it was not; says how often."""
    now, limit = clock.now(), Tariff.standing().low_at
    known = {"credits": credits, "read_at": now}
    row, new = Balance.objects.select_for_update().get_or_create(pk=1, defaults=known)
    was_low = row.is_low and not new
    row.credits, row.read_at, row.is_low = credits, now, credits < limit
    row.save()
    if not row.is_low or was_low:
        return 0
    facts = {"credits": f"{credits:f}", "rubles": str(row.rubles())}
    operator_wanted.send(sender=Balance, key=f"balance:{now:%Y%m%d%H%M%S}", what="credits_low", facts=facts)
    transaction.on_commit(lambda: log.warning("balance.low", credits=f"{credits:f}", limit=limit))
    return 1
