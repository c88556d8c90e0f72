"""Holds in the admin: hold TRT, end the hold early; each says first what it will do. Every step is in the journal."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from bot import copy_admin, passive_copy
from bot import hold as holds
from bot.hold import AlreadyHeld, Hold
from bot.models import Update
from bot.screens.hold import moscow
from bot.screens.words import MOSCOW
from kie.models import Job
from payments import audit
from payments.customer import LOCALES
from reliability import clock
from reliability.adminkit import COLOURS, Coloured, Kept, link

LONGEST = timedelta(days=7)
LATELY = timedelta(minutes=15)


class BeginForm(forms.Form):
    """Why, and until when: minutes from now or a moment in Moscow time."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=UnfoldAdminTextInputWidget, help_text=_("For the operators' journal.")
    )
    minutes = forms.IntegerField(
        label=_("For how many minutes"),
        required=False,
        min_value=1,
        max_value=LONGEST // timedelta(minutes=1),
        widget=UnfoldAdminIntegerFieldWidget,
    )
    until = forms.DateTimeField(
        label=_("Or until, Moscow time"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )

    def clean_until(self) -> datetime | None:
        """As Moscow's: the field itself knows no zone."""
        until: datetime | None = self.cleaned_data["until"]
        if until is None:
            return None
        until = until.replace(tzinfo=MOSCOW)
        if not clock.now() < until <= clock.now() + LONGEST:
            raise ValidationError(_("The end lies in the future, at most a week from now."))
        return until

    def clean(self) -> dict[str, Any]:
        """One of the two ends."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and bool(given.get("minutes")) == bool(given.get("until")):
            raise ValidationError(_("Say either for how many minutes or until when."))
        return given

    @property
    def end(self) -> datetime:
        """Of a hold that begins now."""
        minutes: int | None = self.cleaned_data["minutes"]
        until: datetime = self.cleaned_data["until"]
        return clock.now() + timedelta(minutes=minutes) if minutes else until


@admin.register(Hold)
class HoldAdmin(Kept, ModelAdmin):
    list_display = ("started_at", "standing", "reason", "by", "until", "ended_at", "who_ended", "requests")
    list_filter = ("by", "started_at")
    search_fields = ("reason", "by", "ended_by")
    ordering = ("-pk",)
    fields = ("standing", "reason", "by", "started_at", "until", "ended_at", "who_ended", "requests", "ending")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hold]:
        return super().get_queryset(request).annotate(requests=Count("kept"))

    def has_add_permission(self, request: HttpRequest, *of: Any) -> bool:
        return request.user.has_perm("bot.add_hold")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a hold is ended, never edited

    def get_urls(self) -> list[URLPattern]:
        end = path("<int:pk>/end/", self.admin_site.admin_view(self.end_view), name="bot_hold_end")
        return [end, *super().get_urls()]

    @display(description=_("state"), label=COLOURS)
    def standing(self, hold: Hold) -> Coloured:
        return Coloured("expired", gettext("over")) if hold.over else Coloured("held", gettext("TRT is held"))

    @admin.display(description=_("ended by"))
    def who_ended(self, hold: Hold) -> str:
        if not hold.over:
            return "—"
        return hold.ended_by or gettext("its time")

    @admin.display(description=_("requests kept"))
    def requests(self, hold: Any) -> str:
        return link(f"{reverse('admin:bot_update_changelist')}?hold__id__exact={hold.pk}", hold.requests)

    @admin.display(description=_("end early"))
    def ending(self, hold: Hold) -> str:
        return "—" if hold.over else link(reverse("admin:bot_hold_end", args=[hold.pk]), gettext("End the hold"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Hold TRT: asked, then shown what it will do, then done."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = BeginForm(request.POST or None, initial={"minutes": 15})
        sure = False
        if request.method == "POST" and form.is_valid():
            if "confirm" in request.POST:
                return self._begin(request, form)
            sure = "change" not in request.POST
        context = {"form": form, "sure": sure, "open": Hold.objects.open().first()}
        if sure:
            context |= {"until": moscow(form.end, clock.now()), **_waiting(), "previews": _words(form.end)}
        return self._page(request, "console/hold_begin.html", _("Hold TRT"), context)

    def _begin(self, request: HttpRequest, form: BeginForm) -> HttpResponse:
        reason, by = form.cleaned_data["reason"], request.user.get_username()
        try:
            with transaction.atomic():
                hold = holds.begin(until=form.end, reason=reason, by=by)
                audit.record("hold", hold, by=request.user, reason=reason, after={"until": hold.until.isoformat()})
        except AlreadyHeld:
            self.message_user(request, _("TRT is held already: end that hold first."), "error")
            return redirect("admin:bot_hold_changelist")
        self.log_addition(request, hold, gettext("TRT is held: {}").format(reason))
        return redirect("admin:bot_hold_changelist")

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End a hold early, after a look at what waits for it."""
        if not request.user.has_perm("bot.change_hold"):
            raise PermissionDenied
        hold = get_object_or_404(Hold, pk=pk)
        if request.method == "POST":
            if self._end(request, hold):
                self.message_user(request, _("The hold is over: what was kept is being answered."))
            else:
                self.message_user(request, _("This hold was over already."), "warning")
            return redirect("admin:bot_hold_changelist")
        context = {"hold": hold, "until": moscow(hold.until, clock.now()), **_waiting()}
        return self._page(request, "console/hold_end.html", _("End the hold"), context)

    @transaction.atomic
    def _end(self, request: HttpRequest, hold: Hold) -> bool:
        if not holds.end(hold.pk, by=request.user.get_username()):
            return False
        before = {"until": hold.until.isoformat()}
        audit.record("hold_end", hold, by=request.user, before=before, after={"until": clock.now().isoformat()})
        self.log_change(request, hold, gettext("The hold was ended early."))
        return True

    def _page(self, request: HttpRequest, template: str, title: Any, context: dict[str, Any]) -> HttpResponse:
        common = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, "media": self.media}
        return TemplateResponse(request, template, common | context)


def _waiting() -> dict[str, int]:
    """How many requests and people a hold concerns now."""
    kept = Update.objects.kept().aggregate(requests=Count("pk"), chats=Count("chat_key", distinct=True))
    lately = Update.objects.filter(created_at__gte=clock.now() - LATELY)
    return {
        "kept": kept["requests"],
        "kept_chats": kept["chats"],
        "waiting": Update.objects.open().count(),
        "jobs": Job.objects.open().count(),
        "people": lately.values("chat_key").distinct().count(),
    }


def _words(until: datetime) -> list[dict[str, str]]:
    """The notice as it will be told, for the previews: in each language, the first one first."""
    return [copy_admin.shown(passive_copy.words(locale), until) for locale, _name in LOCALES]
