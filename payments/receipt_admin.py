"""Receipts as an operator sees them: the picture on the page of its top-up, what was seen before, and the queue of those that wait.

Files are not kept here. A view for staff alone fetches one from Telegram when somebody looks, by our own number of it: no
address ever holds Telegram's. Nothing is recognised: what a receipt says is for a person to compare with the bank.
"""

from typing import Any

import structlog
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from payments import receipt_file
from payments.receipt import Receipt, ReceiptKind, ReceiptState
from payments.topup import TopUp
from reliability import files
from reliability.adminkit import Kept, WithStory, link, link_to

log = structlog.get_logger()

SUFFIX = {receipt_file.PDF: "pdf", "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


class Shown:
    """Columns that a list of receipts and the inline share."""

    @admin.display(description=_("receipt"))
    def picture(self, receipt: Receipt) -> SafeString | str:
        """The picture itself, opened large by a click; a PDF as a download."""
        url = reverse("admin:payments_receipt_file", args=[receipt.pk])
        if receipt.state == ReceiptState.UNFIT:
            return receipt.get_state_display()
        if receipt.kind == ReceiptKind.PDF:
            return link(url, _("Download the PDF"))
        return format_html(
            '<a href="{}" target="_blank" rel="noopener"><img src="{}" alt="{}" width="320" loading="lazy"></a>',
            url, url, _("receipt"),
        )  # fmt: skip

    @admin.display(description=_("seen before"))
    def seen(self, receipt: Receipt) -> SafeString | str:
        """The first receipt with the same content, by whomever it was sent, and what became of its top-up."""
        first = receipt.seen_before
        if first is None:
            return "—" if receipt.state == ReceiptState.READ else gettext("not compared yet")
        own = first.topup.customer_id == receipt.topup.customer_id
        whose = _("of the same person") if own else _("of another person")
        return format_html(
            '<strong class="text-red-700">{}</strong> {}: {}, {}', _("seen before"), whose,
            link_to(first.topup), timezone.localtime(first.created_at).strftime("%d.%m.%Y"),
        )  # fmt: skip


class ReceiptInline(Shown, Kept, TabularInline):
    """The receipts of a top-up, on its page."""

    model = Receipt
    fk_name = "topup"
    extra = 0
    can_delete = False
    show_change_link = True
    verbose_name_plural = _(
        "receipts: nothing is recognised automatically, compare sum, recipient and time with the bank"
    )
    fields = readonly_fields = ("picture", "seen", "state", "created_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Receipt]:
        return super().get_queryset(request).select_related("topup", "seen_before__topup").order_by("pk")


class ReceiptFilter(admin.SimpleListFilter):
    """Of top-ups, for `list_filter`: the queue of receipts on review, and which of them were seen before."""

    title = _("receipts")
    parameter_name = "receipts"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("review", _("on review")), ("seen", _("on review, seen before"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[TopUp]) -> QuerySet[TopUp]:
        if self.value() not in {"review", "seen"}:
            return queryset
        waiting = queryset.filter(pk__in=TopUp.objects.on_review())
        if self.value() == "review":
            return waiting
        return waiting.filter(Exists(Receipt.objects.filter(topup=OuterRef("pk"), seen_before__isnull=False)))


def queue_url() -> str:
    """The page of receipts on review, for menus and the work list."""
    return reverse("admin:payments_topup_changelist") + "?receipts=review"


@admin.register(Receipt)
class ReceiptAdmin(Shown, WithStory):
    """All receipts ever sent."""

    date_hierarchy = "created_at"
    ordering = ("-pk",)
    list_display = ("created_at", "to", "person", "kind", "state_now", "seen", "code")
    list_filter = ("state", "kind", ("seen_before", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("topup__customer", "seen_before__topup")
    search_fields = ("sha256", "file_unique_id", "=topup__customer__telegram_id", "topup__customer__username")
    search_help_text = _("Hash, correlation id, support code, Telegram id, username")
    fieldsets = (
        (None, {"fields": ("code", "state", "error", "person", "to", "picture", "seen", "connected")}),
        (
            _("Marks"),
            {"fields": ("cid", "kind", "size", "sha256", "file_unique_id", "attempts", "due_at", "created_at")},
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.file)
        return [path("<int:pk>/file/", view, name="payments_receipt_file"), *super().get_urls()]

    def file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The file, fetched from Telegram now. Only what is a picture or a PDF by its bytes is given on, as that."""
        receipt = get_object_or_404(Receipt, pk=pk)
        if not self.has_view_permission(request, receipt):
            raise PermissionDenied
        try:
            content = files.opened(receipt.file_id)
            mime = receipt_file.mime(content)
        except files.FileGone:
            return _no(gettext("Telegram does not give this file any more."), 404)
        except receipt_file.Unfit:
            return _no(gettext("This file is neither a picture nor a PDF, so it is not shown."), 415)
        except Exception as trouble:  # noqa: BLE001 (what the bot raises while Telegram is away, and no page of ours may break)
            log.warning("receipt.not_fetched", receipt=receipt.pk, why=str(trouble))
            return _no(gettext("Telegram does not answer just now. Try again in a minute."), 503)
        how = "attachment" if mime == receipt_file.PDF else "inline"
        return HttpResponse(
            content,
            content_type=mime,
            headers={
                "Content-Disposition": f'{how}; filename="receipt-{receipt.pk}.{SUFFIX[mime]}"',
                "X-Content-Type-Options": "nosniff",
            },
        )

    @admin.display(description=_("top-up"), ordering="topup")
    def to(self, receipt: Receipt) -> SafeString:
        return link_to(receipt.topup)

    @admin.display(description=_("person"), ordering="topup__customer")
    def person(self, receipt: Receipt) -> SafeString:
        return link_to(receipt.topup.customer)


def _no(words: str, status: int) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
