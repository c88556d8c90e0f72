"""Lists as files, by the filter that is seen: asked for by POST, bounded, written into the audit."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from payments import audit, export
from payments.customer import Customer
from reliability import clock

RIGHT = "payments.export_money"


class Exported(ModelAdmin):
    """A list with CSV and XLSX of what its filter shows. `exported` names the columns, as `values_list` does."""

    exported: tuple[str, ...] = ()
    list_before_template = "console/export.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.export_view))
        return [path("export/<str:form>/", view, name=f"payments_{self.opts.model_name}_export"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {"may_export": request.user.has_perm(RIGHT), "export_most": export.MOST, **(extra_context or {})}
        return super().changelist_view(request, context)

    def export_view(self, request: HttpRequest, form: str) -> HttpResponse:
        """The rows that the list shows under the same query, all pages of it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_changelist_instance(request).get_queryset(request).order_by("-pk")
        answer = sent(request, form, self.model, head(self.model, self.exported), told(rows, self.exported))
        return answer or redirect(f"admin:payments_{self.opts.model_name}_changelist")


def sent(
    request: HttpRequest, form: str, of: Any, names: list[Any], rows: Iterable[Any], *, customer: Customer | None = None
) -> HttpResponse | None:
    """The file as an answer, with its entry in the audit. None, and a message, where it would be too long."""
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied
    if form not in export.TYPES:
        raise Http404
    try:
        content = export.made(form, names, rows)
    except export.TooMany:
        messages.error(request, _("More than {} rows: narrow the filter.").format(export.MOST))
        return None
    name = f"{of._meta.model_name}-{clock.now():%Y%m%d-%H%M%S}.{form}"
    with transaction.atomic():
        asked = {"file": name, "filter": request.GET.dict(), "bytes": len(content)}
        audit.record("export", of, by=request.user, after=asked, customer=customer)
    return HttpResponse(
        content, content_type=export.TYPES[form], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def head(model: Any, columns: tuple[str, ...]) -> list[Any]:
    """The columns' names as people read them."""
    return [capfirst(_field(model, name).verbose_name) for name in columns]


def told(rows: QuerySet, columns: tuple[str, ...]) -> Iterable[list[Any]]:
    """The rows, with the words of choices for their values; one more than fits, so that too many are noticed."""
    words = [dict(_field(rows.model, name).flatchoices) for name in columns]
    for row in rows.values_list(*columns)[: export.MOST + 1].iterator(chunk_size=2000):
        yield [names.get(value, value) for names, value in zip(words, row, strict=True)]


def _field(model: Any, name: str) -> Any:
    first, _dots, rest = name.partition("__")
    field = model._meta.get_field(first)
    return _field(field.related_model, rest) if rest else field
