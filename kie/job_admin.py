"""Generations in the admin, each with its story and its person."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from kie.job import Job
from reliability.adminkit import WithStory


@admin.register(Job)
class JobAdmin(WithStory):
    list_display = ("public_id", "model", "person", "state", "price", "error_code", "created_at", "ended_at", "code")
    list_filter = ("state", "error_code", "model")
    search_fields = ("public_id", "kie_task_id", "cid", "=customer__telegram_id", "customer__username")
    ordering = ("-pk",)
    list_select_related = ("model", "customer")
    readonly_fields = ("transfers",)

    @admin.display(description=_("person"), ordering="customer")
    def person(self, job: Job) -> str:
        return format_html('<a href="{}">{}</a>', reverse("admin:payments_customer_change", args=[job.customer_id]), job.customer)

    @admin.display(description=_("transfers"))
    def transfers(self, job: Job) -> str:
        return format_html('<a href="{}?q={}">{}</a>', reverse("admin:payments_transfer_changelist"), job.cid, _("show"))
