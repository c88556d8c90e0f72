"""Who lives and who holds the lease, in the admin."""

from django.contrib import admin

from reliability.adminkit import ReadOnly
from reliability.models import Instance, Lease


@admin.register(Instance)
class InstanceAdmin(ReadOnly):
    list_display = ("role", "host", "pid", "release", "started_at", "heartbeat")
    list_filter = ("role",)
    ordering = ("-heartbeat",)


@admin.register(Lease)
class LeaseAdmin(ReadOnly):
    list_display = ("name", "holder", "epoch", "mode", "expires_at")
