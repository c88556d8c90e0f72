"""Who lives, who holds the lease, and when the sweeps ran, in the admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from reliability import clock
from reliability.adminkit import COLOURS, Coloured, ReadOnly, link_to, readable
from reliability.models import Instance, Lease, Sweep


@admin.register(Instance)
class InstanceAdmin(ReadOnly):
    list_display = ("role", "life", "duty_now", "host", "pid", "release", "started_at", "heartbeat")
    list_filter = ("role", "duty", "release")
    search_fields = ("id", "host", "=pid", "release")
    search_help_text = _("Instance id, host, process, release")
    ordering = ("-heartbeat",)
    fields = ("role", "life", "duty", "id", "host", "pid", "release", "started_at", "heartbeat", "counted")
    counted = readable("counters", _("counters"))

    @display(description=_("life"), label=COLOURS)
    def life(self, instance: Instance) -> Coloured:
        life = instance.life(clock.now())
        return Coloured(life.value, life.label)

    @display(description=_("duty"), ordering="duty", label=COLOURS)
    def duty_now(self, instance: Instance) -> Coloured | None:
        lives = instance.life(clock.now()) == Instance.Life.ALIVE
        return Coloured(instance.duty, instance.get_duty_display()) if instance.duty and lives else None


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
    list_display = ("name", "ran_at", "took_ms", "count", "found", "error")
    fields = ("name", "ran_at", "took_ms", "count", "found", "error")
    ordering = ("name",)
