"""A person's statement: every movement with the running balance, of a time and of kinds, with their totals."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectMultipleWidget, UnfoldAdminTextInputWidget

from payments import export, export_admin
from payments.models import Customer, Kind, Transfer
from payments.transfer import Account
from reliability.adminkit import link_to

PAGE = 100  # movements
COLUMNS: export_admin.Columns = (
    "created_at",
    "n",
    "kind",
    export_admin.Column(_("to the balance, ₽"), ("kind", "amount"), lambda: _to_the_balance),
    "balance_after",
    "held_after",
    "note",
    "ref",
    export_admin.By("actor"),
    "cid",
)
ZERO = Decimal("0.00")


class Period(forms.Form):
    """Days in Moscow time, both of them included; none: from the first on, up to now."""

    since = forms.DateField(
        label=_("From the day"), required=False, widget=UnfoldAdminTextInputWidget(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To the day"), required=False, widget=UnfoldAdminTextInputWidget(attrs={"type": "date"})
    )

    def clean(self) -> dict[str, Any]:
        """The days in their order."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("since") and given.get("until") and given["since"] > given["until"]:
            raise forms.ValidationError(_("The first day comes after the last."))
        return given

    @property
    def bounds(self) -> tuple[datetime | None, datetime | None]:
        """[from, to) of a valid form."""
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        return _midnight(since) if since else None, _midnight(until + timedelta(days=1)) if until else None


class Which(Period):
    """Of a statement: kinds too."""

    kind = forms.MultipleChoiceField(
        label=_("Kinds"), required=False, choices=Kind.choices, widget=UnfoldAdminSelectMultipleWidget
    )


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001 (made aware)


@dataclass(frozen=True, slots=True)
class Totals:
    """What the movements shown come to, in rubles."""

    kinds: list[list[Any]]
    came: Decimal
    went: Decimal


def _allowed(page_of: Any, request: HttpRequest) -> None:
    if not (page_of.has_view_permission(request) and request.user.has_perm("payments.view_transfer")):
        raise PermissionDenied


def _chosen(person: Customer, which: Which) -> QuerySet[Transfer]:
    """The movements that the form asks for, newest first; all of them where it is not valid."""
    rows = Transfer.objects.of(person)
    if not which.is_valid():
        return rows
    since, until = which.bounds
    if since:
        rows = rows.filter(created_at__gte=since)
    if until:
        rows = rows.filter(created_at__lt=until)
    kinds = which.cleaned_data["kind"]
    return rows.filter(kind__in=kinds) if kinds else rows


def totals(rows: QuerySet[Transfer]) -> Totals:
    """Per kind: how many, how much, what it did to the balance."""
    lines: list[list[Any]] = []
    came = went = ZERO
    for kind, count, amount in rows.order_by("kind").values_list("kind").annotate(Count("pk"), Sum("amount")):
        effect = _to_the_balance(kind, amount)
        came, went = came + max(effect, ZERO), went - min(effect, ZERO)
        lines.append([Kind(kind).label, count, localize(amount), _signed(effect)])
    return Totals(lines, came, went)


def page(page_of: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """The statement in the browser."""
    _allowed(page_of, request)
    person = get_object_or_404(Customer.objects.select_related("wallet"), pk=pk)
    which = Which(request.GET)
    rows = _chosen(person, which)
    shown = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    sums = totals(rows)
    context = {
        **page_of.admin_site.each_context(request),
        "title": gettext("Statement of {}").format(person),
        "opts": page_of.opts,
        "media": page_of.media,
        "person": person,
        "which": which,
        "page": shown,
        "asked": asked.urlencode(),
        "sums": sums,
        "totals": {"headers": [_("kind"), _("how many"), _("amount, ₽"), _("to the balance, ₽")], "rows": sums.kinds},
        "movements": {"headers": _heads(), "rows": [_line(row) for row in shown]},
        "may_export": request.user.has_perm(export_admin.RIGHT),
        "export_most": export.MOST,
    }
    return TemplateResponse(request, "console/statement.html", context)


def file(page_of: Any, request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The statement as a file, oldest first."""
    _allowed(page_of, request)
    person = get_object_or_404(Customer, pk=pk)
    rows = export_admin.told(_chosen(person, Which(request.GET)).order_by("n"), COLUMNS)
    answer = export_admin.sent(
        request, form, Transfer, export_admin.head(Transfer, COLUMNS), rows, customer=person, called=f"statement-{person.telegram_id}"
    )  # fmt: skip
    return answer or redirect("admin:payments_customer_statement", pk)


def _to_the_balance(kind: str, amount: Decimal) -> Decimal:
    return Kind(kind).effect_on(Account.WALLET) * amount


def _heads() -> list[Any]:
    return [_("when"), "№", _("kind"), _("to the balance, ₽"), _("available after, ₽"), _("on hold after, ₽"), _("reason"), _("reference")]  # fmt: skip


def _line(row: Transfer) -> list[Any]:
    effect = row.effect or (-row.amount if row.kind == Kind.CAPTURE else ZERO)
    words = _signed(row.effect) if row.kind != Kind.CAPTURE else gettext("0 (held before: {})").format(effect)
    when = timezone.localtime(row.created_at).strftime("%d.%m.%Y %H:%M:%S")
    return [when, row.n, row.get_kind_display(), words, localize(row.balance_after), localize(row.held_after), row.note or "—", link_to(row)]  # fmt: skip


def _signed(amount: Decimal) -> str:
    return f"{'+' if amount > 0 else ''}{localize(amount)}"
