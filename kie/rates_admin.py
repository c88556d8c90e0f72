"""Daily rates and pauses in the admin: a jump is taken or declined, a model is let on sale again; each with its reason."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from kie import losses, preview, rates
from kie.pause import Pause, Reason
from kie.rate import DollarRate, RateState
from kie.tariff import Tariff
from payments import audit
from payments.acts_admin import ask, journal_of
from reliability.adminkit import COLOURS, Coloured, ReadOnly, WithState, link_to, story_of


class Why(forms.Form):
    """The reason of an act."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=UnfoldAdminTextInputWidget, help_text=_("It stays in the audit beside your name."),
    )  # fmt: skip


class Decided(ReadOnly):
    """Rows that an operator ends by an act: asked for its reason, shown what it does, then done by POST."""

    def has_decide_permission(self, request: HttpRequest, *_of: Any) -> bool:
        """Whoever may change the row; nobody edits it by hand."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}"))

    def decided(
        self, request: HttpRequest, row: Any, title: Any, shown: dict[str, Any], do: Callable[[str], bool]
    ) -> HttpResponse:
        """The act's pages. `do` gets the reason; False: it was decided before."""
        form = Why(request.POST or None)
        context: dict[str, Any] = {"row": row, "form": form}
        if request.method == "POST" and "change" not in request.POST and form.is_valid():
            reason = form.cleaned_data["reason"]
            if "confirm" in request.POST:
                return self._done(request, row, do(reason))
            context |= {"sure": True, "order": {"reason": reason}, **shown}
        return ask(self, request, title, context)

    def _done(self, request: HttpRequest, row: Any, changed: bool) -> HttpResponse:
        if changed:
            self.message_user(request, _("Done."))
        else:
            self.message_user(request, _("It was decided before: nothing was changed."), messages.WARNING)
        return redirect(reverse(f"admin:kie_{self.opts.model_name}_change", args=[row.pk]))

    @admin.display(description=_("what operators did"))
    def journal(self, row: Any) -> str:
        return journal_of(row)


@admin.register(DollarRate)
class DollarRateAdmin(WithState, Decided):
    ordering = ("-day", "-pk")
    list_display = ("day", "rubles", "change", "state_now", "heard_at", "decided_by")
    list_filter = ("state",)
    fields = ("day", "rubles", "against", "change", "state", "heard_at", "decided_at", "decided_by", "journal")
    actions_detail = ("take", "decline")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only a proposal can be decided."""
        row = self.get_object(request, str(object_id))
        return super().get_actions_detail(request, object_id) if row and row.state == RateState.PROPOSED else []

    @admin.display(description=_("change, %"))
    def change(self, rate: DollarRate) -> str:
        return f"{rate.change_percent:+.2f}"

    @action(description=_("Take this rate"), permissions=["decide"], url_path="take")
    def take(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A jump is true: it holds from the next offer on, where no rate is set by hand."""
        rate = get_object_or_404(DollarRate, pk=object_id)
        tariff, last = Tariff.standing(), DollarRate.objects.accepted().values_list("rubles", flat=True).first()
        shown = preview.of(tariff.numbers(last), tariff.numbers(rate.rubles))
        return self.decided(request, rate, _("Take this rate"), shown, self._by(request, rate, RateState.ACCEPTED))

    @action(description=_("Decline"), permissions=["decide"], url_path="decline")
    def decline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A jump is a fault of the source: the rate before it goes on holding."""
        rate = get_object_or_404(DollarRate, pk=object_id)
        shown = {"sentences": [gettext("The rate before it goes on holding, until the source says another one.")]}
        return self.decided(request, rate, _("Decline"), shown, self._by(request, rate, RateState.DECLINED))

    @staticmethod
    def _by(request: HttpRequest, rate: DollarRate, state: RateState) -> Callable[[str], bool]:
        @transaction.atomic
        def do(reason: str) -> bool:
            if not rates.decide(rate.pk, state, by=request.user.get_username()):
                return False
            before, after = {"state": RateState.PROPOSED.value}, {"state": state.value}
            audit.record("rate", rate, by=request.user, reason=reason, before=before, after=after)
            losses.look()
            return True

        return do


@admin.register(Pause)
class PauseAdmin(Decided):
    ordering = ("-found_at",)
    list_display = ("found_at", "sold_as", "standing", "reason", "variant", "price", "cost", "ended_at", "ended_by")
    list_filter = (("ended_at", admin.EmptyFieldListFilter), "reason")
    list_select_related = ("model",)
    search_fields = ("model__key", "model__title_ru")
    fields = ("sold_as", "standing", "reason", "variant", "price", "cost", "found_at", "ended_at", "ended_by", "code", "journal")  # fmt: skip
    actions_detail = ("resume",)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """A price below its cost is mended by a price, not by a word."""
        row = self.get_object(request, str(object_id))
        open_by_charge = row is not None and row.ended_at is None and row.reason == Reason.CHARGED
        return super().get_actions_detail(request, object_id) if open_by_charge else []

    @action(description=_("On sale again"), permissions=["decide"], url_path="resume")
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What KIE took was a slip, or is mended."""
        row = get_object_or_404(Pause, pk=object_id)
        sentences = [
            gettext("The model is on sale again at once; what KIE took for it is forgotten."),
            gettext("If the next task is charged so again, it takes itself off sale again."),
        ]

        @transaction.atomic
        def do(reason: str) -> bool:
            if not losses.resume(row.pk, by=request.user.get_username()):
                return False
            audit.record("resume", row, by=request.user, reason=reason)
            return True

        return self.decided(request, row, _("On sale again"), {"sentences": sentences}, do)

    @admin.display(description=_("AI model"), ordering="model")
    def sold_as(self, row: Pause) -> str:
        return link_to(row.model, row.model.title_ru)

    @display(description=_("now"), label=COLOURS)
    def standing(self, row: Pause) -> Coloured:
        return Coloured("off", gettext("off sale")) if row.ended_at is None else Coloured("done", gettext("ended"))

    @admin.display(description=_("support code"))
    def code(self, row: Pause) -> str:
        return story_of(row.cid) if row.cid else "—"
