"""Updates, dialogs and deliveries in the admin: looked at, linked, replayed or sent again; never edited."""

import json
from contextlib import suppress
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bot import (
    copy_admin,  # noqa: F401 (registers itself)
    hold_admin,  # noqa: F401
    outbox,
    replay_admin,
)
from bot.models import Delivery, DeliveryState, Dialog, Update, UpdateState
from payments import audit
from reliability.adminkit import ReadOnly, WithStory, link, link_to, preformatted, readable

WHY_SHOWN = 40  # characters of an error in a list


class OfAChat(WithStory):
    """Rows that know a chat: a private one has its person's Telegram id, by which the person is found."""

    ordering = ("-pk",)

    def has_again_permission(self, request: HttpRequest) -> bool:
        """Doing something again is a change, though no row is edited by hand."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    @admin.display(description=_("chat"))
    def whose(self, row: Any) -> str:
        chat = row.chat_key if isinstance(row, Update) else row.chat
        return link(f"{reverse('admin:payments_customer_changelist')}?q={chat}", chat)

    @admin.display(description=_("failed attempts"), ordering="attempts")
    def failures(self, row: Any) -> str:
        """The one under way has not failed yet; a row that ended well has forgotten how many did."""
        if row.state in {UpdateState.DONE, DeliveryState.SENT}:
            return "—"
        return str(max(0, row.attempts - (row.claimed_by is not None)))


@admin.register(Update)
class UpdateAdmin(OfAChat):
    list_display = ("created_at", "update_id", "kind", "whose", "state_now", "reason", "failures", "done_at", "code")
    list_filter = ("state", "kind", "reason", "hold", "created_at")
    search_fields = ("=update_id", "=chat_key")
    search_help_text = _("Support code, update id, Telegram id, correlation id")
    fieldsets = (
        (None, {"fields": ("code", "state", "again", "reason", "error", "hold", "whose", "kind", "connected")}),
        (_("Content"), {"fields": ("content",)}),
        (_("Course"), {"fields": ("created_at", "done_at", "attempts", "due_at", "claimed_by", "claim_epoch")}),
        (_("Marks"), {"fields": ("seq", "update_id", "bot_id", "cid")}),
    )
    actions = ("replay",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Update]:
        return super().get_queryset(request).defer("raw")

    @admin.display(description=_("as Telegram sent it"))
    def content(self, update: Update) -> str:
        """The bytes as they came where they are no JSON."""
        text = bytes(update.raw).decode(errors="replace")
        with suppress(ValueError, RecursionError):
            text = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
        return preformatted(text)

    @admin.action(description=_("Answer again (dead ones only)"), permissions=["again"])
    def replay(self, request: HttpRequest, rows: QuerySet[Update]) -> HttpResponse:
        return replay_admin.page(self, request, rows)

    def get_urls(self) -> list[URLPattern]:
        again = path("<int:pk>/replay/", self.admin_site.admin_view(self.replay_view), name="bot_update_replay")
        return [again, *super().get_urls()]

    def replay_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The same for one row, from its own page."""
        if not self.has_again_permission(request):
            raise PermissionDenied
        return replay_admin.page(self, request, self.get_queryset(request).filter(pk=pk))

    @admin.display(description=_("again"))
    def again(self, update: Update) -> str:
        if update.state != UpdateState.DEAD:
            return "—"
        if update.kind == "unreadable":
            return replay_admin.never(update)
        return link(reverse("admin:bot_update_replay", args=[update.pk]), gettext("What would answering again do?"))


@admin.register(Delivery)
class DeliveryAdmin(OfAChat):
    list_display = ("created_at", "dedup_key", "kind", "whose", "state_now", "why", "failures", "sent_at", "code")
    list_filter = ("state", "kind", "created_at")
    search_fields = ("dedup_key", "=chat")
    search_help_text = _("Support code, cause, Telegram id, correlation id")
    fieldsets = (
        (None, {"fields": ("code", "state", "error", "whose", "kind", "connected")}),
        (_("Content"), {"fields": ("said", "message_ids", "file_ids")}),
        (_("Course"), {"fields": ("created_at", "sent_at", "attempts", "due_at", "claimed_by")}),
        (_("Marks"), {"fields": ("dedup_key", "cid")}),
    )
    actions = ("resend",)
    said = readable("payload", _("content"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).defer("payload")

    @admin.display(description=_("error"))
    def why(self, delivery: Delivery) -> str:
        return delivery.error if len(delivery.error) <= WHY_SHOWN else delivery.error[: WHY_SHOWN - 1] + "…"

    @admin.action(description=_("Send again (dead ones only)"), permissions=["again"])
    def resend(self, request: HttpRequest, rows: QuerySet[Delivery]) -> None:
        taken = [self._sent_again(request, row) for row in rows]
        self.message_user(request, _("{} of {} queued again.").format(sum(taken), len(taken)))

    @transaction.atomic
    def _sent_again(self, request: HttpRequest, delivery: Delivery) -> bool:
        if not outbox.resend(delivery.pk):
            return False
        audit.record("resend", delivery, by=request.user, before={"error": delivery.error}, cid=delivery.cid)
        return True


@admin.register(Dialog)
class DialogAdmin(ReadOnly):
    list_display = ("chat", "person", "state", "revision", "expires_at")
    list_filter = ("state",)
    search_fields = ("=chat", "=customer__telegram_id", "customer__username", "customer__first_name")
    search_help_text = _("Telegram id, username, name")
    ordering = ("-pk",)
    list_select_related = ("customer",)
    fields = ("person", "chat", "state", "revision", "expires_at", "answered", "offered")
    answered = readable("data", _("answers"))
    offered = readable("quote", _("offer"))

    @admin.display(description=_("person"), ordering="customer")
    def person(self, dialog: Dialog) -> str:
        return link_to(dialog.customer)
