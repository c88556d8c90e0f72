"""The rows by which processes know of each other: who lives, and who holds the lease."""

from datetime import timedelta

from django.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy as _

from reliability import clock

HEARTBEAT_S = 2
DEAD_AFTER = timedelta(seconds=10)


class InstanceQuerySet(models.QuerySet["Instance"]):
    def alive(self) -> "InstanceQuerySet":
        """Whose heart has beaten within ten seconds, by the database's clock; what the others had claimed is anybody's."""
        return self.filter(heartbeat__gt=clock.db_now() - Value(DEAD_AFTER))


class Instance(models.Model):
    """One running process of ours."""

    id = models.UUIDField(primary_key=True, default=clock.uuid7, editable=False)
    role = models.CharField(_("role"), max_length=16)  # web, bot, worker; past: the counts of those long gone
    release = models.CharField(_("version"), max_length=64, blank=True)
    host = models.CharField(_("host"), max_length=128)
    pid = models.PositiveIntegerField(_("process"))
    started_at = models.DateTimeField(_("started"), default=clock.now)
    heartbeat = models.DateTimeField(_("last heartbeat"), default=clock.now, db_index=True)
    # refused, duplicates…: what this process has counted (reliability.counts), summed over all rows
    counters = models.JSONField(_("counters"), default=dict, blank=True)

    objects = InstanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("instance")
        verbose_name_plural = _("instances")

    def __str__(self) -> str:
        return f"{self.role} {self.host}:{self.pid}"


class Lease(models.Model):
    """Who may act under a name. Every takeover increments `epoch`, which fences off whoever held it before."""

    class Mode(models.TextChoices):
        ACTIVE = "active", _("active")
        PASSIVE = "passive", _("passive")  # the operator's hold: read-only screens, the rest is kept

    name = models.CharField(_("name"), max_length=32, primary_key=True)
    holder = models.UUIDField(_("holder"), null=True, blank=True)  # Instance.id
    epoch = models.PositiveBigIntegerField(_("epoch"), default=0)
    mode = models.CharField(_("mode"), max_length=8, choices=Mode, default=Mode.ACTIVE)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")
        constraints = [
            models.CheckConstraint(name="lease_mode_known", condition=models.Q(mode__in=["active", "passive"])),
            models.CheckConstraint(
                name="lease_held_until",
                condition=models.Q(holder__isnull=True) | models.Q(expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.epoch}"


class Sweep(models.Model):
    """The last run of something done now and then: purge, expiry… (trt.sweeps lists them)."""

    name = models.CharField(_("name"), max_length=32, primary_key=True)
    ran_at = models.DateTimeField(_("last run"), null=True, blank=True)
    took_ms = models.PositiveIntegerField(_("duration, ms"), default=0)
    count = models.PositiveIntegerField(_("rows"), default=0)  # that it changed or removed
    error = models.TextField(_("error"), blank=True, default="")  # why the last run did not end well

    class Meta:
        verbose_name = _("sweep")
        verbose_name_plural = _("sweeps")

    def __str__(self) -> str:
        return self.name
