"""Terms of money and ways to pay in the admin: checked in words, shown old → new before they are saved, every version kept."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import localize
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldBooleanWidget

from payments import audit, providers
from payments.acts_admin import ask, journal_of
from payments.models import Method, Terms
from payments.terms import MOST_A_TOPUP, STARS
from reliability.adminkit import COLOURS, Coloured, Kept, Single, Versioned

GIFT_MOST = Decimal("1000.00")
WARNING = _(
    "Telegram allows digital goods inside its apps to be sold for Stars only. Cards, crypto and transfers through other "
    "pages break that rule: Telegram may remove the payments, or the bot. Whoever switches this way on answers for it."
)


class ShownFirst(Versioned, Kept, ModelAdmin):
    """A row whose changes are shown, old → new, before they are saved, and then written into the audit as `act`."""

    act = ""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method == "POST" and "confirm" not in request.POST and object_id is not None:
            row = self.get_object(request, object_id)
            if row is None or not self.has_change_permission(request, row):
                raise PermissionDenied
            form = self.get_form(request, row, change=True)(request.POST, instance=row)
            if form.is_valid():
                return self._preview(request, form)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _preview(self, request: HttpRequest, form: Any) -> HttpResponse:
        old = self.model.objects.get(pk=form.instance.pk)
        changed = differing(old, form.instance, list(_facts(form.instance, form.changed_data)))
        if not changed:
            self.message_user(request, _("Nothing was changed."), messages.WARNING)
            return redirect(request.path)
        reason = {"reason": form.cleaned_data["why"]}
        context = {"row": old, "sure": True, "changed": changed, "order": reason, "final": True}
        return ask(self, request, _("Save"), context | self.preview(old, form.instance))

    def preview(self, old: Any, new: Any) -> dict[str, Any]:
        """What the page says of a change beside its fields: `sentences`, and perhaps a `table`."""
        return {"sentences": [gettext("From the next offer on; what was offered before keeps its price.")]}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        old = self.model.objects.select_for_update().get(pk=obj.pk)
        before, after = _facts(old, form.changed_data), _facts(obj, form.changed_data)
        super().save_model(request, obj, form, change)
        audit.record(self.act, obj, by=request.user, before=before, after=after, reason=str(form.cleaned_data["why"]))

    @admin.display(description=_("what operators did"))
    def journal(self, row: Any) -> str:
        return journal_of(row)


def _facts(row: Any, names: list[str]) -> dict[str, Any]:
    known = [field.name for field in row._meta.concrete_fields]
    values = {name: getattr(row, name) for name in names if name in known}
    return {name: value if isinstance(value, bool) or value is None else str(value) for name, value in values.items()}


def differing(old: Any, new: Any, names: Sequence[str]) -> list[tuple[Any, str, str]]:
    """Of these columns those that differ, as the page of a change shows them: name, old, new."""
    changed = [name for name in names if getattr(old, name) != getattr(new, name)]
    return [(new._meta.get_field(name).verbose_name, _word(getattr(old, name)), _word(getattr(new, name))) for name in changed]  # fmt: skip


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return "—" if value in (None, "") else str(value)


class WithReason(forms.ModelForm):
    """A change of settings has its reason too."""

    why = forms.CharField(label=_("Reason"), max_length=500, help_text=_("It stays in the audit beside your name."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "why" in self.fields:
            self.fields["why"].widget.attrs["class"] = "border border-base-200 rounded-default px-3 py-2 w-full max-w-2xl dark:border-base-700 dark:bg-base-900"  # fmt: skip


class TermsForm(WithReason):
    """The constraints of the table, said in words."""

    class Meta:
        model = Terms
        fields = "__all__"  # noqa: DJ007 (the admin names them)
        help_texts = {
            "least_rub": _("Not less than 1 ₽."),
            "greatest_rub": _("At most 50,000 ₽ in one payment, whatever stands here."),
            "welcome_rub": _("Given once to everybody who comes from now on. 0: none. At most 1,000 ₽."),
            "gift_on": _("A random sum between the two below, once for each person for ever."),
            "invite_rub": _("For the one who invited, after their friend's first result that money of the friend's own covers: rubles that we gave earn nothing. 0: none. At most 1,000 ₽."),
            "running_at_once": _("Of one person, queued ones included: 1 to 100."),
            "starts_an_hour": _("Not less than a minute's, at most 1,000."),
            "second_person_rub": _("What one operator moves alone within 24 hours, for all people together, and what all operators move alone for one person. More waits for another operator. 0: always."),
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Each rule at the field that breaks it."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        rate, least, greatest = given.get("stars_per_rub"), given.get("least_rub"), given.get("greatest_rub")
        if rate is not None and rate <= 0:
            self.add_error("stars_per_rub", _("The rate is above zero."))
        if least is not None and least < 1:
            self.add_error("least_rub", _("Not less than 1 ₽."))
        if greatest is not None and greatest > MOST_A_TOPUP:
            self.add_error("greatest_rub", _("Not more than 50,000 ₽."))
        elif least is not None and greatest is not None and least > greatest:
            self.add_error("greatest_rub", _("The greatest top-up is below the least."))
        self._gifts(given)
        if (second := given.get("second_person_rub")) is not None and second < 0:
            self.add_error("second_person_rub", _("Not below zero."))
        self._generations(given)
        return given

    def _generations(self, given: dict[str, Any]) -> None:
        at_once, minute, hour = (given.get(n) for n in ("running_at_once", "starts_a_minute", "starts_an_hour"))
        if at_once is not None and not 1 <= at_once <= 100:
            self.add_error("running_at_once", _("Between 1 and 100."))
        if minute is not None and minute < 1:
            self.add_error("starts_a_minute", _("At least 1."))
        if hour is not None and hour > 1000:
            self.add_error("starts_an_hour", _("At most 1,000."))
        elif minute is not None and hour is not None and minute > hour:
            self.add_error("starts_an_hour", _("Less than what may be started in a minute."))

    def _gifts(self, given: dict[str, Any]) -> None:
        for name in ("welcome_rub", "invite_rub"):
            if (sum_ := given.get(name)) is not None and not 0 <= sum_ <= GIFT_MOST:
                self.add_error(name, _("Between 0 and 1,000 ₽."))
        least, most = given.get("gift_least_rub"), given.get("gift_most_rub")
        if least is not None and least <= 0:
            self.add_error("gift_least_rub", _("Above zero."))
        if most is not None and most > GIFT_MOST:
            self.add_error("gift_most_rub", _("Not more than 1,000 ₽."))
        elif least is not None and most is not None and least > most:
            self.add_error("gift_most_rub", _("The greatest gift is below the least."))


@admin.register(Terms)
class TermsAdmin(Single, ShownFirst):
    """One row, made by `manage.py prepare`."""

    act = "terms"
    form = TermsForm
    history_list_display = ("stars_per_rub", "least_rub", "greatest_rub", "second_person_rub")
    readonly_fields = ("rate_now", "demo_now", "journal")
    fieldsets = (
        (_("Top-ups"), {"fields": ("stars_per_rub", "rate_now", "least_rub", "greatest_rub")}),
        (
            _("Gifts"),
            {"fields": ("demo_now", "welcome_rub", "gift_on", "gift_least_rub", "gift_most_rub", "invite_rub")},
        ),
        (_("Generations"), {"fields": ("running_at_once", "starts_a_minute", "starts_an_hour")}),
        (_("Operators"), {"fields": ("second_person_rub", "why", "journal")}),
    )

    @admin.display(description=_("rate that holds now"))
    def rate_now(self, terms: Terms) -> str:
        return gettext("{} stars per ruble").format(terms.rate.normalize())

    @admin.display(description=_("demo rubles"))
    def demo_now(self, _terms: Terms) -> str:
        if not settings.DEMO_BONUS_RUB:
            return gettext("none: this is no demo")
        return gettext(
            "{} ₽ to everybody who comes, beside the welcome bonus: set by the environment (DEMO_BONUS_RUB), only in a demo."
        ).format(localize(settings.DEMO_BONUS_RUB))


class MethodForm(WithReason):
    """Switching on what Telegram does not want asks for a signature under its rule."""

    read = forms.BooleanField(
        label=_("I have read this"), required=False, help_text=WARNING, widget=UnfoldBooleanWidget
    )

    class Meta:
        model = Method
        fields = "__all__"  # noqa: DJ007 (the admin names them)

    def clean(self) -> dict[str, Any]:
        """A way that is on has its reader."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("on") and not self.instance.on and self.instance.provider != STARS and not given.get("read"):
            self.add_error("read", _("Read the rule and tick this, then it can be switched on."))
        return given

    def _post_clean(self) -> None:
        # before the table's own rule is checked: whoever ticks it is its reader
        if self.cleaned_data.get("read"):
            self.instance.warning_read_by = self.reader
        super()._post_clean()  # type: ignore[misc]  # Django's own hook

    reader = ""


@admin.register(Method)
class MethodAdmin(ShownFirst):
    """A row for each way to pay that this release knows, made by `manage.py prepare`."""

    act = "method"
    form = MethodForm
    list_display = ("provider", "offered_now", "ru", "en", "place", "credentials", "warning_read_by")
    history_list_display = ("on", "ru", "en", "warning_read_by")
    ordering = ("place", "provider")
    readonly_fields = ("provider", "credentials", "warning_read_by", "journal")
    fields = ("provider", "credentials", "on", "read", "warning_read_by", "ru", "en", "place", "why", "journal")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.reader = request.user.get_username()
        return form

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Stars break no rule: there is nothing to read."""
        fields = super().get_fields(request, obj)
        hidden = {"read", "warning_read_by"} if obj is not None and obj.provider == STARS else set()
        return [name for name in fields if name not in hidden]

    @display(description=_("offered"), label=COLOURS)
    def offered_now(self, method: Method) -> Coloured:
        if not method.on:
            return Coloured("expired", gettext("off"))
        return (
            Coloured("done", gettext("on"))
            if _ready(method)
            else Coloured("off", gettext("on, but without credentials"))
        )

    @admin.display(description=_("credentials"))
    def credentials(self, method: Method) -> str:
        return gettext("are there") if _ready(method) else gettext("are missing in the environment: it is not offered")


def _ready(method: Method) -> bool:
    return any(one.name == method.provider for one in providers.ready())
