"""The rows by which processes know of each other: who lives, and who holds the lease."""

from datetime import timedelta

from django.db import models
from django.db.models import Value

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
    role = models.CharField(max_length=16)  # web, bot, worker
    release = models.CharField(max_length=64, blank=True)
    host = models.CharField(max_length=128)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField(default=clock.now)
    heartbeat = models.DateTimeField(default=clock.now, db_index=True)
    counters = models.JSONField(default=dict, blank=True)  # refused, duplicates…: per process, summed on the console

    objects = InstanceQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.role} {self.host}:{self.pid}"


class Lease(models.Model):
    """Who may act under a name. Every takeover increments `epoch`, which fences off whoever held it before."""

    class Mode(models.TextChoices):
        ACTIVE = "active"
        PASSIVE = "passive"  # the operator's hold: read-only screens, the rest is kept

    name = models.CharField(max_length=32, primary_key=True)
    holder = models.UUIDField(null=True, blank=True)  # Instance.id
    epoch = models.PositiveBigIntegerField(default=0)
    mode = models.CharField(max_length=8, choices=Mode, default=Mode.ACTIVE)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="lease_mode_known", condition=models.Q(mode__in=["active", "passive"])),
            models.CheckConstraint(
                name="lease_held_until",
                condition=models.Q(holder__isnull=True) | models.Q(expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.epoch}"
