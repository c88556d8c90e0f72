"""Top-ups and refunds in the admin: approved, rejected, returned, asked for again; each with a reason."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from payments import saying
from payments.acts_admin import WithActs, acting_on
from payments.export_admin import By, Exported, Price
from payments.models import Refund, TopUp
from payments.receipt_admin import ReceiptFilter, ReceiptInline
from payments.transfer_admin import OfAPerson
from reliability.adminkit import link_to


@admin.register(TopUp)
class TopUpAdmin(Exported, WithActs, OfAPerson):
    date_hierarchy = "created_at"
    list_display = ("created_at", "person", "rubles", "paid_in", "way", "state_now", "trouble", "paid_at", "code")
    list_filter = (ReceiptFilter, "state", "provider", "created_at")
    inlines = (ReceiptInline,)
    search_fields = ("external_id", "offer", "=customer__telegram_id", "customer__username", "transfer__ref")
    search_help_text = _("Payment id, offer, correlation id, support code, Telegram id, username")
    fieldsets = (
        (
            None,
            {"fields": ("code", "state", "trouble", "person", "rubles", "paid_in", "rate", "transfer", "connected")},
        ),
        (_("Decision"), {"fields": ("decider", "reason", "returns", "journal")}),
        (_("Payment"), {"fields": ("way", "external_id", "offer", "invoice_id", "url", "created_at", "paid_at")}),
        (_("Marks"), {"fields": ("cid", "attempts", "due_at", "claimed_by")}),
    )
    exported = (
        "created_at", "customer__telegram_id", "provider", "state", "rubles", Price("minor_amount", "currency"), "currency", "rate", "external_id",
        "invoice_id", "offer", "paid_at", By("decided_by"), "reason", "cid",
    )  # fmt: skip
    actions_detail = ("approve", "reject", "refund", "requery")
    approve, reject, refund, requery = map(acting_on, actions_detail)

    @admin.display(description=_("price"), ordering="minor_amount")
    def paid_in(self, topup: TopUp) -> str:
        return saying.price(topup.minor_amount, topup.currency)

    @admin.display(description=_("way to pay"), ordering="provider")
    def way(self, topup: TopUp) -> str:
        return saying.provider(topup.provider)

    @admin.display(description=_("error"), ordering="error")
    def trouble(self, topup: TopUp) -> str:
        return topup.get_error_display()

    @admin.display(description=_("decided by"), ordering="decided_by")
    def decider(self, topup: TopUp) -> str:
        return saying.who(topup.decided_by, topup.operator)  # type: ignore[attr-defined]  # see get_queryset

    def get_queryset(self, request: HttpRequest) -> QuerySet[TopUp]:
        return super().get_queryset(request).annotate(operator=saying.operator_of("decided_by"))

    @admin.display(description=_("refunds"))
    def returns(self, topup: TopUp) -> str:
        rows = (
            (link_to(one, saying.rubles(one.rubles)), one.get_state_display()) for one in topup.refunds.order_by("pk")
        )
        return format_html_join(" · ", "{} {}", rows) or "—"


@admin.register(Refund)
class RefundAdmin(Exported, WithActs, OfAPerson):
    date_hierarchy = "created_at"
    list_display = ("created_at", "person", "rubles", "payment", "state_now", "decider", "reason", "trouble", "code")
    list_filter = ("state", "topup__provider", "created_at")
    list_select_related = ("topup__customer",)
    search_fields = ("ref", "external_id", "topup__external_id", "=topup__customer__telegram_id")
    search_help_text = _("Reference, payment id, correlation id, support code, Telegram id")
    fieldsets = (
        (None, {"fields": ("code", "state", "trouble", "person", "rubles", "paid_in", "payment", "connected")}),
        (_("Decision"), {"fields": ("decider", "reason", "journal")}),
        (_("Entry"), {"fields": ("ref", "external_id", "transfer", "returned", "created_at")}),
        (_("Marks"), {"fields": ("cid", "attempts", "due_at", "claimed_by")}),
    )
    exported = (
        "created_at", "topup__customer__telegram_id", "topup__provider", "state", "rubles", Price("minor_amount", "topup__currency"),
        "topup__currency", "ref", "external_id", By("by"), "reason", "cid",
    )  # fmt: skip
    actions_detail = ("went", "did_not")
    went, did_not = map(acting_on, actions_detail)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        return super().get_queryset(request).annotate(operator=saying.operator_of("by"))

    @admin.display(description=_("in the currency of the payment"))
    def paid_in(self, refund: Refund) -> str:
        return saying.price(refund.minor_amount, refund.topup.currency)

    @admin.display(description=_("by"), ordering="by")
    def decider(self, refund: Refund) -> str:
        return saying.who(refund.by, refund.operator)  # type: ignore[attr-defined]  # see get_queryset

    @admin.display(description=_("error"))
    def trouble(self, refund: Refund) -> str:
        return refund.get_error_display()

    @admin.display(description=_("person"), ordering="topup__customer")
    def person(self, refund: Refund) -> str:
        return link_to(refund.topup.customer)

    @admin.display(description=_("top-up"), ordering="topup")
    def payment(self, refund: Refund) -> str:
        return link_to(refund.topup)
