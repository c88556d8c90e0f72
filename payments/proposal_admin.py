"""Proposals in the admin: what waits for a second person, carried out or declined by another operator than its author."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextareaWidget

from payments import acting
from payments.act_names import label
from payments.acts import ACTS
from payments.acts_admin import ByAct, WithActs, ask
from payments.models import Proposal, ProposalState
from payments.order import CannotAct
from payments.transfer_admin import OfAPerson
from reliability.adminkit import COLOURS, Coloured, link_to, readable

RIGHT = "decide_proposal"


class DeclineForm(forms.Form):
    """Why not."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


@admin.register(Proposal)
class ProposalAdmin(WithActs, OfAPerson):
    list_display = ("created_at", "what", "person", "rubles", "standing", "by", "reason", "expires_at", "decided_by")
    list_filter = ("state", ByAct, "by", "created_at")
    list_select_related = ("customer", "by", "decided_by")
    search_fields = ("reason", "=customer__telegram_id", "customer__username", "by__username")
    search_help_text = _("Reason, Telegram id, username, operator, correlation id, support code")
    fieldsets = (
        (None, {"fields": ("what", "standing", "person", "row", "rubles", "reason", "by", "created_at", "expires_at")}),
        (_("Decision"), {"fields": ("decided_by", "ended_at", "answer", "journal")}),
        (_("Marks"), {"fields": ("told", "key", "code", "connected")}),
    )
    actions_detail = ("carry_out", "decline")
    told = readable("facts", _("facts"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Proposal]:
        return super().get_queryset(request).select_related("customer", "by", "decided_by")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """For whoever did not ask for it, while it is open."""
        known = self.get_object(request, str(object_id))
        row = Proposal.objects.open().filter(pk=known.pk).first() if known else None
        if row is None or row.by_id == request.user.pk:
            return []
        offered = super().get_actions_detail(request, object_id)
        return [one for one in offered if one.method.__name__ == "decline" or acting.may(request.user, ACTS[row.act])]

    @action(description=_("Carry out"), permissions=[RIGHT], url_path="carry-out", variant=ActionVariant.PRIMARY)
    def carry_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shown first, done by POST."""
        row = self._row(request, object_id)
        if not acting.may(request.user, ACTS[row.act]):
            raise PermissionDenied
        if request.method == "POST" and "confirm" in request.POST:
            try:
                acting.carry_out(row.pk, by=request.user)
            except CannotAct as refusal:
                return self._refused(request, row, refusal)
            asked = _("It is requested: the payment's page shows how it ends.")
            self.message_user(request, asked if ACTS[row.act].asked else _("It is carried out."))
            return redirect("admin:payments_proposal_change", row.pk)
        try:
            acting.for_another(row, request.user)
            order = acting.proposed(row, by=request.user)
        except CannotAct as refusal:
            return self._refused(request, row, refusal)
        sentences = [gettext("{} has asked for it.").format(row.by), *order.act.said(order)]
        if why := acting.refusal(order, row.customer):
            sentences.append(gettext("It would be refused now: {}").format(why))
        context = {"sure": True, "sentences": sentences, "person": row.customer, "wallet": row.customer.wallet}
        return ask(self, request, _("Carry out"), {**context, "row": row, "order": order, "final": True})

    @action(description=_("Decline"), permissions=[RIGHT], url_path="decline", variant=ActionVariant.DANGER)
    def decline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asked for the reason, then done."""
        row = self._row(request, object_id)
        try:
            acting.for_another(row, request.user)
        except CannotAct as refusal:
            return self._refused(request, row, refusal)
        form = DeclineForm(request.POST or None)
        context: dict[str, Any] = {"row": row, "form": form, "danger": True}
        if request.method == "POST" and form.is_valid() and "change" not in request.POST:
            reason = form.cleaned_data["reason"]
            if "confirm" in request.POST:
                return self._declined(request, row, reason)
            context |= {"sure": True, "order": {"reason": reason}, "sentences": [gettext("Nothing moves, and it cannot be carried out any more.")]}  # fmt: skip
        return ask(self, request, _("Decline"), context)

    def _declined(self, request: HttpRequest, row: Proposal, reason: str) -> HttpResponse:
        try:
            acting.decline(row.pk, by=request.user, reason=reason)
        except CannotAct as refusal:
            return self._refused(request, row, refusal)
        self.message_user(request, _("It is declined."))
        return redirect("admin:payments_proposal_change", row.pk)

    def _refused(self, request: HttpRequest, row: Proposal, refusal: CannotAct) -> HttpResponse:
        self.message_user(request, str(refusal), messages.ERROR)
        return redirect("admin:payments_proposal_change", row.pk)

    def _row(self, request: HttpRequest, object_id: str) -> Proposal:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request), pk=object_id)

    @admin.display(description=_("act"), ordering="act")
    def what(self, row: Proposal) -> str:
        return label(row.act)

    @display(description=_("state"), ordering="state", label=COLOURS)
    def standing(self, row: Proposal) -> Coloured:
        if row.expired:
            return Coloured("expired", gettext("nobody decided in time"))
        colours = {ProposalState.OPEN: "off", ProposalState.DONE: "done", ProposalState.DECLINED: "rejected"}
        return Coloured(colours[ProposalState(row.state)], row.get_state_display())

    @admin.display(description=_("what it is about"))
    def row(self, proposal: Proposal) -> str:
        row = apps.get_model(proposal.target)._default_manager.filter(pk=proposal.object_id).first()
        return link_to(row) if row else "—"
