"""The rows by which processes know of each other: who lives, and who holds the lease."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy as _

from reliability import clock

HEARTBEAT_S = 2
DEAD_AFTER = timedelta(seconds=9)  # with a second until somebody looks, its work goes on within ten


class InstanceQuerySet(models.QuerySet["Instance"]):
    def alive(self, now: datetime | None = None) -> "InstanceQuerySet":
        """Whose heart has beaten within nine seconds, by the database's clock; what the others had claimed is anybody's."""
        return self.filter(heartbeat__gt=clock.db_now(now) - Value(DEAD_AFTER))


class Instance(models.Model):
    """One running process of ours."""

    class Duty(models.TextChoices):
        """What a process that wants the lease does with it; others have none."""

        ACTIVE = "active", _("holds the lease")
        WAITING = "waiting", _("waits for the lease")  # at start, or since it lost it, for LOCK_WAIT_SECONDS
        PASSIVE = "passive", _("stands by")  # touches nothing until the lease is free

    class Life(models.TextChoices):
        """What its heartbeats say of it."""

        ALIVE = "alive", _("alive")
        IDLE = "idle", _("idle")  # a worker's heart beats while it works: its silence is no bad sign
        GONE = "gone", _("is gone")

    id = models.UUIDField(primary_key=True, default=clock.uuid7, editable=False)
    role = models.CharField(_("role"), max_length=16)  # web, bot, worker; past: the counts of those long gone
    release = models.CharField(_("version"), max_length=64, blank=True)
    host = models.CharField(_("host"), max_length=128)
    pid = models.PositiveIntegerField(_("process"))
    duty = models.CharField(_("duty"), max_length=8, choices=Duty, blank=True, default="", db_default="")
    started_at = models.DateTimeField(_("started"), default=clock.now)
    heartbeat = models.DateTimeField(_("last heartbeat"), default=clock.now, db_index=True)
    # refused, duplicates…: what this process has counted (reliability.counts), summed over all rows
    counters = models.JSONField(_("counters"), default=dict, blank=True)

    objects = InstanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("instance")
        verbose_name_plural = _("instances")
        constraints = [
            models.CheckConstraint(
                name="instance_duty_known", condition=models.Q(duty__in=["", "active", "waiting", "passive"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.host}:{self.pid}"

    def life(self, now: datetime) -> Life:
        """By its last heartbeat. Whose claims are anybody's is asked of `alive`, by the database's clock."""
        if now - self.heartbeat <= DEAD_AFTER:
            return self.Life.ALIVE
        return self.Life.IDLE if self.role == "worker" else self.Life.GONE


class Lease(models.Model):
    """Who may act under a name. Every takeover increments `epoch`, which fences off whoever held it before."""

    name = models.CharField(_("name"), max_length=32, primary_key=True)
    holder = models.UUIDField(_("holder"), null=True, blank=True)  # Instance.id
    epoch = models.PositiveBigIntegerField(_("epoch"), default=0)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")
        constraints = [
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
    count = models.PositiveIntegerField(_("rows"), default=0)  # that it changed or removed; of a check: findings
    found = models.TextField(
        _("found"), blank=True, default="", db_default=""
    )  # by a check: names, for everybody to read
    error = models.TextField(_("error"), blank=True, default="")  # why the last run did not end well

    class Meta:
        verbose_name = _("sweep")
        verbose_name_plural = _("sweeps")

    def __str__(self) -> str:
        return self.name
