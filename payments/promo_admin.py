"""Promo codes in the admin: one by one or by the hundred, switched off, taken along as CSV; who has used them; invited friends.

Nobody deletes a code: what was used tells of money, what was not is switched off.
"""

from decimal import Decimal
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from payments import audit, export_admin, promos, proposal
from payments.amount import KOPECK
from payments.audit import AuditEntry
from payments.models import Customer, Invite, PromoCode, Redemption, Terms
from payments.promo import MOST_RUB
from reliability import clock
from reliability.adminkit import COLOURS, Coloured, WithStory, link, link_to

MADE, SWITCHED_OFF = "promo", "promo_off"  # as the audit knows them
STANDING = {  # of a code: the word that has its colour, and how it reads
    promos.Why.OVER: Coloured("off", _("turned off")),
    promos.Why.NOT_YET: Coloured("waiting", _("not yet")),
    promos.Why.USED_UP: Coloured("expired", _("used up")),
}


def too_much(by: Any, rubles: Decimal, uses: int | None) -> str:
    """Why an operator may not give away so much by codes; "" if they may. What they made within 24 hours counts together, as
    with a second person; owners, who set that limit, are not bound by it. In a transaction: forms of one operator that are sent
    at once come one after the other."""
    if by.has_perm("payments.change_terms"):
        return ""
    proposal.lock(by)
    limit = Terms.now().second_person_rub
    given = AuditEntry.objects.lately().filter(by=by, act=MADE).moved()
    if uses is not None and given + rubles * uses <= limit:
        return ""
    return gettext(
        "Codes of one operator may give at most {} ₽ in all within 24 hours: limit the uses, or ask an owner."
    ).format(limit)


class CodeForm(forms.ModelForm):
    """A code may be typed as people type; it is kept in its one spelling."""

    by: Any = None  # the operator

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        rubles, most = given.get("rubles", self.instance.rubles), given.get("most_uses", self.instance.most_uses)
        dearer = (
            {"rubles", "most_uses", "active"} & set(self.changed_data) or self._longer(given) or not self.instance.pk
        )
        if rubles and dearer and given.get("active") and (why := too_much(self.by, rubles, most)):
            raise ValidationError(why)
        return given

    def _longer(self, given: dict[str, Any]) -> bool:
        """Whether it is open at moments at which it was not."""
        starts, ends = given.get("starts_at"), given.get("ends_at")
        was = self.instance
        earlier = was.starts_at is not None and (starts is None or starts < was.starts_at)
        return earlier or (was.ends_at is not None and (ends is None or ends > was.ends_at))

    def clean_code(self) -> str:
        return promos.canonical(self.cleaned_data["code"])

    def clean_rubles(self) -> Decimal:
        rubles: Decimal = self.cleaned_data["rubles"]
        if not KOPECK <= rubles <= MOST_RUB:
            raise ValidationError(_("Between 0.01 and 10,000 ₽."))
        return rubles

    def clean_most_uses(self) -> int | None:
        most: int | None = self.cleaned_data["most_uses"]
        if most is not None and most < self.instance.uses:
            raise ValidationError(_("It has been used more often already."))
        return most


class BatchForm(forms.Form):
    """How many codes, worth what, for how long. A key of its own makes the batch once, however often the form is sent."""

    count = forms.IntegerField(
        label=_("How many"), min_value=1, max_value=promos.MOST_AT_ONCE, widget=UnfoldAdminIntegerFieldWidget
    )
    rubles = forms.DecimalField(
        label=_("Rubles of each"),
        min_value=1,
        max_value=MOST_RUB,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    begins = forms.CharField(
        label=_("They begin with"), required=False, max_length=16, widget=UnfoldAdminTextInputWidget,
        help_text=_("Latin letters and digits; eight more are drawn by chance."),
    )  # fmt: skip
    most_uses = forms.IntegerField(
        label=_("Uses of each at most"), min_value=1, initial=1, widget=UnfoldAdminIntegerFieldWidget
    )
    ends_at = forms.DateTimeField(
        label=_("Until, Moscow time"), required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note"), max_length=200, widget=UnfoldAdminTextInputWidget, help_text=_("The batch is found by it.")
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    by: Any = None  # the operator
    repeated = False  # it was made before

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"key": clock.uuid7()})

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        proposal.lock(self.by)  # before the key is looked for: a second click waits for the first
        if "key" in given and AuditEntry.objects.filter(key=given["key"]).exists():
            self.repeated = True
        elif {"count", "rubles", "most_uses"} <= given.keys() and (
            why := too_much(self.by, given["rubles"], given["count"] * given["most_uses"])
        ):
            raise ValidationError(why)
        return given

    def clean_begins(self) -> str:
        begins = promos.canonical(self.cleaned_data["begins"])
        if begins and not (begins.isascii() and begins.isalnum()):
            raise ValidationError(_("Latin letters and digits only."))
        return begins


@admin.register(PromoCode)
class PromoCodeAdmin(ModelAdmin):
    form = CodeForm
    list_display = ("code", "rubles", "used", "standing", "starts_at", "ends_at", "note", "created_at")
    list_filter = ("active", "created_at")
    search_fields = ("code", "note")
    search_help_text = _("Code, note")
    ordering = ("-pk",)
    show_full_result_count = False
    fields = ("code", "rubles", "starts_at", "ends_at", "most_uses", "active", "note", "used", "created_at")
    actions: ClassVar = ("switch_off", "as_csv")
    actions_list: ClassVar = ("generate",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed = ("code", "rubles") if obj and obj.uses else ()  # a trigger says so, too
        return *fixed, "used", "created_at"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user
        return form

    def save_model(self, request: HttpRequest, obj: PromoCode, form: Any, change: bool) -> None:
        """Only what was changed: the count of uses may have grown since the page was opened."""
        obj.save(update_fields=form.changed_data if change else None)
        before = {name: str(form.initial.get(name)) for name in form.changed_data if change}
        after = {name: str(form.cleaned_data[name]) for name in form.changed_data}
        in_all = obj.rubles * obj.most_uses if obj.most_uses and obj.active else None
        audit.record(MADE, obj, by=request.user, reason=obj.note, before=before, after=after, rubles=in_all)

    @admin.display(description=_("uses"), ordering="uses")
    def used(self, code: PromoCode) -> str:
        uses = f"{code.uses} / {'∞' if code.most_uses is None else code.most_uses}"
        return link(f"{reverse('admin:payments_redemption_changelist')}?code__id__exact={code.pk}", uses)

    @display(description=_("state"), label=COLOURS)
    def standing(self, code: PromoCode) -> Coloured:
        why = promos.closed(code, clock.now())
        if why is None:
            return Coloured("active", _("open"))
        return Coloured("expired", _("past its end")) if why.when and why.why == promos.Why.OVER else STANDING[why.why]

    @admin.action(description=_("Switch off"), permissions=["change"])
    @transaction.atomic
    def switch_off(self, request: HttpRequest, codes: QuerySet[PromoCode]) -> None:
        on = list(codes.filter(active=True))
        PromoCode.objects.filter(pk__in=[code.pk for code in on]).update(active=False)
        for code in on:
            self.log_change(request, code, gettext("Switched off."))
            audit.record(SWITCHED_OFF, code, by=request.user, before={"active": True}, after={"active": False})
        self.message_user(request, gettext("{} of {} switched off.").format(len(on), codes.count()))

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Codes that nobody has used are money."""
        return request.user.has_perm(export_admin.RIGHT)

    @admin.action(description=_("Take along as CSV"), permissions=["export"])
    def as_csv(self, request: HttpRequest, codes: QuerySet[PromoCode]) -> HttpResponse | None:
        """`start` is what a link carries: t.me/<bot>?start=…"""
        head = ["code", "start", "rubles", "uses", "most_uses", "starts_at", "ends_at", "active"]
        rows = (
            [one.code, f"promo_{one.code}", one.rubles, one.uses, one.most_uses, one.starts_at, one.ends_at, one.active]
            for one in codes.order_by("pk").iterator()
        )
        return export_admin.sent(request, "csv", PromoCode, head, rows, called="promo-codes")

    @action(description=_("Many at once"), url_path="generate", permissions=["add"])
    @transaction.atomic
    def generate(self, request: HttpRequest) -> HttpResponse:
        """A batch of different codes by chance, once for each form; afterwards its list, to be taken along."""
        form = BatchForm(request.POST or None)
        form.by = request.user
        if request.method == "POST" and form.is_valid():
            if form.repeated:
                self.message_user(request, _("It was sent before: nothing was done twice."), messages.WARNING)
            else:
                self._make(request, dict(form.cleaned_data))
            listed = urlencode({"q": form.cleaned_data["note"]})
            return redirect(f"{reverse('admin:payments_promocode_changelist')}?{listed}")
        common = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media}
        context = common | {"title": _("Many codes at once"), "form": form}
        return TemplateResponse(request, "console/promo_generate.html", context)

    def _make(self, request: HttpRequest, asked: dict[str, Any]) -> None:
        key, note = asked.pop("key"), asked["note"]
        facts = {name: str(value) for name, value in asked.items()}
        in_all = asked["rubles"] * asked["count"] * asked["most_uses"]
        audit.record(MADE, PromoCode, by=request.user, reason=note, after=facts, rubles=in_all, key=key)
        made = promos.generate(asked.pop("count"), prefix=asked.pop("begins"), **asked)
        words = gettext("One of {} made at once.").format(len(made))
        LogEntry.objects.log_actions(cast("User", request.user).pk, made, ADDITION, change_message=words)
        self.message_user(request, gettext("{} codes were made.").format(len(made)))


@admin.register(Redemption)
class RedemptionAdmin(WithStory):
    date_hierarchy = "created_at"
    list_display = ("created_at", "person", "word", "rubles", "story")
    list_filter = ("created_at",)
    list_select_related = ("customer", "code", "transfer")
    search_fields = ("code__code", "=customer__telegram_id", "customer__username")
    search_help_text = _("Code, correlation id, support code, Telegram id, username")
    ordering = ("-pk",)
    fields = ("story", "person", "word", "rubles", "transfer", "created_at", "cid", "connected")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """A code leads to its uses, a person to theirs."""
        return lookup in {"code__id__exact", "customer__id__exact"} or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("person"), ordering="customer")
    def person(self, used: Redemption) -> str:
        return link_to(used.customer)

    @admin.display(description=_("promo code"), ordering="code")
    def word(self, used: Redemption) -> str:
        return link_to(used.code)

    @admin.display(description=_("rubles"))
    def rubles(self, used: Redemption) -> str:
        return str(used.transfer.amount)

    @admin.display(description=_("support code"))
    def story(self, used: Redemption) -> str:
        return self.code(used)


@admin.register(Invite)
class InviteAdmin(WithStory):
    date_hierarchy = "created_at"
    list_display = ("created_at", "who", "inviter", "state_now", "reward", "error", "code")
    list_filter = ("state", "created_at")
    list_select_related = ("friend__invited_by", "transfer")
    search_fields = ("=friend__telegram_id", "friend__username", "=friend__invited_by__telegram_id", "friend__invited_by__username")  # fmt: skip
    search_help_text = _("Telegram id or username of either, correlation id, support code")
    ordering = ("-pk",)
    fields = ("code", "state", "error", "who", "inviter", "reward", "created_at", "cid", "connected")

    @admin.display(description=_("friend"), ordering="friend")
    def who(self, invite: Invite) -> str:
        return link_to(invite.friend)

    @admin.display(description=_("invited by"), ordering="friend__invited_by")
    def inviter(self, invite: Invite) -> str:
        inviter: Customer | None = invite.friend.invited_by
        return link_to(inviter) if inviter else "—"

    @admin.display(description=_("reward"))
    def reward(self, invite: Invite) -> str:
        return link_to(invite.transfer, f"{invite.transfer.amount} ₽") if invite.transfer else "—"
