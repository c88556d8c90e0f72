"""People with their wallets in the admin: found by what they can tell, linked to all that is theirs, acted on with a reason."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import TabularInline

from payments import statement_admin
from payments.acts_admin import WithActs, acting_on
from payments.models import Customer, TopUp, Transfer, Wallet
from reliability.adminkit import Kept, by_support_code, link

OF_A_PERSON = (  # pages that list what belongs to a person: their names, how they are asked for the person
    (_("generations"), "admin:kie_job_changelist", "customer__id__exact={customer.pk}"),
    (_("transfers"), "admin:payments_transfer_changelist", "customer__id__exact={customer.pk}"),
    (_("top-ups"), "admin:payments_topup_changelist", "customer__id__exact={customer.pk}"),
    (_("promo codes"), "admin:payments_redemption_changelist", "customer__id__exact={customer.pk}"),
    (_("invited friends"), "admin:payments_invite_changelist", "q={customer.telegram_id}"),
    (_("updates"), "admin:bot_update_changelist", "q={customer.telegram_id}"),  # a private chat has its person's id
    (_("deliveries"), "admin:bot_delivery_changelist", "q={customer.telegram_id}"),
    (_("dialog"), "admin:bot_dialog_changelist", "q={customer.telegram_id}"),
)


class WalletInline(Kept, TabularInline):
    """The wallet under its person: what they have, what is on hold."""

    model = Wallet
    can_delete = False
    hide_title = True
    fields = readonly_fields = ("balance", "held", "last_n")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("payments.view_customer")


@admin.register(Customer)
class CustomerAdmin(WithActs):
    """People come by themselves and stay."""

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
        "journal",
    )
    actions_detail = ("credit", "debit", "bonus", "payout", "block", "unblock")
    credit, debit, bonus, payout = map(acting_on, ("credit", "debit", "bonus", "payout"))
    block, unblock = acting_on("block"), acting_on("unblock")

    def get_urls(self) -> list[URLPattern]:
        shown = self.admin_site.admin_view(self.statement_view)
        sent = self.admin_site.admin_view(require_POST(self.statement_export_view))
        return [
            path("<int:pk>/statement/", shown, name="payments_customer_statement"),
            path("<int:pk>/statement/export/<str:form>/", sent, name="payments_customer_statement_export"),
            *super().get_urls(),
        ]

    def statement_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All movements of a person."""
        return statement_admin.page(self, request, pk)

    def statement_export_view(self, request: HttpRequest, pk: int, form: str) -> HttpResponse:
        """The same as a file."""
        return statement_admin.file(self, request, pk, form)

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
        pages = [(f"{reverse(page)}?{asked.format(customer=customer)}", name) for name, page, asked in OF_A_PERSON]
        pages.insert(0, (reverse("admin:payments_customer_statement", args=[customer.pk]), _("statement")))
        return format_html_join(" · ", "{}", ((link(url, name),) for url, name in pages))
