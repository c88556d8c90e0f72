"""The words of a question: what is asked for, within which limits, and an example of it."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot.screens.labels import FILES, megabytes
from bot.screens.words import number, quoted
from bot.wizard.limits import LINK_MB, SUFFIXES, upload_mb
from kie.inputs import Field


def request(field: Field) -> str:
    """What the person is asked to do."""
    if field.name == "prompt":
        return _("Describe in your own words what should come out.")
    if field.name == "text":
        return _("Send the text.")
    return {
        "text": _("Write it in a message."),
        "long_text": _("Write it in a message."),
        "choice": _("Choose one."),
        "many": _("Choose one or several, then tap «Done»."),
        "integer": _("Write a whole number."),
        "number": _("Write a number."),
        "boolean": _("Yes or no?"),
        "link": _("Send a link."),
        "image": _("Send a photo or a picture as a file."),
        "images": _("Send pictures, one by one or together, then tap «Done»."),
        "video": _("Send a video."),
        "audio": _("Send an audio file or a voice message."),
        "document": _("Send a file."),
    }[field.kind]


def limits(field: Field) -> str | None:
    """The limits, told before anything is sent; None where there are none."""
    if field.kind in FILES:
        return _file_limits(field)
    if field.kind in {"text", "long_text"}:
        return _text_limits(field)
    if field.kind in {"integer", "number"}:
        return _number_limits(field)
    return None


def _text_limits(field: Field) -> str | None:
    if field.min_length and field.min_length > 1 and field.max_length:
        return _("From {} to {} characters.").format(number(field.min_length), number(field.max_length))
    if field.max_length:
        return ngettext("Up to {} character.", "Up to {} characters.", field.max_length).format(
            number(field.max_length)
        )
    return None


def _number_limits(field: Field) -> str | None:
    if field.minimum is not None and field.maximum is not None:
        return _("From {} to {}.").format(_plain(field.minimum), _plain(field.maximum))
    if field.minimum is not None:
        return _("At least {}.").format(_plain(field.minimum))
    return _("At most {}.").format(_plain(field.maximum)) if field.maximum is not None else None


def _file_limits(field: Field) -> str:
    size = megabytes(upload_mb(field))
    formats = ", ".join(SUFFIXES[field.media or "document"])
    told = [_("{}, up to {}.").format(formats, size)]
    if field.kind == "images" and field.max_items:
        told.append(ngettext("Up to {} picture.", "Up to {} pictures.", field.max_items).format(field.max_items))
    link_mb = min(field.max_mb or LINK_MB[field.media or "document"], LINK_MB[field.media or "document"])
    more = (
        _("A link also does: up to {}.").format(megabytes(link_mb))
        if link_mb > upload_mb(field)
        else _("A link also does.")
    )
    return " ".join([*told, more])


def example(field: Field, examples: Sequence[str]) -> str | None:
    """A value that would be accepted, as HTML; None for a choice among buttons."""
    if field.name in {"prompt", "text"} and examples:
        return quoted(examples[0], 300)
    if field.kind in {"text", "long_text"}:
        return {
            "lyrics": quoted(_("[Verse] The rain is drumming on the roof…")),
            "style": quoted(_("calm lo-fi, piano, female vocals")),
            "tags": quoted(_("calm lo-fi, piano, female vocals")),
            "title": quoted(_("Rain in October")),
            "negative_prompt": quoted(_("blur, text, extra fingers")),
            "negative_tags": quoted(_("heavy metal, drums")),
            "prompt": quoted(_("A red cat on a windowsill, soft morning light, watercolour")),
            "text": quoted(_("Good morning! Today will be a fine day.")),
        }.get(field.name)
    return _value_example(field)


def _value_example(field: Field) -> str | None:
    if field.kind in {"integer", "number"}:
        shown = field.default if field.default is not None else field.minimum if field.minimum is not None else 1
        return _plain(shown)
    return {
        "link": "https://example.com/page",
        "image": "https://example.com/photo.jpg",
        "images": "https://example.com/photo.jpg",
        "video": "https://example.com/clip.mp4",
        "audio": "https://example.com/voice.mp3",
        "document": "https://example.com/text.pdf",
    }.get(field.kind)


def _plain(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)
