"""Updates, dialogs and deliveries in the admin: looked at, linked, replayed or sent again; never edited."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bot import dispatch, outbox
from bot.models import Delivery, Dialog, Update
from reliability.adminkit import ReadOnly, WithStory


@admin.register(Update)
class UpdateAdmin(WithStory):
    list_display = ("seq", "kind", "chat_key", "state", "reason", "attempts", "created_at", "done_at", "code")
    list_filter = ("state", "kind", "reason")
    search_fields = ("=update_id", "=chat_key", "cid")
    ordering = ("-seq",)
    exclude = ("raw",)
    readonly_fields = ("content",)
    actions = ("replay",)

    @admin.display(description=_("as Telegram sent it"))
    def content(self, update: Update) -> str:
        return bytes(update.raw).decode(errors="replace")

    @admin.action(description=_("Answer again (dead ones only)"))
    def replay(self, request: HttpRequest, rows: QuerySet[Update]) -> None:
        taken = [dispatch.replay(row.pk) for row in rows]
        self.message_user(request, _("{} of {} will be answered again.").format(sum(taken), len(taken)))


@admin.register(Delivery)
class DeliveryAdmin(WithStory):
    list_display = ("dedup_key", "kind", "chat", "state", "attempts", "created_at", "sent_at", "code")
    list_filter = ("state", "kind")
    search_fields = ("dedup_key", "=chat", "cid", "error")
    ordering = ("-pk",)
    actions = ("resend",)

    @admin.action(description=_("Send again (dead ones only)"))
    def resend(self, request: HttpRequest, rows: QuerySet[Delivery]) -> None:
        taken = [outbox.resend(row.pk) for row in rows]
        self.message_user(request, _("{} of {} queued again.").format(sum(taken), len(taken)))


@admin.register(Dialog)
class DialogAdmin(ReadOnly):
    list_display = ("chat", "customer", "state", "revision", "expires_at")
    list_filter = ("state",)
    search_fields = ("=chat", "customer__username")
    ordering = ("-pk",)
    list_select_related = ("customer",)
