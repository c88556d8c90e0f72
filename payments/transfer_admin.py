"""Transfers in the admin: looked at, exported, summed up by account. Nothing here moves money."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext_lazy as _

from payments import accounts, saying
from payments.export_admin import By, Exported
from payments.models import Transfer
from payments.statement_admin import Period
from reliability.adminkit import WithStory, link_to

REF_SHOWN = 28  # characters of a reference in a list
ACCOUNTS = {  # what each means; providers' are below zero by what people paid through them
    "wallet": _("people's balances: what we owe them"),
    "hold": _("set aside for generations under way"),
    "revenue": _("earned"),
    "promo": _("given as gifts"),
    "adjustment": _("operators' corrections"),
    "payout": _("given to people by other ways"),
}


class OfAPerson(WithStory):
    """Rows with a person, who is linked."""

    ordering: ClassVar[tuple[Any, ...]] = ("-pk",)
    list_select_related: tuple[str, ...] = ("customer",)

    @admin.display(description=_("person"), ordering="customer")
    def person(self, row: Any) -> str:
        return link_to(row.customer) if row.customer else "—"


@admin.register(Transfer)
class TransferAdmin(Exported, OfAPerson):
    date_hierarchy = "created_at"
    list_display = ("created_at", "person", "kind", "amount", "balance_after", "held_after", "n", "short_ref", "code")
    list_filter = ("kind", "created_at")
    search_fields = ("ref", "=customer__telegram_id", "customer__username", "note")
    search_help_text = _("Reference, correlation id, support code, Telegram id, username, reason")
    fieldsets = (
        (None, {"fields": ("code", "person", "kind", "amount", "balance_after", "held_after", "note", "connected")}),
        (_("Entry"), {"fields": ("ref", "n", "debit", "credit", "settles", "settled", "mover", "created_at")}),
        (_("Marks"), {"fields": ("cid", "digest")}),
    )
    exported = (
        "created_at", "customer__telegram_id", "n", "kind", "amount", "debit", "credit", "balance_after", "held_after", "ref", "note", By("actor"), "cid",
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.accounts_view)
        return [path("accounts/", view, name="payments_transfer_accounts"), *super().get_urls()]

    def accounts_view(self, request: HttpRequest) -> HttpResponse:
        """Every account of the ledger."""
        if not request.user.has_perm("payments.view_accounts"):
            raise PermissionDenied
        period = Period(request.GET)
        since, until = period.bounds if period.is_valid() else (None, None)
        found = accounts.standings(since, until)
        total = sum((one.sum for one in found), accounts.ZERO)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Accounts"),
            "opts": self.opts,
            "media": self.media,
            "which": period,
            "total": total,
            "off": {} if since or until else accounts.off(found),
            "table": {"headers": _heads(), "rows": [_standing(one) for one in found]},
        }
        return TemplateResponse(request, "console/accounts.html", context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transfer]:
        return super().get_queryset(request).annotate(operator=saying.operator_of("actor"))

    @admin.display(description=_("by"), ordering="actor")
    def mover(self, transfer: Transfer) -> str:
        return saying.who(transfer.actor, transfer.operator) if transfer.actor else "TRT"  # type: ignore[attr-defined]

    @admin.display(description=_("reference"), ordering="ref")
    def short_ref(self, transfer: Transfer) -> str:
        return transfer.ref if len(transfer.ref) <= REF_SHOWN else transfer.ref[: REF_SHOWN - 1] + "…"

    @admin.display(description=_("settled by"))
    def settled(self, transfer: Transfer) -> str:
        settling = Transfer.objects.filter(settles=transfer).first()
        return link_to(settling) if settling else "—"


def _heads() -> list[Any]:
    return [_("account"), _("what it is"), _("came, ₽"), _("went, ₽"), _("sum, ₽"), _("transfers"), _("last movement")]


def _standing(one: accounts.Standing) -> list[Any]:
    last = timezone.localtime(one.last).strftime("%d.%m.%Y %H:%M:%S") if one.last else "—"
    means = ACCOUNTS.get(one.name, _("a way to pay: people's money that it had, below zero"))
    return [one.name, means, *map(localize, (one.came, one.went, one.sum, one.transfers)), last]
