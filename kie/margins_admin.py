"""The page of margins: what each model costs, what it sells for, what is left, and what KIE has really taken."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.formats import localize
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kie import losses, margins, tariff
from kie.catalogue import AIModel, ModelState
from kie.margins import Margin
from kie.pause import Pause
from kie.pricing import Quote
from reliability.adminkit import link_to

NEVER: Final = Decimal(-1)  # where no task has told what KIE takes: after all that have
COLUMNS: Final[dict[str, tuple[Any, Callable[[Margin], Any]]]] = {  # name in the address → heading, what is sorted by
    "model": (_("AI model"), lambda one: one.model.title_ru.lower()),
    "shelf": (_("shelf"), lambda one: one.model.category),
    "cheapest": (_("cheapest: cost → price"), lambda one: one.cheapest.price),
    "cheapest_rub": (_("margin, ₽"), lambda one: one.rubles(one.cheapest)),
    "cheapest_pct": (_("margin, %"), lambda one: one.percent(one.cheapest)),
    "dearest": (_("dearest: cost → price"), lambda one: one.dearest.price),
    "dearest_rub": (_("margin, ₽"), lambda one: one.rubles(one.dearest)),
    "dearest_pct": (_("margin, %"), lambda one: one.percent(one.dearest)),
    "taken": (_("KIE took, times"), lambda one: NEVER if one.times is None else one.times),
}
FIRST: Final = "dearest_pct"


def page(page_of: Any, request: HttpRequest) -> HttpResponse:
    """Sorted by `?by=` a column, backwards with a minus before it; unknown words are as none."""
    wanted = request.GET.get("by", FIRST)
    column = wanted.removeprefix("-") if wanted.removeprefix("-") in COLUMNS else FIRST
    models = list(AIModel.objects.filter(state=ModelState.SOLD).defer("facts", "wizard"))
    by, paused = tariff.now(), set(Pause.objects.open().values_list("model_id", flat=True))
    found = sorted(margins.of_all(models, by, losses.charges(models)), key=lambda one: one.model.key)
    found.sort(key=COLUMNS[column][1], reverse=wanted.startswith("-"))
    context = {
        **page_of.admin_site.each_context(request),
        "title": _("Margins"),
        "opts": page_of.opts,
        "media": page_of.media,
        "dollar": localize(by.dollar.normalize()),
        "losing": sum(one.loss is not None for one in found),
        "heads": [(words, f"-{name}" if wanted == name else name) for name, (words, _key) in COLUMNS.items()],
        "rows": [_row(one, one.model.pk in paused) for one in found],
    }
    return TemplateResponse(request, "console/margins.html", context)


def _row(one: Margin, paused: bool) -> dict[str, Any]:
    sides = [
        cell
        for quote in (one.cheapest, one.dearest)
        for cell in (_priced(quote), f"{one.rubles(quote):.2f}", f"{one.percent(quote):.1f}")
    ]
    mark = gettext("off sale: a loss") if paused else gettext("a loss") if one.loss else ""
    taken = "—" if one.times is None else f"×{one.times:.2f}"
    return {
        "cells": [link_to(one.model, one.model.title_ru), one.model.category, *sides, taken],
        "mark": mark,
        "why": f"{one.loss.variant} {one.loss.price} ₽ < {one.loss.cost:.2f} ₽".strip() if one.loss else "",
    }


def _priced(quote: Quote) -> str:
    price, fixed = f"${quote.cost_usd.normalize():f} → {localize(quote.price)} ₽", gettext("set by hand")
    return f"{price} ({fixed})" if quote.markup is None else price
