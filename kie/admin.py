"""The catalogue in the admin: AI models with their prices and what operators changed, and the published versions."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.db.models.fields.json import KT
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.views import ChangeList

from kie import (
    changes,
    job_admin,  # noqa: F401 (registers itself)
    pricing,
    rates_admin,  # noqa: F401
    tariff,
    tariff_admin,  # noqa: F401
)
from kie.catalogue import AIModel, ModelState, Override, RegistryVersion
from kie.override_admin import WithOverride
from kie.pause import Pause
from kie.sync_admin import WithRollback
from payments.acts_admin import journal_of
from reliability.adminkit import COLOURS, Coloured, Kept, ReadOnly, WithState, link, readable

FORMER = 10  # fixed prices of before on the page of a model


class PriceBand(admin.SimpleListFilter):
    """By the lowest price in rubles."""

    title = _("price, rubles")
    parameter_name = "price"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("0-10", "< 10"), ("10-50", "10 – 50"), ("50-", "≥ 50"), ("none", "—")]

    def queryset(self, request: HttpRequest, models: QuerySet[AIModel]) -> QuerySet[AIModel]:
        band = self.value()
        if not band:
            return models
        by, priced = tariff.now(), AIModel.objects.only("key", "category", "input", "pricing", "fixed_price")
        lows = {model.pk: lowest_rubles(model, by) for model in priced}
        return models.filter(pk__in=[pk for pk, low in lows.items() if _within(band, low)])


def _within(band: str, low: Decimal | None) -> bool:
    least, _dash, most = band.partition("-")
    if low is None or not least.isdigit():
        return low is None and band == "none"
    return Decimal(least) <= low < Decimal(most if most.isdigit() else "Infinity")


def lowest_rubles(model: AIModel, by: pricing.Numbers) -> Decimal | None:
    """What the cheapest choice costs people; None where no rule gives a price."""
    try:
        return pricing.price_range(model, by)[0]
    except pricing.NotForSale:
        return None


class Priced(ChangeList):
    """A list whose models share one set of numbers, and of pauses: they are asked for once, not for each row."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        by, paused = tariff.now(), set(Pause.objects.open().values_list("model_id", flat=True))
        for model in self.result_list:
            model.by, model.paused = by, model.pk in paused


@admin.register(AIModel)
class AIModelAdmin(WithOverride, WithState, Kept, ModelAdmin):
    """The registry's facts are looked at; what operators change is the Override below."""

    list_display = ("title_ru", "key", "category", "format", "state_now", "price", "why", "order")
    list_filter = ("state", "category", "vendor", PriceBand, "format", "output", "family")
    search_fields = ("key", "kie_model", "title_ru", "title_en", "description_ru", "description_en", "aliases", "tags")
    ordering = ("order", "pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "title_ru",
                    "state",
                    "price",
                    "fixed_price",
                    "former_prices",
                    "badge",
                    "order",
                    "category",
                    "why",
                    "jobs",
                    "journal",
                )
            },
        ),
        (
            _("Words"),
            {
                "classes": ["tab"],
                "fields": ("title_en", "description_ru", "description_en", "ideas_ru", "ideas_en", "asked"),
            },
        ),
        (
            _("At KIE"),
            {
                "classes": ["tab"],
                "fields": (
                    "vendor",
                    "kie_model",
                    "family",
                    "format",
                    "output",
                    "schema",
                    "always",
                    "costs",
                    "median_s",
                    "deadline_s",
                ),
            },
        ),
        (_("Marks"), {"classes": ["tab"], "fields": ("key", "former", "words", "version")}),
    )
    readonly_fields = tuple(str(name) for _title, group in fieldsets for name in group["fields"])
    former, ideas_ru = readable("aliases", _("former keys")), readable("examples_ru", _("examples, ru"))
    ideas_en, asked = readable("examples_en", _("examples, en")), readable("wizard", _("questions"))
    schema, costs = readable("input", _("input schema")), readable("pricing", _("costs, $"))
    always, words = readable("fixed", _("always sent")), readable("tags", _("tags"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[AIModel]:
        known = super().get_queryset(request).annotate(note=KT("facts__note"), reason=F("override__reason"))
        return known.defer("facts", "wizard", "examples_ru", "examples_en")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Priced

    @admin.display(description=_("note"))
    def why(self, model: AIModel) -> str:
        """The operator's reason, or the registry's note (English): it also says what is doubtful about a price."""
        return (model.reason if model.state == ModelState.OFF else model.note) or "—"  # type: ignore[attr-defined]

    @display(description=_("state"), ordering="state", label=COLOURS)
    def state_now(self, model: AIModel) -> Coloured:
        """With the pause that is no state: it would sell at a loss."""
        paused = getattr(model, "paused", False) and model.state == ModelState.SOLD
        return Coloured("off", gettext("off sale: a loss")) if paused else super().state_now(model)

    @admin.display(description=_("former fixed prices"))
    def former_prices(self, model: AIModel) -> str:
        """What operators set, newest first: when, who, how much."""
        versions = Override.history.filter(model_id=model.pk).select_related("history_user")[:FORMER]
        lines = [
            (
                timezone.localtime(one.history_date).strftime("%d.%m.%Y %H:%M"),
                one.history_user or one.by or "—",
                one.price or "—",
            )
            for one in versions
        ]
        return format_html_join("", '<div class="mb-1">{} · {} · {}</div>', lines) or "—"

    @admin.display(description=_("what operators did"))
    def journal(self, model: AIModel) -> str:
        return journal_of(model)

    @admin.display(description=_("generations"))
    def jobs(self, model: AIModel) -> str:
        """The list of what was made with it."""
        return link(f"{reverse('admin:kie_job_changelist')}?model__id__exact={model.pk}", model.jobs.count())

    @admin.display(description=_("price, rubles"))
    def price(self, model: AIModel) -> str:
        """From–to, as people see it."""
        try:
            low, high = pricing.price_range(model, getattr(model, "by", None) or tariff.now())
        except pricing.NotForSale:
            return "—"
        return str(low) if low == high else f"{low} – {high}"


@admin.register(RegistryVersion)
class RegistryVersionAdmin(WithRollback, ReadOnly):
    """Published versions and what each of them changed."""

    list_display = ("version", "current", "by", "published_at", "summary")
    list_filter = ("current", "by")
    search_fields = ("version", "by")
    ordering = ("-published_at",)
    exclude = ("content", "diff")
    readonly_fields = ("changes",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RegistryVersion]:
        return super().get_queryset(request).defer("content")

    @admin.display(description=_("changes"))
    def summary(self, version: RegistryVersion) -> str:
        counts = {name: len(version.diff[name]) for name in ("added", "changed", "gone")}
        return gettext("{added} added, {changed} changed, {gone} gone").format(**counts)

    @admin.display(description=_("changes"))
    def changes(self, version: RegistryVersion) -> SafeString:
        lines = format_html_join("", '<li class="trt-wrap"><b>{}</b> {}</li>', changes.lines(version.diff))
        return format_html("<ul>{}</ul>", lines)
