"""What admin pages of all apps share: rows that are only looked at, and rows that carry a correlation id."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from reliability import cid as cids


class ReadOnly(ModelAdmin):
    """Rows that processes write and people only look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class WithStory(ReadOnly):
    """Rows with a correlation id: searched by support code, linked to the story."""

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        found, distinct = super().get_search_results(request, queryset, search_term)
        code = cids.from_support_code(search_term)
        if len(code) == 8 and not set(code) - set(cids.ALPHABET):
            found = found | queryset.filter(cid__endswith=code)
        return found, distinct

    @admin.display(description=_("support code"))
    def code(self, row: Any) -> str:
        return format_html('<a href="{}">{}</a>', reverse("story", args=[row.cid]), cids.support_code(row.cid))
