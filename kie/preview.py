"""What a change of the numbers does to every price, as the admin shows it before anything is published."""

from typing import Any

from django.utils.formats import localize
from django.utils.translation import gettext, ngettext

from kie import losses, margins
from kie.catalogue import AIModel, ModelState
from kie.margins import Change, Range
from kie.pricing import Numbers
from reliability.adminkit import link_to


def of(old: Numbers, new: Numbers) -> dict[str, Any]:
    """Sentences and a table for console/act.html: every model on sale, what would lose money first, then by change."""
    models = list(AIModel.objects.filter(state=ModelState.SOLD).defer("facts", "wizard"))
    found = sorted(margins.changes(models, old, new, losses.charges(models)), key=_place)
    headers = [gettext("AI model"), gettext("now, ₽"), gettext("then, ₽"), gettext("change, %"), gettext("margin")]
    return {"sentences": _sentences(found), "table": {"headers": headers, "rows": [_row(one) for one in found]}}


def span(prices: Range) -> str:
    """One price, or from–to."""
    low, high = prices
    return str(localize(low)) if low == high else f"{localize(low)} – {localize(high)}"


def _place(change: Change) -> tuple[bool, Any, str]:
    return change.loss is None, -abs(change.percent), change.model.key


def _sentences(found: list[Change]) -> list[str]:
    moved = sum(one.before != one.after for one in found)
    lost = sum(one.loss is not None for one in found)
    said = [
        gettext("From the next offer on; what was offered before keeps its price."),
        ngettext("{} model changes its price.", "{} models change their price.", moved).format(moved),
    ]
    if lost:
        said.append(
            ngettext(
                "⚠️ {} model would sell at a loss, and takes itself off sale.",
                "⚠️ {} models would sell at a loss, and take themselves off sale.",
                lost,
            ).format(lost)
        )
    return said


def _row(change: Change) -> list[Any]:
    margin = gettext("a loss") if change.loss else gettext("above the cost")
    return [
        link_to(change.model, change.model.title_ru), span(change.before), span(change.after), f"{change.percent:+.1f}", margin,
    ]  # fmt: skip
