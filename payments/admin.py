"""People with their wallets, transfers and top-ups in the admin: found, linked, looked at. Money moves by the ledger alone."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from payments.models import Customer, TopUp, Transfer, Wallet
from reliability import cid
from reliability.adminkit import WithStory

OF_A_PERSON = (  # pages that list what belongs to a person
    (_("transfers"), "admin:payments_transfer_changelist"),
    (_("top-ups"), "admin:payments_topup_changelist"),
    (_("generations"), "admin:kie_job_changelist"),
)


class WalletInline(TabularInline):
    """The wallet under its person: what they have, what is on hold."""

    model = Wallet
    can_delete = False
    fields = readonly_fields = ("balance", "held", "last_n")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Customer)
class CustomerAdmin(ModelAdmin):
    """People come by themselves and stay; an operator may only block and unblock them."""

    list_display = ("telegram_id", "username", "first_name", "locale", "blocked", "balance", "held", "created_at")
    list_filter = ("blocked", "locale", "created_at")
    list_select_related = ("wallet",)
    search_fields = ("=telegram_id", "username", "first_name")
    search_help_text = _("Telegram id, username, name, support code")
    ordering = ("-pk",)
    inlines = (WalletInline,)
    fields = (
        "blocked",
        "telegram_id",
        "username",
        "first_name",
        "locale",
        "chosen_locale",
        "invited_by",
        "created_at",
        "everything",
    )
    readonly_fields = fields[1:]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        found, distinct = super().get_search_results(request, queryset, search_term)
        code = cid.from_support_code(search_term)
        if len(code) == 8 and not set(code) - set(cid.ALPHABET):
            moved = Transfer.objects.filter(cid__endswith=code).values("customer")
            offered = TopUp.objects.filter(cid__endswith=code).values("customer")
            found = found | queryset.filter(Q(pk__in=moved) | Q(pk__in=offered))
        return found, distinct

    @admin.display(description=_("available, ₽"), ordering="wallet__balance")
    def balance(self, customer: Customer) -> str:
        return str(customer.wallet.balance)

    @admin.display(description=_("on hold, ₽"), ordering="wallet__held")
    def held(self, customer: Customer) -> str:
        return str(customer.wallet.held)

    @admin.display(description=_("all of this person"))
    def everything(self, customer: Customer) -> str:
        pages = ((reverse(page), customer.pk, name) for name, page in OF_A_PERSON)
        return format_html_join(" · ", '<a href="{}?customer__id__exact={}">{}</a>', pages)


class OfAPerson(WithStory):
    """Rows with a person, who is linked."""

    date_hierarchy = "created_at"
    ordering = ("-pk",)
    list_select_related: tuple[str, ...] = ("customer",)
    show_full_result_count = False

    @admin.display(description=_("person"), ordering="customer")
    def person(self, row: Any) -> str:
        page = reverse("admin:payments_customer_change", args=[row.customer_id])
        return format_html('<a href="{}">{}</a>', page, row.customer)


@admin.register(Transfer)
class TransferAdmin(OfAPerson):
    list_display = ("ref", "person", "n", "kind", "amount", "balance_after", "held_after", "created_at", "code")
    list_filter = ("kind", "created_at")
    search_fields = ("ref", "cid", "=customer__telegram_id", "customer__username", "note")
    search_help_text = _("Reference, correlation id, support code, Telegram id, username, reason")


@admin.register(TopUp)
class TopUpAdmin(OfAPerson):
    list_display = (
        "offer",
        "person",
        "rubles",
        "provider",
        "minor_amount",
        "currency",
        "state",
        "error",
        "created_at",
        "paid_at",
        "code",
    )
    list_filter = ("state", "provider", "created_at")
    search_fields = ("external_id", "offer", "cid", "=customer__telegram_id", "customer__username", "transfer__ref")
    search_help_text = _("Payment id, offer, correlation id, support code, Telegram id, username")
    readonly_fields = ("offer",)
