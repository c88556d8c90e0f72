"""Circuit breakers in the admin: what stands between us and KIE. They close by themselves, so there is nothing to press."""

from django.contrib import admin

from kie.breaker import Breaker
from reliability.adminkit import ReadOnly


@admin.register(Breaker)
class BreakerAdmin(ReadOnly):
    """A row for each that was ever open."""

    list_display = ("scope", "state", "reason", "since", "until", "openings", "strikes", "why")
    fields = ("scope", "state", "reason", "why", "since", "until", "openings", "strikes", "needs")
