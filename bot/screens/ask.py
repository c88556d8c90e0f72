"""The words of a question: what is asked for, within which limits, and an example of it."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot.screens.values import WORDS, megabytes
from bot.screens.words import lasting, locale, number, quoted, safe
from kie.inputs import Field, Kind

FORMATS = {"image": "JPG, PNG, WEBP", "video": "MP4, MOV", "audio": "MP3, WAV, OGG", "document": "PDF, DOCX, TXT"}

TOLD_BY_HINT = (*WORDS, Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.DOCUMENT)  # a hint says all that there is to do


def request(field: Field) -> str:
    """What the person is asked to do, and the registry's own hint about it."""
    asked = {
        Kind.TEXT: _("Write it in a message."),
        Kind.LONG_TEXT: _("Write it in a message."),
        Kind.CHOICE: _("Choose one:"),
        Kind.MANY: _("Choose one or several, then tap “Done”:"),
        Kind.INTEGER: _("Write a whole number."),
        Kind.NUMBER: _("Write a number."),
        Kind.BOOLEAN: _("Yes or no?"),
        Kind.LINK: _("Send a link."),
        Kind.IMAGE: _("Send a photo, or a picture as a file."),
        Kind.IMAGES: _("Send pictures one by one or together, then tap “Done”."),
        Kind.VIDEO: _("Send a video."),
        Kind.AUDIO: _("Send an audio file or a voice message."),
        Kind.DOCUMENT: _("Send a file."),
        Kind.SOURCE: _("Choose one of your generations:"),
    }[field.kind]
    hint = safe(field.hint(locale()))
    if hint and field.kind in TOLD_BY_HINT:
        return hint
    if hint and field.kind == Kind.IMAGES:
        asked = _("When all are sent, tap “Done”.")
    return f"{hint}\n{asked}" if hint else asked


def limits(field: Field) -> str | None:
    """The limits, told before anything is sent; None where there are none."""
    if field.media:
        return " ".join(filter(None, [_size(field), _sides(field), _links(field)]))
    if field.kind in WORDS:
        return _length(field)
    return _bounds(field) if field.kind in (Kind.INTEGER, Kind.NUMBER) else None


def short_limits(field: Field) -> str | None:
    """The limits on a card: without the words about links."""
    return " ".join(filter(None, [_size(field), _sides(field)])) if field.media else limits(field)


def _length(field: Field) -> str | None:
    if field.min_length > 1 and field.max_length:
        return _("From {} to {} characters.").format(number(field.min_length), number(field.max_length))
    if field.max_length:
        return ngettext("Up to {} character.", "Up to {} characters.", field.max_length).format(
            number(field.max_length)
        )
    return None


def _bounds(field: Field) -> str | None:
    if field.minimum is not None and field.maximum is not None:
        return _("From {} to {}.").format(f"{field.minimum:g}", f"{field.maximum:g}")
    if field.minimum is not None:
        return _("At least {}.").format(f"{field.minimum:g}")
    return _("At most {}.").format(f"{field.maximum:g}") if field.maximum is not None else None


def _size(field: Field) -> str:
    formats = ", ".join(field.formats) or FORMATS[field.media or "document"]
    size = megabytes(field.max_mb or 20)
    if field.kind == Kind.IMAGES:
        many = ngettext("Up to {} picture", "Up to {} pictures", field.max_items).format(field.max_items)
        return _("{}: {}, up to {} each.").format(many, formats, size)
    if field.max_seconds:
        return _("{}, up to {}, no longer than {}.").format(formats, size, lasting(field.max_seconds))
    return _("{}, up to {}.").format(formats, size)


def _sides(field: Field) -> str | None:
    if field.min_side_px and field.max_side_px:
        return _("Sides from {} to {} pixels.").format(field.min_side_px, field.max_side_px)
    if field.min_side_px:
        return _("Sides of at least {} pixels.").format(field.min_side_px)
    return _("Sides of up to {} pixels.").format(field.max_side_px) if field.max_side_px else None


def _links(field: Field) -> str | None:
    if field.measured:
        return None  # the price goes by its length, which a link does not tell
    if field.max_mb_link and field.max_mb_link > (field.max_mb or 0):
        return _("A link to the file will do, too: up to {}.").format(megabytes(field.max_mb_link))
    return _("A link to the file will do, too.")


def example(field: Field, examples: Sequence[str]) -> str | None:
    """A value that would be accepted, as HTML; None where buttons show what there is."""
    if field.main and examples:
        return quoted(examples[0], 300)
    if field.kind in (Kind.INTEGER, Kind.NUMBER):
        known = (field.default, field.minimum, field.maximum, 5)
        return f"{next(value for value in known if value is not None):g}"
    if field.kind == Kind.LINK:
        return "https://example.com/page"
    return None
