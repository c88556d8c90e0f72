"""Answers as a screen repeats them."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot.screens.words import THIN, cut, figure, lasting, locale, quoted, safe
from kie.inputs import Field, Kind
from kie.inputs.lines import leader
from kie.inputs.spec import inner

WORDS = (Kind.TEXT, Kind.LONG_TEXT)
ONE_OF = {Kind.IMAGES: Kind.IMAGE, Kind.VIDEOS: Kind.VIDEO, Kind.AUDIOS: Kind.AUDIO, Kind.DOCUMENTS: Kind.DOCUMENT}


def shown_kind(field: Field) -> Kind:
    """How a person answers it: a list of one file at most is a file."""
    return ONE_OF.get(field.kind, field.kind) if field.max_items == 1 else field.kind


def label(field: Field) -> str:
    """What the field is called in the active language."""
    return field.label(locale())


def choice(field: Field, value: Any) -> str:
    """One of a list, as it stands on its button."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return cut(field.choice(locale(), value), 40)


def given(value: Any) -> bool:
    """Whether there is an answer at all: False and 0 are ones."""
    return value is not None and value != "" and value != []


def html(field: Field, value: Any) -> str:
    """An answer as HTML: a text cut and in quotes, files told by what they are, a choice by its word."""
    if field.kind == Kind.LINES:
        return quoted(plain(field, value))
    return quoted(value) if field.kind in WORDS and isinstance(value, str) else safe(plain(field, value))


def plain(field: Field, value: Any) -> str:
    """An answer for a button: no HTML, no quotes. Whoever shows it cuts it."""
    if not given(value):
        return "—"
    if field.media:
        return _files(value)
    if field.kind == Kind.LINES and isinstance(value, list):
        return "\n".join(_line(field, one) for one in value)
    if field.kind == Kind.SOURCE:
        return _generation(value)
    if field.kind in (Kind.INTEGER, Kind.NUMBER):
        return figure(value) if abs(value) < 1_000_000 else str(value)
    if isinstance(value, list):
        return ", ".join(choice(field, one) for one in value)
    return str(value) if field.kind in (*WORDS, Kind.LINK) else choice(field, value)


def _line(field: Field, one: Any) -> str:
    """An item of a list as a person could have written it."""
    if not isinstance(one, dict):
        return str(one)
    said_in, led_in = inner({"type": "array", "items": field.item}), leader(field.item)
    led = choice(field, one[led_in]) if led_in in one else ""
    return f"{led}: {one.get(said_in, '')}" if led else str(one.get(said_in, ""))


def _generation(value: Any) -> str:
    """One of the person's own generations, as it was called when they chose it."""
    name = value.get("name") if isinstance(value, dict) else None
    return str(name) if name else _("your generation")


def _files(value: Any) -> str:
    if isinstance(value, list) and len(value) > 1:
        return ngettext("{} file", "{} files", len(value)).format(len(value))
    one = value[0] if isinstance(value, list) else value
    if not isinstance(one, dict):
        return cut(str(one), 60)
    kinds = {"photo": _("📷 photo"), "video": _("🎬 video"), "audio": _("🎵 audio"), "voice": _("🎤 voice message")}
    facts = [kinds.get(str(one.get("kind")), _("📎 file"))]
    if one.get("name"):
        facts.append(cut(str(one["name"]), 40))
    if one.get("width") and one.get("height"):
        facts.append(f"{one['width']}×{one['height']}")
    if one.get("duration"):
        facts.append(lasting(one["duration"]))
    return ", ".join(facts)


def megabytes(most: float) -> str:
    """10 → «10 МБ»."""
    unit = _("MB")
    return f"{figure(most)}{THIN}{unit}"
