"""The row of a model that has taken itself off sale because it would sell at a loss, and what KIE really took for a choice."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from reliability import cid, clock


class Reason(models.TextChoices):
    """Why it would sell at a loss."""

    PRICE = "price", _("its price does not cover what the price list says it costs")
    CHARGED = "charged", _("KIE has taken more than the price list says")


class PauseQuerySet(models.QuerySet["Pause"]):
    def open(self) -> Self:
        """Of models that are off sale now."""
        return self.filter(ended_at__isnull=True)


class Pause(models.Model):
    """From the first look that found a loss to the first that does not, or to an operator's word. One open a model."""

    model = models.ForeignKey(
        "kie.AIModel", on_delete=models.PROTECT, related_name="pauses", verbose_name=_("AI model")
    )
    reason = models.CharField(_("why"), max_length=8, choices=Reason)
    variant = models.CharField(_("choice"), max_length=300, blank=True, default="")
    price = models.DecimalField(_("price, ₽"), max_digits=14, decimal_places=2)
    cost = models.DecimalField(_("cost, ₽"), max_digits=18, decimal_places=6)
    found_at = models.DateTimeField(_("found"), default=clock.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=150, blank=True, default="")  # empty: by itself
    cid = models.CharField(_("correlation id"), max_length=cid.LENGTH, default=cid.current)

    objects = PauseQuerySet.as_manager()

    class Meta:
        verbose_name = _("pause of a model")
        verbose_name_plural = _("pauses of models")
        constraints = [
            CheckConstraint(name="pause_reason_known", condition=Q(reason__in=Reason.values)),
            CheckConstraint(name="pause_is_a_loss", condition=Q(price__lt=models.F("cost"))),
            UniqueConstraint(name="pause_one_open", fields=["model"], condition=Q(ended_at__isnull=True)),
        ]
        indexes = [cid.index("pause_code")]

    def __str__(self) -> str:
        return f"{self.model_id} {self.variant}".strip()


class Charge(models.Model):
    """What KIE took last for a choice of a model, beside what its price rows say. Only a finished task counts."""

    model = models.ForeignKey(
        "kie.AIModel", on_delete=models.CASCADE, related_name="charges", verbose_name=_("AI model")
    )
    variant = models.CharField(_("choice"), max_length=300, blank=True, default="")
    expected_usd = models.DecimalField(_("expected, $"), max_digits=18, decimal_places=8)
    charged_usd = models.DecimalField(_("taken, $"), max_digits=18, decimal_places=8)
    registry_version = models.CharField(_("registry version"), max_length=32)
    seen_at = models.DateTimeField(_("when"), default=clock.now)

    class Meta:
        verbose_name = _("charge of KIE")
        verbose_name_plural = _("charges of KIE")
        constraints = [
            UniqueConstraint(name="charge_of_a_choice", fields=["model", "variant"]),
            CheckConstraint(name="charge_counts", condition=Q(expected_usd__gt=0, charged_usd__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.model_id} {self.variant}".strip()

    @property
    def times(self) -> Decimal:
        """How many times the expected cost KIE took."""
        return self.charged_usd / self.expected_usd
