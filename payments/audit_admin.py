"""The audit in the admin: every act of an operator, by whom, on what, when, and what it changed. Only looked at."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from payments import audit
from payments.act_names import label
from payments.acts_admin import ByAct, InWords, changes
from payments.models import AuditEntry
from payments.transfer_admin import OfAPerson
from reliability.adminkit import link, readable


def kind(target: str) -> str:
    """The rows of a model, as people call them."""
    return capfirst(str(apps.get_model(target)._meta.verbose_name_plural))


class ByKind(InWords):
    """The kinds of row that acts were done to."""

    title, parameter_name = _("kind of row"), "target"
    word = staticmethod(kind)


@admin.register(AuditEntry)
class AuditEntryAdmin(OfAPerson):
    date_hierarchy = "created_at"
    list_display = ("created_at", "by", "what", "row", "person", "rubles", "reason", "code")
    list_filter = (ByAct, "by", ByKind, "created_at")
    list_select_related = ("by", "customer")
    search_fields = ("shown", "reason", "by__username", "=customer__telegram_id", "=object_id")
    search_help_text = _("Operator, row, reason, Telegram id, correlation id, support code")
    fieldsets = (
        (None, {"fields": ("created_at", "by", "what", "row", "person", "rubles", "reason", "changed", "proposal")}),
        (_("Facts"), {"fields": ("had", "has", "connected")}),
        (_("Marks"), {"fields": ("key", "cid", "code")}),
    )
    had, has = readable("before", _("before")), readable("after", _("after"))

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup in {"target", "object_id"} or super().lookup_allowed(lookup, value, request)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """With the names of all rows at once."""
        page = super().get_changelist_instance(request)
        audit.name(page.result_list)
        return page

    @admin.display(description=_("act"), ordering="act")
    def what(self, entry: AuditEntry) -> str:
        return label(entry.act)

    @admin.display(description=_("row"))
    def row(self, entry: AuditEntry) -> str:
        name = entry.called or kind(entry.target)
        if not entry.object_id:
            return name
        try:
            page = reverse(f"admin:{entry.target.replace('.', '_')}_change", args=[entry.object_id])
        except NoReverseMatch:
            return name
        return link(page, name)

    @admin.display(description=_("what it changed"))
    def changed(self, entry: AuditEntry) -> str:
        differ = changes(entry.before, entry.after)
        return format_html_join("", '<div class="mb-1">{}: {} → {}</div>', differ) or "—"
