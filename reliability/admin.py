"""Who lives, who holds the lease, and when the sweeps ran, in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from reliability.adminkit import COLOURS, ReadOnly, link_to, readable
from reliability.models import Instance, Lease, Sweep


@admin.register(Instance)
class InstanceAdmin(ReadOnly):
    list_display = ("role", "alive", "duty_now", "host", "pid", "release", "started_at", "heartbeat")
    list_filter = ("role", "duty", "release")
    search_fields = ("id", "host", "=pid", "release")
    search_help_text = _("Instance id, host, process, release")
    ordering = ("-heartbeat",)
    fields = ("role", "alive", "duty", "id", "host", "pid", "release", "started_at", "heartbeat", "counted")
    counted = readable("counters", _("counters"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Instance]:
        lives = Exists(Instance.objects.alive().filter(pk=OuterRef("pk")))
        return super().get_queryset(request).annotate(lives=lives)

    @admin.display(description=_("alive"), boolean=True)
    def alive(self, instance: Any) -> bool:
        return instance.lives

    @display(description=_("duty"), ordering="duty", label=COLOURS)
    def duty_now(self, instance: Any) -> tuple[str, str] | None:
        return (instance.duty, instance.get_duty_display()) if instance.duty and instance.lives else None


@admin.register(Lease)
class LeaseAdmin(ReadOnly):
    list_display = fields = ("name", "who", "epoch", "expires_at")

    @admin.display(description=_("holder"))
    def who(self, lease: Lease) -> str:
        """The process, while its row is there."""
        holder = Instance.objects.filter(pk=lease.holder).first() if lease.holder else None
        return link_to(holder) if holder else str(lease.holder or "—")


@admin.register(Sweep)
class SweepAdmin(ReadOnly):
    list_display = ("name", "ran_at", "took_ms", "count", "error")
    fields = ("name", "ran_at", "took_ms", "count", "error")
    ordering = ("name",)
