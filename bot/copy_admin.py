"""The words of a hold in the admin: edited beside a preview that looks like Telegram, every version kept and restorable."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils import translation
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from bot import passive_copy
from bot.hold import Hold
from bot.passive_copy import PassiveCopy
from bot.screens.hold import moscow
from reliability import clock
from reliability.adminkit import Kept, Versioned

EXAMPLE = timedelta(minutes=20)  # until when the preview holds TRT, where nothing does


@admin.register(PassiveCopy)
class PassiveCopyAdmin(Versioned, Kept, ModelAdmin):
    """A row a language, from a migration: there is no other to add."""

    list_display = ("locale", "button", "toast")
    fields = ("locale", "message", "button", "toast")
    readonly_fields = ("locale",)
    history_list_display = ("button", "toast")
    change_form_after_template = "console/telegram_preview.html"

    class Media:
        css = {"all": ["bot/telegram-preview.css"]}
        js = ["bot/telegram-preview.js"]

    def get_urls(self) -> list[URLPattern]:
        check = self.admin_site.admin_view(require_POST(self.check_view))
        return [path("check/", check, name="bot_passivecopy_check"), *super().get_urls()]

    def check_view(self, request: HttpRequest) -> HttpResponse:
        """What would keep the posted words from being saved, by field. It saves nothing: the preview asks while one types."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        given = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in ("message", "button", "toast")}
        return JsonResponse(passive_copy.complaints(**given))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context["words"] = _preview(context["original"])
        return super().render_change_form(request, context, *args, **kwargs)

    def render_history_view(
        self, request: HttpRequest, template: str, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        if (
            "adminform" in context
        ):  # an earlier version; its History key would have no address, for `opts` is the history's
            context |= {"words": _preview(context["original"]), "show_history": False}
        return super().render_history_view(request, template, context, **kwargs)


def shown(words: PassiveCopy, until: datetime) -> dict[str, str]:
    """The words as a preview shows them: with the end of the hold as the person's own language says it."""
    with translation.override(words.locale):
        end = moscow(until, clock.now())
    return {
        "locale": words.locale,
        "message": words.message,
        "button": words.button,
        "toast": words.toast,
        "until": end,
    }


def _preview(words: PassiveCopy) -> dict[str, str]:
    """The same beside a form, whose fields are checked while one types."""
    hold = Hold.objects.open().first()
    until = hold.until if hold else clock.now() + EXAMPLE
    return shown(words, until) | {"check": reverse("admin:bot_passivecopy_check")}
