"""A model's card: what it does, what to send, what comes back, at what price and how soon; its examples."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from bot.screen import Button, Keys, Screen, bold, lines
from bot.screens import ask, frame, labels
from bot.screens.catalogue import title
from bot.screens.shelves import shelf_of
from bot.screens.words import about, demo, price_span, quoted, russian, safe
from kie.catalogue import AIModel
from kie.inputs import Field


def card(model: AIModel, fields: Sequence[Field], *, low: Decimal, high: Decimal) -> Screen:
    """All that a person needs to decide whether to start."""
    description = (model.description_ru if russian() else model.description_en) or model.description_en
    examples = prompts(model)
    text = lines(
        bold(title(model)) + (f" • {safe(model.badge)}" if model.badge else ""),
        safe(description) or None,
        "",
        bold(_("What to send")),
        *[_item(field) for field in fields if field.required],
        _("The rest can be set before the start, or left as it is.")
        if any(not field.required for field in fields)
        else None,
        "",
        _("You get: {}").format(_outcome(model.output)),
        _("Price: {}").format(bold(price_span(low, high))),
        _("Usually takes about {}").format(about(model.median_s)),
        demo(),
        *(["", _("Example: {}").format(f"<i>{quoted(examples[0], 200)}</i>")] if examples else []),
    )
    more: Keys = [[Button(_("💡 Examples"), "examples", model.pk)]] if len(examples) > 1 else []
    return Screen(
        text,
        [
            [Button(_("🚀 Start"), "start", model.pk)],
            *more,
            [frame.back("shelf", shelf_of(model.category), 0), frame.menu()],
        ],
    )


def _item(field: Field) -> str:
    return f"• {labels.label(field.name)}. " + " ".join(filter(None, [_what(field), ask.limits(field)]))


def _what(field: Field) -> str:
    """A choice shows what there is to choose from, as far as it fits in a line."""
    if field.kind in {"choice", "many"}:
        shown = [labels.choice(field.name, one) for one in (field.choices or [])]
        return safe(", ".join(shown[:6]) + ("…" if len(shown) > 6 else ""))
    return ""


def _outcome(output: str) -> str:
    return {
        "image": _("a picture"),
        "video": _("a video"),
        "audio": _("an audio file"),
        "text": _("a text"),
    }.get(output, _("a file"))


def prompts(model: AIModel) -> list[str]:
    """The model's example prompts in the active language."""
    return list((model.examples_ru if russian() else model.examples_en) or model.examples_en or [])


def examples(model: AIModel) -> Screen:
    """Prompts that the model does well with; a tap copies one."""
    shown = [f"{at}. <code>{safe(prompt)}</code>" for at, prompt in enumerate(prompts(model)[:10], start=1)]
    text = lines(
        bold(_("💡 Examples for {}").format(title(model))),
        _("Tap one to copy it, then start and paste it as it is or with your own changes."),
        "",
        "\n\n".join(shown),
    )
    return Screen(text, [[Button(_("🚀 Start"), "start", model.pk)], [frame.back("model", model.pk), frame.menu()]])
