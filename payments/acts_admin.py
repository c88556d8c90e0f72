"""Acts on the page of a row: a button each, a form with the reason, a page that says what will happen, then the deed."""

from collections.abc import Callable
from functools import partialmethod
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminBigIntegerFieldWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from payments import acting, arrived, cures, proposal, providers, refunds
from payments.act_names import NAMES, label
from payments.acts import ACTS, in_words
from payments.amount import KOPECK
from payments.audit import AuditEntry
from payments.ledger import NotEnoughMoney
from payments.order import LARGEST, Act, CannotAct, Order
from payments.terms import MANUAL, Terms
from payments.topup import TopUp
from reliability import clock
from reliability.adminkit import ReadOnly, link, link_to

SHOWN = 20  # acts on the page of their row; behind more of them stands their list


class ActForm(forms.Form):
    """What an act needs beside its row. A key of its own makes the act happen once, however often it is sent."""

    rubles = forms.DecimalField(
        label=_("Rubles"), min_value=KOPECK, max_value=LARGEST, decimal_places=2, widget=UnfoldAdminDecimalFieldWidget
    )
    telegram_id = forms.IntegerField(label=_("Telegram id of the person"), widget=UnfoldAdminBigIntegerFieldWidget)
    external_id = forms.CharField(
        label=_("Id of the refund at the provider"), max_length=200, widget=UnfoldAdminTextInputWidget,
        help_text=_("As the provider's own page shows it: so the same return is never taken twice."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("It stays in the audit beside your name."),
    )  # fmt: skip
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, act: Act, row: Any, data: Any = None) -> None:
        super().__init__(data, initial={"key": clock.uuid7()})
        for name in {"rubles", "telegram_id", "external_id"} - set(_asked(act, row)):
            del self.fields[name]
        if act.told:
            self.fields["reason"].help_text = _("The person reads it word for word, and it stays in the audit.")
        elif act.told_if_other:
            self.fields["reason"].help_text = _("It stays in the audit. The person reads it, word for word, only if you credit another sum than was asked for.")  # fmt: skip
        if "external_id" in self.fields and row.topup.provider == MANUAL:
            self.fields["external_id"].label = _("Number of the transfer in your bank")
            self.fields["external_id"].help_text = _(
                "As your bank shows it: so the same transfer is never taken for two returns."
            )
        if "rubles" in self.fields:
            _bound_rubles(self.fields["rubles"], act, row)


def _asked(act: Act, row: Any) -> list[str]:
    """The fields of this row's form: what is known is not asked for."""
    asked = list(act.asks)
    if "telegram_id" in asked and row.customer_id is not None:
        asked.remove("telegram_id")
    if "external_id" in asked and not _partial(row.topup):
        asked.remove("external_id")  # a return that is always whole has its payment's id
    return asked


def _partial(topup: TopUp) -> bool:
    return topup.provider in providers.known() and providers.get(topup.provider).partial


def _bound_rubles(field: Any, act: Act, row: Any) -> None:
    """The sum that stands to reason, and how far it may be changed."""
    most = LARGEST
    if act.name == "approve":
        field.initial, most = row.rubles, arrived.GREATEST
        field.help_text = _("What came. The person asked for {} ₽.").format(localize(row.rubles))
    elif act.name == "refund":
        field.initial = most = refunds.left(row)[0] or row.rubles  # of what is all back the act itself says so
        field.disabled = not _partial(row)
        field.help_text = (
            _("This provider returns a payment only whole.") if field.disabled else _("Wholly or in part.")
        )
    elif "telegram_id" in act.asks:
        most = cures.most(row, act.name, row.customer) or most
        field.initial = min(row.rubles, most) if row.rubles else None
    field.max_value = most
    field.validators = [*field.validators, MaxValueValidator(most)]


class InWords(admin.SimpleListFilter):
    """The values that a column has, each in words."""

    word: Callable[[str], str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        column = self.parameter_name
        values = model_admin.model.objects.order_by(column).values_list(column, flat=True).distinct()
        return [(value, type(self).word(value)) for value in values]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(**{str(self.parameter_name): self.value()}) if self.value() else queryset


class ByAct(InWords):
    """The acts that were done or asked for."""

    title, parameter_name = _("act"), "act"
    word = staticmethod(label)


class Rights:
    """What unfold asks of a page for the right of an act: a method each. A right named whole would be looked for in the
    database by Django's checks, which have to run without one."""

    def _may(self, right: str, request: HttpRequest, *_of: Any) -> bool:
        return request.user.has_perm(f"payments.{right}")


for _right in {act.right for act in ACTS.values()} | {"decide_proposal"}:
    setattr(Rights, f"has_{_right}_permission", partialmethod(Rights._may, _right))


class WithActs(Rights, ReadOnly):
    """A page with acts. A class of it names them in `actions_detail`, each made by `acting_on`, and shows `journal`."""

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only what can be done to this row now."""
        row = self.get_object(request, str(object_id))
        offered = super().get_actions_detail(request, object_id)
        return [one for one in offered if row is not None and not _why_not(one.method, row)]

    @admin.display(description=_("what operators did"))
    def journal(self, row: models.Model) -> str:
        return journal_of(row)


def _why_not(method: Any, row: Any) -> str:
    act = ACTS.get(method.__name__)
    return act.why_not(row) if act else ""


def acting_on(name: str) -> Any:
    """The button of an act and its pages. For the body of an admin class."""
    act = ACTS[name]

    def page(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        return _act_page(self, request, object_id, act)

    page.__name__ = name
    variant = ActionVariant.DANGER if act.danger else ActionVariant.DEFAULT
    return action(description=NAMES[act.name], permissions=[act.right], url_path=name, variant=variant)(page)


def _act_page(page_of: Any, request: HttpRequest, object_id: str, act: Act) -> HttpResponse:
    """Asked, then shown what it will do, then done: only by POST."""
    if not page_of.has_view_permission(request):
        raise PermissionDenied
    row = get_object_or_404(page_of.model, pk=object_id)
    posted = request.method == "POST"
    if not posted and (why := act.why_not(row)):
        page_of.message_user(request, why, messages.WARNING)
        return redirect(_page(row))
    form = ActForm(act, row, request.POST if posted else None)
    context: dict[str, Any] = {"form": form, "row": row, "act": act, "danger": act.danger}
    if posted and form.is_valid() and "change" not in request.POST:
        order = _order(act, row, request.user, form.cleaned_data)
        try:
            if "confirm" in request.POST:
                return _done(page_of, request, order)
            context |= _what_happens(order)
        except CannotAct as refusal:
            form.add_error(None, str(refusal))
    return ask(page_of, request, act.label, context)


def ask(page_of: Any, request: HttpRequest, title: Any, context: dict[str, Any]) -> HttpResponse:
    """The page that asks before it acts: a form, or with `sure` the sentences of what will happen."""
    common = {**page_of.admin_site.each_context(request), "title": title, "opts": page_of.opts, "media": page_of.media}
    return TemplateResponse(request, "console/act.html", {**common, "back": _page(context["row"]), **context})


def _order(act: Act, row: Any, by: Any, given: dict[str, Any]) -> Order:
    key: UUID = given["key"]
    return Order(
        act, row, by, key, given["reason"], given.get("rubles"), given.get("telegram_id"), given.get("external_id", "")
    )


def _what_happens(order: Order) -> dict[str, Any]:
    """What the page says before the deed. Raises CannotAct."""
    person = order.customer()
    if order.act.moves and person is None:
        raise CannotAct(gettext("Say whom it concerns, by their Telegram id."))
    if why := acting.refusal(order, person):
        raise CannotAct(why)
    if order.act.takes and person and order.rubles and order.rubles > person.wallet.balance:
        raise CannotAct(in_words(NotEnoughMoney(order.rubles, person.wallet.balance)))
    sentences = order.act.said(order)
    second = bool(order.act.moves and person and order.rubles and proposal.needed(order.by, person, order.rubles))
    if second:
        sentences = [
            gettext("Nothing moves yet: together with all that you moved within 24 hours, or with all that operators moved for this person, it is more than {} ₽, so another operator decides.").format(localize(Terms.now().second_person_rub)),
            *[gettext("Once carried out: {}").format(one) for one in sentences],
        ]  # fmt: skip
    wallet = person.wallet if person else None
    return {"sure": True, "sentences": sentences, "second": second, "person": person, "wallet": wallet, "order": order}


def _done(page_of: Any, request: HttpRequest, order: Order) -> HttpResponse:
    outcome = acting.perform(order)
    if outcome.repeated:
        page_of.message_user(request, _("It was sent before: nothing was done twice."), messages.WARNING)
    elif outcome.proposal:
        page_of.message_user(request, _("It waits for a second person now."), messages.WARNING)
        if request.user.has_perm("payments.view_proposal"):
            return redirect(_page(outcome.proposal))
    else:
        how = gettext("requested. This page shows how it ends.") if order.act.asked else gettext("done.")
        page_of.message_user(request, format_html("{}: {}", order.act.label, how))
    return redirect(_page(order.target))


def journal_of(row: models.Model) -> str:
    """What operators did to a row, newest first."""
    entries = list(AuditEntry.objects.on(row).select_related("by")[: SHOWN + 1])
    lines = format_html_join(
        "", '<div class="mb-1">{} · <b>{}</b> · {} · {}</div>',
        (
            (link_to(one, timezone.localtime(one.created_at).strftime("%d.%m.%Y %H:%M:%S")), label(one.act), one.by, one.reason or "—")
            for one in entries[:SHOWN]
        ),
    )  # fmt: skip
    if len(entries) > SHOWN:
        page = reverse("admin:payments_auditentry_changelist")
        lines += link(f"{page}?target={row._meta.label_lower}&object_id={row.pk}", f"> {SHOWN}")
    return lines or "—"


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """What differs, by name: old, new."""
    return [(name, before.get(name, "—"), after[name]) for name in after if before.get(name, "—") != after[name]]


def _page(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
