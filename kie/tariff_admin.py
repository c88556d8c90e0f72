"""Rate and markup in the admin: which of them holds and why, every price old → new before a change, former numbers set again."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kie import losses, margins_admin, markups, preview
from kie.balance import Balance
from kie.catalogue import AIModel
from kie.rate import DollarRate
from kie.registry_file import CATEGORIES
from kie.tariff import MOST_RATE, Tariff
from payments import audit
from payments.acts_admin import ask
from payments.terms_admin import ShownFirst, WithReason, differing
from reliability.adminkit import Single, link

FORMER = 10  # versions on the page; behind them stands the history
NUMBERS = (
    "usd_rub_rate", "daily", "jump_percent", "stale_days", "markup", "exceptions", "least_rub", "step_rub", "low_credits",
)  # fmt: skip
BOUNDS: dict[str, tuple[Callable[[Any], bool], Any]] = {
    "usd_rub_rate": (lambda rate: 0 < rate <= MOST_RATE, _("Above zero, at most 100,000.")),
    "markup": (lambda markup: markups.LEAST <= markup <= markups.MOST, _("Between 1 and 1000.")),
    "least_rub": (lambda least: 0 < least <= 10_000, _("Above zero, at most 10,000 ₽.")),
    "jump_percent": (lambda percent: 0 < percent <= 100, _("Above zero, at most 100.")),
    "stale_days": (lambda days: days >= 1, _("At least 1.")),
}
FAULTS = {
    "form": _("Line {} is not read: “{}”. Write z-image = 3, or video = 2.5, or a model with name=value before the equals sign."),
    "markup": _("Line {}: “{}”. A markup is between 1 and 1000, with at most four decimals."),
    "twice": _("Line {} says again what a line before it says: “{}”."),
}  # fmt: skip
SAYS = {
    "own": _("{} ₽: it is set here."),
    "daily": _("{} ₽: the last rate of the Bank of Russia that was taken; nobody has set one here."),
    "environment": _("{} ₽: USD_RUB_RATE of the environment; nothing is set here, and no daily rate is taken."),
}


class TariffForm(WithReason):
    """The constraints of the table, said in words."""

    class Meta:
        model = Tariff
        fields = "__all__"
        help_texts = {
            "usd_rub_rate": _("Empty: the daily rate below, where it is on and was heard; else USD_RUB_RATE of the environment."),
            "daily": _("Asked once a day. A rate that is set above goes before it."),
            "jump_percent": _("A daily rate that differs by more from the last one taken changes nothing until you take it."),
            "stale_days": _("An older daily rate is a reason in /health; it goes on holding."),
            "markup": _("Cost × rate × markup. Empty: PRICE_MARKUP of the environment. Not below 1: that would be a loss."),
            "exceptions": _("One a line: video = 2.5 for a shelf (image, video, audio, music, avatar, upscale, other), z-image = 3 for a model, kling/v2-1-pro duration=10 = 1.8 for a choice. The most specific holds."),
            "least_rub": _("No price is below it, but a price that an operator has fixed."),
            "low_credits": _("Once the balance falls below it, ADMIN_ID have a message. Empty: 1000 credits, five dollars. 0: no message."),
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Each rule at the field that breaks it."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for name, (holds, words) in BOUNDS.items():
            if (value := given.get(name)) is not None and not holds(value):
                self.add_error(name, words)
        self._exceptions(given)
        return given

    def _exceptions(self, given: dict[str, Any]) -> None:
        try:
            rules = markups.parse(given.get("exceptions", ""))
        except markups.BadLine as bad:
            self.add_error("exceptions", str(FAULTS[bad.why]).format(bad.number, bad.line))
            return
        given["exceptions"] = markups.text(rules)
        models = {model.key: model for model in AIModel.objects.filter(key__in={rule.of for rule in rules})}
        for rule in rules:
            for words in _in_vain(rule, models.get(rule.of)):
                self.add_error("exceptions", words)


def _in_vain(rule: markups.Rule, model: AIModel | None) -> Iterator[str]:
    """Why no order would ever be meant."""
    if model is None:
        if rule.of not in CATEGORIES:
            yield gettext("There is no model and no shelf “{}”.").format(rule.of)
        return
    known = model.input["properties"]
    if strangers := rule.when.keys() - known.keys():
        yield gettext("{} asks for no “{}”.").format(rule.of, ", ".join(sorted(strangers)))
    for name, values in markups.impossible(rule, known).items():
        words = gettext("{} has no {}={}. There is: {}.")
        yield words.format(rule.of, name, rule.when[name], ", ".join(values))


@admin.register(Tariff)
class TariffAdmin(Single, ShownFirst):
    """One row, made by `manage.py prepare`."""

    act = "tariff"
    form = TariffForm
    history_list_display = ("version", "usd_rub_rate", "daily", "markup", "exceptions", "least_rub", "step_rub")
    readonly_fields = ("rate_now", "heard", "markup_now", "credits_now", "version", "former", "journal")
    fieldsets = (
        (_("Dollar"), {"fields": ("rate_now", "usd_rub_rate", "daily", "heard", "jump_percent", "stale_days")}),
        (_("Markup"), {"fields": ("markup_now", "markup", "exceptions", "least_rub", "step_rub")}),
        (_("KIE's account"), {"fields": ("credits_now", "low_credits")}),
        (_("Change"), {"fields": ("why", "version", "former", "journal")}),
    )

    def get_urls(self) -> list[URLPattern]:
        def page(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        return [
            path("margins/", page(self.margins_view), name="kie_tariff_margins"),
            path("former/<int:history_id>/", page(self.former_view), name="kie_tariff_former"),
            *super().get_urls(),
        ]

    def preview(self, old: Tariff, new: Tariff) -> dict[str, Any]:
        """Every price, old → new."""
        heard = _heard()
        return preview.of(old.numbers(heard), new.numbers(heard))

    def save_model(self, request: HttpRequest, obj: Tariff, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        losses.look()

    def margins_view(self, request: HttpRequest) -> HttpResponse:
        """What is left of each price."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return margins_admin.page(self, request)

    def former_view(self, request: HttpRequest, history_id: int) -> HttpResponse:
        """Set former numbers again: shown as any change is, then done by POST."""
        standing, former = self._of_history(history_id)
        if not self.has_change_permission(request, standing):
            raise PermissionDenied
        reason = gettext("back to the numbers of {}").format(_when(former.history_date))
        if request.method == "POST" and "confirm" in request.POST:
            with transaction.atomic():
                _set_again(self.act, standing.pk, former, by=request.user, reason=reason)
            self.message_user(request, _("The former numbers hold again."))
            return redirect(reverse("admin:kie_tariff_change", args=[standing.pk]))
        new = _with(standing, former)
        context = {"row": standing, "sure": True, "order": {"reason": reason}, "final": True}
        context["changed"] = differing(standing, new, NUMBERS)
        return ask(self, request, _("Set these numbers again"), context | self.preview(standing, new))

    @staticmethod
    def _of_history(history_id: int) -> tuple[Tariff, Any]:
        return Tariff.standing(), get_object_or_404(Tariff.history.model, history_id=history_id)

    @admin.display(description=_("rate that holds now"))
    def rate_now(self, tariff: Tariff) -> str:
        source, rate = tariff.rate(_heard())
        return str(SAYS[source]).format(f"{rate.normalize():f}")

    @admin.display(description=_("markup that holds now"))
    def markup_now(self, tariff: Tariff) -> str:
        words = gettext("×{}: it is set here.") if tariff.markup is not None else gettext("×{}: PRICE_MARKUP of the environment; nothing is set here.")  # fmt: skip
        return words.format(f"{tariff.numbers().markups.of_all.normalize():f}")

    @admin.display(description=_("left at KIE"))
    def credits_now(self, tariff: Tariff) -> str:
        """Credits, their worth, and how fresh that is."""
        if (left := Balance.last()) is None:
            return "—"
        words = gettext("{} credits, about {} ₽; read {}")
        return words.format(localize(int(left.credits)), localize(int(left.rubles())), _when(left.read_at))

    @admin.display(description=_("daily rates"))
    def heard(self, tariff: Tariff) -> str:
        """The last ones, and where all are."""
        page = reverse("admin:kie_dollarrate_changelist")
        lines = [(f"{rate} · {rate.get_state_display()}",) for rate in DollarRate.objects.order_by("-day", "-pk")[:3]]
        return format_html_join("", '<div class="mb-1">{}</div>', [*lines, (link(page, _("all of them")),)])

    @admin.display(description=_("former numbers"))
    def former(self, tariff: Tariff) -> str:
        """Who set what and when, each with its way back."""
        versions = list(tariff.history.select_related("history_user")[1 : FORMER + 1]) if tariff.pk else []
        return (
            format_html_join(
                "", '<div class="mb-1">{} · {} · {} · {}</div>',
                (
                    (_when(one.history_date), one.history_user or "—", _in_words(one), link(reverse("admin:kie_tariff_former", args=[one.history_id]), _("set again")))
                    for one in versions
                ),
            ) or "—"
        )  # fmt: skip


def _heard() -> Any:
    return DollarRate.objects.accepted().values_list("rubles", flat=True).first()


def _set_again(act: str, pk: int, former: Any, *, by: Any, reason: str) -> None:
    standing = Tariff.objects.select_for_update().get(pk=pk)
    new = _with(standing, former)
    facts = [{name: _plain(getattr(row, name)) for name in NUMBERS} for row in (standing, new)]
    new.save()
    audit.record(act, new, by=by, before=facts[0], after=facts[1], reason=reason)
    losses.look()


def _with(standing: Tariff, former: Any) -> Tariff:
    return Tariff(pk=standing.pk, version=standing.version, **{name: getattr(former, name) for name in NUMBERS})


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool) else str(value)


def _in_words(tariff: Any) -> str:
    rate = f"{tariff.usd_rub_rate.normalize():f} ₽" if tariff.usd_rub_rate else "—"
    markup = f"×{tariff.markup.normalize():f}" if tariff.markup else "—"
    return ", ".join([rate, markup, *tariff.exceptions.splitlines()])


def _when(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%d.%m.%Y %H:%M")
