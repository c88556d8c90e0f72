"""A model's card: what it does, what to send, what comes back, at what price and how soon; its examples."""

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from bot.screen import Button, Screen, bold, lines
from bot.screens import bounds, favourites, frame, values
from bot.screens.catalogue import Goods, title
from bot.screens.shelves import Origin
from bot.screens.words import between, demo, locale, price_span, quoted, safe
from kie.catalogue import AIModel
from kie.durations import Usual
from kie.inputs import Field, Kind

CHOICES_SHOWN = 6
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


def card(goods: Goods, fields: Sequence[Field], usual: Usual, *, origin: Origin, kept: bool = False) -> Screen:
    """All that a person needs to decide whether to start; `usual` is how long it takes, `origin` the list they came from, `kept` whether it is
    a favourite."""
    model = goods.model
    shown = prompts(model)
    text = lines(
        bold(title(model)) + (f" {safe(model.badge)}" if model.badge else ""),
        f"<i>{safe(model.vendor)}</i>" if model.vendor and model.vendor not in title(model) else None,
        safe(model.description(locale())) or None,
        "",
        bold(_("What to send")),
        *_items(fields),
        _settings(fields),
        "",
        _("You get: {}").format(_outcome(model.output)),
        _("Price: {}").format(bold(price_span(goods.low, goods.high, goods.each))),
        _("Usually takes {}").format(between(usual.low_s, usual.high_s)),
        demo(),
        *(["", "🏷 " + safe(", ".join(tags))] if (tags := _tags(model)) else []),
        *(["", _("Example: {}").format(f"<i>{quoted(shown[0], 200)}</i>")] if shown else []),
    )
    more = [Button(_("💡 Examples"), "ideas", model.pk, *origin.args)] if len(shown) > 1 else []
    start = Button(_("🚀 Start"), "start", model.pk)
    return Screen(
        text, [[start], [*more, favourites.toggle(model, kept=kept, origin=origin)], [_back_to(origin), frame.menu()]]
    )


def _back_to(origin: Origin) -> Button:
    return frame.back(*origin.args) if origin.key else frame.back(origin.action)


def _items(fields: Sequence[Field]) -> list[str]:
    """A line for each question; those of which one will do share one."""
    either = [field for field in fields if field.either]
    asked = [field for field in fields if field.required]
    return [*([f"• {safe(_one_of(either))}."] if either else []), *map(_item, asked)]


def _one_of(either: Sequence[Field]) -> str:
    """The questions of which one will do. One's own generation or a file of the same are two ways to give one thing."""
    own = [field for field in either if field.kind == Kind.SOURCE]
    if len(own) == 1 and len(either) == 2:
        return _("{}: one made here, or a file").format(values.label(own[0]))
    return f" {_('or')} ".join(map(values.label, either))


def _item(field: Field) -> str:
    return f"• {safe(values.label(field))}. " + " ".join(filter(None, [_offered(field), bounds.short_limits(field)]))


def _offered(field: Field) -> str | None:
    """What there is to choose from, as far as it fits in a line."""
    if not field.choices:
        return None
    shown = [values.choice(field, one) for one in field.choices[:CHOICES_SHOWN]]
    return safe(", ".join(shown)) + ("…" if len(field.choices) > CHOICES_SHOWN else "")


def _settings(fields: Sequence[Field]) -> str | None:
    names = [values.label(field) for field in fields if not field.asked]
    return _("Can be set before the start: {}.").format(safe(", ".join(names).lower())) if names else None


def _outcome(output: str) -> str:
    return {"image": _("a picture"), "video": _("a video"), "audio": _("an audio file"), "text": _("a text")}[output]


def _tags(model: AIModel) -> list[str]:
    """The words to find it by that its reader can read: they are of both languages, and names are Latin in either."""
    return [tag for tag in model.tags if locale() == "ru" or not CYRILLIC.search(tag)]


def prompts(model: AIModel) -> list[str]:
    """The model's example prompts in the active language."""
    return model.examples(locale())


def examples(model: AIModel, *, origin: Origin) -> Screen:
    """Prompts that the model does well with; a tap copies one."""
    shown = [f"{at}. <code>{safe(prompt)}</code>" for at, prompt in enumerate(prompts(model)[:10], start=1)]
    text = lines(
        bold(_("💡 Examples: {}").format(title(model))),
        _("Tap one to copy it, then start and send it as it is or with your own changes."),
        "",
        "\n\n".join(shown),
    )
    return Screen(
        text, [[Button(_("🚀 Start"), "start", model.pk)], [frame.back("card", model.pk, *origin.args), frame.menu()]]
    )
