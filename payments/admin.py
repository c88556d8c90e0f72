"""People with their wallets, transfers and top-ups in the admin: found, linked, looked at. Money moves by the ledger alone."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from payments.models import Customer, TopUp, Transfer, Wallet
from payments.receipt_admin import ReceiptFilter, ReceiptInline
from reliability.adminkit import Kept, WithStory, by_support_code, link, link_to

OF_A_PERSON = (  # pages that list what belongs to a person: their names, how they are asked for the person
    (_("generations"), "admin:kie_job_changelist", "customer__id__exact={customer.pk}"),
    (_("transfers"), "admin:payments_transfer_changelist", "customer__id__exact={customer.pk}"),
    (_("top-ups"), "admin:payments_topup_changelist", "customer__id__exact={customer.pk}"),
    (_("updates"), "admin:bot_update_changelist", "q={customer.telegram_id}"),  # a private chat has its person's id
    (_("deliveries"), "admin:bot_delivery_changelist", "q={customer.telegram_id}"),
    (_("dialog"), "admin:bot_dialog_changelist", "q={customer.telegram_id}"),
)

REF_SHOWN = 28  # characters of a reference in a list


class WalletInline(Kept, TabularInline):
    """The wallet under its person: what they have, what is on hold."""

    model = Wallet
    can_delete = False
    hide_title = True
    fields = readonly_fields = ("balance", "held", "last_n")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Customer)
class CustomerAdmin(Kept, ModelAdmin):
    """People come by themselves and stay; an operator may only block and unblock them."""

    list_display = ("telegram_id", "username", "first_name", "locale", "blocked", "balance", "held", "created_at")
    list_filter = ("blocked", "locale", "created_at")
    list_select_related = ("wallet",)
    search_fields = ("=telegram_id", "username", "first_name")
    search_help_text = _("Telegram id, username, name, support code")
    ordering = ("-pk",)
    show_full_result_count = False
    inlines = (WalletInline,)
    fields = (
        "everything",
        "blocked",
        "telegram_id",
        "username",
        "first_name",
        "locale",
        "chosen_locale",
        "invited_by",
        "created_at",
    )
    readonly_fields = tuple(name for name in fields if name != "blocked")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        found, distinct = super().get_search_results(request, queryset, search_term.removeprefix("@"))
        moved = by_support_code(Transfer.objects.all(), search_term)
        offered = by_support_code(TopUp.objects.all(), search_term)
        if moved is not None and offered is not None:
            theirs = Q(pk__in=moved.values("customer")) | Q(pk__in=offered.values("customer"))
            found = found | queryset.filter(theirs)
        return found, distinct

    @admin.display(description=_("available, ₽"), ordering="wallet__balance")
    def balance(self, customer: Customer) -> str:
        return str(customer.wallet.balance)

    @admin.display(description=_("on hold, ₽"), ordering="wallet__held")
    def held(self, customer: Customer) -> str:
        return str(customer.wallet.held)

    @admin.display(description=_("all of this person"))
    def everything(self, customer: Customer) -> str:
        pages = ((f"{reverse(page)}?{asked.format(customer=customer)}", name) for name, page, asked in OF_A_PERSON)
        return format_html_join(" · ", "{}", ((link(url, name),) for url, name in pages))


class OfAPerson(WithStory):
    """Rows with a person, who is linked."""

    ordering = ("-pk",)
    list_select_related: tuple[str, ...] = ("customer",)

    @admin.display(description=_("person"), ordering="customer")
    def person(self, row: Any) -> str:
        return link_to(row.customer)


@admin.register(Transfer)
class TransferAdmin(OfAPerson):
    date_hierarchy = "created_at"
    list_display = ("created_at", "person", "kind", "amount", "balance_after", "held_after", "n", "short_ref", "code")
    list_filter = ("kind", "created_at")
    search_fields = ("ref", "=customer__telegram_id", "customer__username", "note")
    search_help_text = _("Reference, correlation id, support code, Telegram id, username, reason")
    fieldsets = (
        (None, {"fields": ("code", "person", "kind", "amount", "balance_after", "held_after", "note", "connected")}),
        (_("Entry"), {"fields": ("ref", "n", "debit", "credit", "settles", "settled", "actor", "created_at")}),
        (_("Marks"), {"fields": ("cid", "digest")}),
    )

    @admin.display(description=_("reference"), ordering="ref")
    def short_ref(self, transfer: Transfer) -> str:
        return transfer.ref if len(transfer.ref) <= REF_SHOWN else transfer.ref[: REF_SHOWN - 1] + "…"

    @admin.display(description=_("settled by"))
    def settled(self, transfer: Transfer) -> str:
        settling = Transfer.objects.filter(settles=transfer).first()
        return link_to(settling) if settling else "—"


@admin.register(TopUp)
class TopUpAdmin(OfAPerson):
    date_hierarchy = "created_at"
    list_display = ("created_at", "person", "rubles", "paid_in", "provider", "state_now", "error", "paid_at", "code")
    list_filter = (ReceiptFilter, "state", "provider", "created_at")
    inlines = (ReceiptInline,)
    search_fields = ("external_id", "offer", "=customer__telegram_id", "customer__username", "transfer__ref")
    search_help_text = _("Payment id, offer, correlation id, support code, Telegram id, username")
    fieldsets = (
        (None, {"fields": ("code", "state", "error", "person", "rubles", "paid_in", "rate", "transfer", "connected")}),
        (_("Payment"), {"fields": ("provider", "external_id", "offer", "created_at", "paid_at")}),
        (_("Marks"), {"fields": ("cid", "attempts", "due_at", "claimed_by")}),
    )

    @admin.display(description=_("price"), ordering="minor_amount")
    def paid_in(self, topup: TopUp) -> str:
        return f"{topup.minor_amount} {topup.currency}"
