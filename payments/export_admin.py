"""Lists as files, by the filter that is seen: asked for by POST, bounded, written into the audit."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from payments import audit, export, saying
from payments.customer import Customer
from reliability import clock

RIGHT = "payments.export_money"


class Column:
    """A column of a file that is made of fields. `begin` gives, for each file, what makes a cell of their values."""

    def __init__(self, label: Any, fields: tuple[str, ...], begin: Callable[[], Callable[..., Any]]) -> None:
        self.label, self.fields, self.begin = label, fields, begin


class Price(Column):
    """In whole units of the currency, which has a column of its own."""

    def __init__(self, minor_amount: str, currency: str) -> None:
        super().__init__(_("price"), (minor_amount, currency), lambda: saying.major)


class By(Column):
    """The operator's name, or who else it was."""

    def __init__(self, actor: str) -> None:
        super().__init__(_("by"), (actor,), saying.naming)


Columns = tuple[str | Column, ...]


class Exported(ModelAdmin):
    """A list with CSV and XLSX of what its filter shows. `exported` are the columns: names, as `values_list` has them."""

    exported: Columns = ()
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
    request: HttpRequest,
    form: str,
    of: Any,
    names: list[Any],
    rows: Iterable[Any],
    *,
    customer: Customer | None = None,
    called: str = "",
) -> HttpResponse | None:
    """The file as an answer, with its entry in the audit; its name begins with `called`, or with that of the model, and has the
    moment in Moscow. None, and a message, where it would be too long."""
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied
    if form not in export.TYPES:
        raise Http404
    try:
        content = export.made(form, names, rows)
    except export.TooMany:
        messages.error(request, _("More than {} rows: narrow the filter.").format(export.MOST))
        return None
    name = f"{called or of._meta.model_name}-{timezone.localtime(clock.now()):%Y-%m-%d-%H%M%S}.{form}"
    with transaction.atomic():
        asked = {"file": name, "filter": request.GET.dict(), "bytes": len(content)}
        audit.record("export", of, by=request.user, after=asked, customer=customer)
    return HttpResponse(
        content, content_type=export.TYPES[form], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def head(model: Any, columns: Columns) -> list[Any]:
    """The columns' names as people read them."""
    labels = [one.label if isinstance(one, Column) else _field(model, one).verbose_name for one in columns]
    return [capfirst(label) for label in labels]


def told(rows: QuerySet, columns: Columns) -> Iterable[list[Any]]:
    """The rows, with the words of choices for their values; one more than fits, so that too many are noticed."""
    made = [one if isinstance(one, Column) else _plain(rows.model, one) for one in columns]
    cells = [(one.fields, one.begin()) for one in made]
    asked = sorted({field for fields, _cell in cells for field in fields})
    for row in rows.values(*asked)[: export.MOST + 1].iterator(chunk_size=2000):
        yield [cell(*(row[field] for field in fields)) for fields, cell in cells]


def _plain(model: Any, name: str) -> Column:
    words = dict(_field(model, name).flatchoices)
    return Column("", (name,), lambda: lambda value: words.get(value, value))


def _field(model: Any, name: str) -> Any:
    first, _dots, rest = name.partition("__")
    field = model._meta.get_field(first)
    return _field(field.related_model, rest) if rest else field
