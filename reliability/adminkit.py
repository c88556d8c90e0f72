"""What admin pages of all apps share: rows that stay, rows that are only looked at, rows that carry a correlation id."""

import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.utils import display_for_label

from reliability import cid as cids

MANY = 10  # rows of one kind that a page links by name; behind more of them stands their list
COLOURS = {  # of all states that rows can be in; unfold's words for colours, "" is grey
    **dict.fromkeys(
        (
            "succeeded",
            "done",
            "sent",
            "paid",
            "sold",
            "active",
            "alive",
            "read",
            "rewarded",
            "accepted",
            "same",
            "published",
        ),
        "success",
    ),
    **dict.fromkeys(
        (
            "new",
            "pending",
            "created",
            "queued",
            "submitting",
            "running",
            "waiting",
            "idle",
            "earned",
            "asked",
            "reading",
        ),
        "info",
    ),
    **dict.fromkeys(("timed_out", "off", "unpriced", "passive", "held", "unclear", "proposed", "drift"), "warning"),
    **dict.fromkeys(("failed", "dead", "rejected", "refused", "unfit", "declined"), "danger"),
    **dict.fromkeys(("expired", "refunded", "retired", "gone", "waits", "nothing", "passed", "over"), ""),
}


class Coloured(NamedTuple):
    """A state and its words, for a column with `label=COLOURS`. Unfold colours a tuple in lists only: on a row's own page it takes
    what shows itself."""

    state: str
    words: Any

    def __html__(self) -> SafeString:
        return display_for_label(self, "", COLOURS)


def link(url: str, words: Any) -> SafeString:
    """A link that looks like one."""
    return format_html('<a class="text-link" href="{}">{}</a>', url, words)


def link_to(row: models.Model, words: Any = None) -> SafeString:
    """A link to the page of a row."""
    meta = row._meta
    page = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    return link(page, row if words is None else words)


def story_of(cid: str) -> SafeString:
    """The support code of an id, linked to its story."""
    return link(reverse("story", args=[cid]), cids.support_code(cid))


def readable(name: str, label: Any) -> Callable[[Any, Any], str]:
    """A column of JSON as people read it: Cyrillic as Cyrillic, a fact a line. For the body of an admin class."""

    @admin.display(description=label)
    def shown(self: Any, row: Any) -> str:
        value = getattr(row, name)
        if value in (None, "", [], {}):
            return "—"
        return preformatted(json.dumps(value, ensure_ascii=False, indent=2))

    return shown


def preformatted(text: str) -> SafeString:
    """Text that keeps its lines and breaks where it must."""
    return format_html('<pre class="trt-pre">{}</pre>', text)


def by_support_code(rows: QuerySet, term: str) -> QuerySet | None:
    """The rows that carry a support code or a whole id, however it was typed; None if the term cannot be one."""
    carrying = cids.carrying(term)
    return None if carrying is None else rows.filter(carrying)


class Kept(BaseModelAdmin):
    """Rows that come by themselves and stay: nobody adds or deletes them here."""

    def has_add_permission(self, request: HttpRequest, *of: Any) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Single(Kept, ModelAdmin):
    """The one row of its kind: who asks for the list stands before the row."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        row = self.get_queryset(request).first()
        if row is None or not self.has_view_or_change_permission(request, row):
            return super().changelist_view(request, extra_context)  # which is empty, or refused
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", row.pk)


class ReadOnly(Kept, ModelAdmin):
    """Rows that processes write and people only look at."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Without the journal of changes: there are none."""
        return super().change_view(request, object_id, form_url, {"show_history": False, **(extra_context or {})})


class Versioned(SimpleHistoryAdmin):
    """Rows whose every version is kept and may be brought back, by whoever may change them.

    The library asks only for the right to look when an earlier version is posted, and saves outside a transaction.
    """

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        if request.method == "POST" and not self.has_change_permission(request):
            raise PermissionDenied
        with transaction.atomic():
            return super().history_form_view(request, object_id, version_id, extra_context)


class WithState:
    """Rows whose state is seen from afar. `state_now` stands in `list_display`."""

    @display(description=_("state"), ordering="state", label=COLOURS)
    def state_now(self, row: Any) -> Coloured:
        return Coloured(row.state, row.get_state_display())


class WithStory(WithState, ReadOnly):
    """Rows with a correlation id: searched by support code, linked to the story and to all other rows of it."""

    show_full_result_count = False

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        found, distinct = super().get_search_results(request, queryset, search_term)
        coded = by_support_code(queryset, search_term)
        return (found if coded is None else found | coded), distinct

    @admin.display(description=_("support code"))
    def code(self, row: Any) -> str:
        return story_of(row.cid)

    @admin.display(description=_("in the same story"))
    def connected(self, row: Any) -> str:
        """Every other row that carries the id, whatever its model, linked by name."""
        groups = [(capfirst(name), _links(rows)) for name, rows in self._others(row)]
        return format_html_join("", '<div class="mb-1">{}: {}</div>', groups) or "—"

    def _others(self, row: Any) -> Iterable[tuple[str, list[models.Model]]]:
        for model, page in self.admin_site._registry.items():
            if isinstance(page, WithStory):
                rows = model._default_manager.filter(cids.carrying(row.cid) or models.Q(cid=row.cid)).order_by("pk")
                if model is type(row):
                    rows = rows.exclude(pk=row.pk)
                if found := list(rows[: MANY + 1]):
                    yield str(model._meta.verbose_name_plural), found


def _links(rows: list[models.Model]) -> SafeString:
    """The rows by name, or their list where they are too many."""
    if len(rows) <= MANY:
        return format_html_join(", ", "{}", ((link_to(row),) for row in rows))
    meta = rows[0]._meta
    page = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return link(f"{page}?q={rows[0].cid}", f"> {MANY}")  # type: ignore[attr-defined]
