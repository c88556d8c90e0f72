"""Top-ups and refunds in the admin: approved, rejected, returned, asked for again; each with a reason."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from payments.acts_admin import WithActs, acting_on
from payments.export_admin import Exported
from payments.models import Refund, TopUp
from payments.receipt_admin import ReceiptFilter, ReceiptInline
from payments.transfer_admin import OfAPerson
from reliability.adminkit import link_to


@admin.register(TopUp)
class TopUpAdmin(Exported, WithActs, OfAPerson):
    date_hierarchy = "created_at"
    list_display = ("created_at", "person", "rubles", "paid_in", "provider", "state_now", "error", "paid_at", "code")
    list_filter = (ReceiptFilter, "state", "provider", "created_at")
    inlines = (ReceiptInline,)
    search_fields = ("external_id", "offer", "=customer__telegram_id", "customer__username", "transfer__ref")
    search_help_text = _("Payment id, offer, correlation id, support code, Telegram id, username")
    fieldsets = (
        (None, {"fields": ("code", "state", "error", "person", "rubles", "paid_in", "rate", "transfer", "connected")}),
        (_("Decision"), {"fields": ("decided_by", "reason", "returns", "journal")}),
        (_("Payment"), {"fields": ("provider", "external_id", "offer", "invoice_id", "url", "created_at", "paid_at")}),
        (_("Marks"), {"fields": ("cid", "attempts", "due_at", "claimed_by")}),
    )
    exported = (
        "created_at", "customer__telegram_id", "provider", "state", "rubles", "currency", "minor_amount", "rate", "external_id", "invoice_id", "offer",
        "paid_at", "decided_by", "reason", "cid",
    )  # fmt: skip
    actions_detail = ("approve", "reject", "refund", "requery")
    approve, reject, refund, requery = map(acting_on, actions_detail)

    @admin.display(description=_("price"), ordering="minor_amount")
    def paid_in(self, topup: TopUp) -> str:
        return f"{topup.minor_amount} {topup.currency}"

    @admin.display(description=_("refunds"))
    def returns(self, topup: TopUp) -> str:
        rows = ((link_to(one, f"{one.rubles} ₽"), one.get_state_display()) for one in topup.refunds.order_by("pk"))
        return format_html_join(" · ", "{} {}", rows) or "—"


@admin.register(Refund)
class RefundAdmin(Exported, WithActs, OfAPerson):
    date_hierarchy = "created_at"
    list_display = ("created_at", "person", "rubles", "payment", "state_now", "by", "reason", "error", "code")
    list_filter = ("state", "topup__provider", "created_at")
    list_select_related = ("topup__customer",)
    search_fields = ("ref", "external_id", "topup__external_id", "=topup__customer__telegram_id")
    search_help_text = _("Reference, payment id, correlation id, support code, Telegram id")
    fieldsets = (
        (None, {"fields": ("code", "state", "error", "person", "rubles", "minor_amount", "payment", "connected")}),
        (_("Decision"), {"fields": ("by", "reason", "journal")}),
        (_("Entry"), {"fields": ("ref", "external_id", "transfer", "returned", "created_at")}),
        (_("Marks"), {"fields": ("cid", "attempts", "due_at", "claimed_by")}),
    )
    exported = (
        "created_at", "topup__customer__telegram_id", "topup__provider", "state", "rubles", "minor_amount", "ref", "external_id", "by", "reason", "cid",
    )  # fmt: skip
    actions_detail = ("went", "did_not")
    went, did_not = map(acting_on, actions_detail)

    @admin.display(description=_("person"), ordering="topup__customer")
    def person(self, refund: Refund) -> str:
        return link_to(refund.topup.customer)

    @admin.display(description=_("top-up"), ordering="topup")
    def payment(self, refund: Refund) -> str:
        return link_to(refund.topup)
