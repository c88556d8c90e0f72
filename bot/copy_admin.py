"""The words of a hold in the admin: edited beside a preview that looks like Telegram, every version kept and restorable."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin

from bot.hold import Hold
from bot.passive_copy import PassiveCopy
from bot.screens.hold import moscow
from reliability import clock
from reliability.adminkit import Kept

EXAMPLE = timedelta(minutes=20)  # until when the preview holds TRT, where nothing does


@admin.register(PassiveCopy)
class PassiveCopyAdmin(SimpleHistoryAdmin, Kept, ModelAdmin):
    """A row a language, from a migration: there is no other to add."""

    list_display = ("locale", "button", "toast")
    fields = ("locale", "message", "button", "toast")
    readonly_fields = ("locale",)
    history_list_display = ("button", "toast")
    change_form_after_template = "console/telegram_preview.html"

    class Media:
        css = {"all": ["bot/telegram-preview.css"]}
        js = ["bot/telegram-preview.js"]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        hold = Hold.objects.open().first()
        until = hold.until if hold else clock.now() + EXAMPLE
        context["words"] = {"until": moscow(until, clock.now())}
        return super().render_change_form(request, context, *args, **kwargs)
