"""Generations in the admin: what was asked, what KIE did, what it cost, and everything else of the same story."""

from typing import Any

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from kie import breaker_admin  # noqa: F401 (registers itself)
from kie.job import Job
from payments.transfer_admin import OfAPerson
from reliability.adminkit import link, link_to, readable


@admin.register(Job)
class JobAdmin(OfAPerson):
    list_display = ("created_at", "sold_as", "person", "state_now", "price", "error_code", "took", "code")
    list_filter = ("state", "error_code", "created_at", "model")
    search_fields = (
        "public_id",
        "kie_task_id",
        "=customer__telegram_id",
        "customer__username",
        "hold__ref",
        "model__key",
    )
    search_help_text = _("Support code, KIE task, Telegram id, username, hold, model, correlation id")
    list_select_related = ("model", "customer")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "code",
                    "state",
                    "error_code",
                    "error_field",
                    "error",
                    "person",
                    "sold_as",
                    "price",
                    "connected",
                )
            },
        ),
        (_("Request and result"), {"fields": ("answers", "got", "as_sent")}),
        (_("Why it costs that"), {"fields": ("offer",)}),
        (
            _("Course"),
            {
                "fields": (
                    "created_at",
                    "turn_at",
                    "silent_since",
                    "submitted_at",
                    "deadline_at",
                    "ended_at",
                    "took",
                    "late_until",
                    "late_at",
                )
            },
        ),
        (
            _("Marks"),
            {"fields": ("kie_task_id", "heard_task_id", "hold", "public_id", "cid", "idempotency_key", "chat")},
        ),
        (_("Work"), {"fields": ("attempts", "due_at", "claimed_by", "registry_version")}),
    )
    answers = readable("input", _("answers"))
    as_sent = readable("sent", _("as KIE got it"))
    offer = readable("quote", _("offer taken"))

    @admin.display(description=_("AI model"), ordering="model")
    def sold_as(self, job: Job) -> str:
        return link_to(job.model, job.model.title_ru)

    @admin.display(description=_("took, s"))
    def took(self, job: Job) -> str:
        return f"{(job.ended_at - job.created_at).total_seconds():.1f}" if job.ended_at else "—"

    @admin.display(description=_("result"))
    def got(self, job: Job) -> str:
        """Links to KIE's files, which last a day, and the text, if any."""
        result: dict[str, Any] = job.result or {}
        files = format_html_join(
            "",
            '<div class="trt-wrap">{}: {}</div>',
            ((f["kind"], link(f["url"], f["url"])) for f in result.get("files", [])),
        )
        return format_html("{}{}", files, result.get("text") or "") or "—"
