"""The row of a rate that the daily source has said."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from reliability import clock


class RateState(models.TextChoices):
    """Who moves a rate on."""

    ACCEPTED = "accepted", _("taken")  # by itself, or by an operator: the newest of them holds
    PROPOSED = "proposed", _("waits for you")  # a jump → taken, declined by an operator; passed by the next one
    DECLINED = "declined", _("declined")  # by an operator
    PASSED = "passed", _("passed")  # a later one came before anybody decided


class DollarRateQuerySet(models.QuerySet["DollarRate"]):
    def accepted(self) -> Self:
        """Rates that were taken, the newest first."""
        return self.filter(state=RateState.ACCEPTED).order_by("-day", "-pk")

    def proposed(self) -> Self:
        """The one that waits for an operator, if any."""
        return self.filter(state=RateState.PROPOSED)

    def lock(self, pk: int) -> "DollarRate | None":
        """The proposal, locked until commit; None if it is none any more."""
        return self.proposed().select_for_update().filter(pk=pk).first()


class DollarRate(models.Model):
    """A rate of a day, as the source has it. One that is corrected is another row."""

    day = models.DateField(_("day"))  # that the source says it is for
    rubles = models.DecimalField(_("rubles a dollar"), max_digits=10, decimal_places=4)
    state = models.CharField(_("state"), max_length=8, choices=RateState)
    against = models.DecimalField(_("before it"), max_digits=10, decimal_places=4)  # what it was a jump from, or not
    heard_at = models.DateTimeField(_("last heard"), default=clock.now)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.CharField(_("by"), max_length=150, blank=True, default="")  # empty: by itself

    objects = DollarRateQuerySet.as_manager()

    class Meta:
        verbose_name = _("rate of the dollar")
        verbose_name_plural = _("rates of the dollar")
        constraints = [
            CheckConstraint(name="rate_state_known", condition=Q(state__in=RateState.values)),
            CheckConstraint(name="rate_positive", condition=Q(rubles__gt=0, rubles__lte=100_000, against__gt=0)),
            CheckConstraint(name="rate_declined_by", condition=~Q(state="declined") | ~Q(decided_by="")),
            UniqueConstraint(name="rate_said_once", fields=["day", "rubles"]),
            UniqueConstraint(name="rate_one_proposal", fields=["state"], condition=Q(state="proposed")),
        ]

    def __str__(self) -> str:
        return f"{self.rubles.normalize():f} ₽, {self.day:%d.%m.%Y}"

    @property
    def change_percent(self) -> Decimal:
        """How far it is from the rate before it, with its sign."""
        return (self.rubles / self.against - 1) * 100
