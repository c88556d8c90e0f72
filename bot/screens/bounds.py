"""The limits of an answer in words: told on the card, and with the question before anything is sent."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot.screens.values import megabytes, shown_kind
from bot.screens.words import figure, lasting, number
from bot.wizard.parts import FULL
from kie.inputs import Field, Kind
from kie.inputs.words import TEXT_BYTES

FORMATS = {"image": "JPG, PNG, WEBP", "video": "MP4, MOV", "audio": "MP3, WAV, OGG", "document": "PDF, DOCX, TXT"}
LETTERS = TEXT_BYTES // 2  # Russian ones that an answer may have, whatever the model would take
FREE_ASPECT = 20  # a proportion beyond which nobody sends anything


def limits(field: Field) -> str | None:
    """All limits; None where there are none."""
    if field.media:
        return " ".join(filter(None, [*_of_file(field), _links(field)]))
    if field.kind == Kind.LINES:
        return " ".join(filter(None, [_lines(field), _total(field)])) or None
    if field.kind in (Kind.TEXT, Kind.LONG_TEXT):
        return _length(field)
    return _bounds(field) if field.kind in (Kind.INTEGER, Kind.NUMBER) else None


def short_limits(field: Field) -> str | None:
    """The limits on a card: without the words about links, and about texts that take several messages."""
    if field.kind in (Kind.TEXT, Kind.LONG_TEXT) and (field.max_length or 0) > FULL:
        return _("Up to {} characters in one message.").format(number(FULL))
    return " ".join(filter(None, _of_file(field))) if field.media else limits(field)


def formats(field: Field) -> str:
    """The formats of files that are taken: «JPG, PNG»."""
    return ", ".join(field.formats) or FORMATS.get(field.media or "", "")


def _length(field: Field) -> str | None:
    if field.max_length and field.max_length > FULL:
        return _(
            "Up to {} characters, {} of them in one message: send a longer text in several, one right after another."
        ).format(number(min(field.max_length, LETTERS)), number(FULL))
    if field.min_length > 1 and field.max_length:
        return _("From {} to {} characters.").format(number(field.min_length), number(field.max_length))
    if field.max_length:
        return ngettext("Up to {} character.", "Up to {} characters.", field.max_length).format(
            number(field.max_length)
        )
    return None


def _lines(field: Field) -> str | None:
    if field.max_items:
        return ngettext("Up to {} line.", "Up to {} lines.", field.max_items).format(field.max_items)
    return None


def _total(field: Field) -> str | None:
    most = field.max_total or field.max_length
    if not most:
        return None
    if field.max_total:
        return _("Up to {} characters in all.").format(number(min(most, LETTERS)))
    return _("Up to {} characters in each.").format(number(min(most, FULL)))


def _bounds(field: Field) -> str | None:
    least = field.minimum if field.minimum is not None else None
    found = None
    if least is not None and field.maximum is not None:
        found = _("From {} to {}.").format(figure(least), figure(field.maximum))
    elif least is not None:
        found = _("At least {}.").format(figure(least))
    elif field.above is not None:
        found = _("More than {}.").format(figure(field.above))
    elif field.maximum is not None:
        found = _("At most {}.").format(figure(field.maximum))
    step = _("In steps of {}.").format(figure(field.step)) if field.step and field.step != 1 else None
    return " ".join(filter(None, [found, step])) or None


def _of_file(field: Field) -> list[str | None]:
    return [_size(field), _lasting(field), _sides(field), _proportions(field)]


def _size(field: Field) -> str:
    size = megabytes(field.max_mb or 20)
    if field.several and field.max_items != 1:
        many = _many(shown_kind(field), field.max_items)
        return _("{}: {}, up to {} each.").format(many, formats(field), size)
    if field.max_seconds and not field.min_seconds:
        return _("{}, up to {}, no longer than {}.").format(formats(field), size, lasting(field.max_seconds))
    return _("{}, up to {}.").format(formats(field), size)


def _many(kind: Kind, most: int | None) -> str:
    if most is None:
        return {Kind.IMAGES: _("Pictures"), Kind.VIDEOS: _("Videos"), Kind.AUDIOS: _("Recordings")}.get(
            kind, _("Files")
        )
    if kind == Kind.IMAGES:
        return ngettext("Up to {} picture", "Up to {} pictures", most).format(most)
    if kind == Kind.VIDEOS:
        return ngettext("Up to {} video", "Up to {} videos", most).format(most)
    if kind == Kind.AUDIOS:
        return ngettext("Up to {} recording", "Up to {} recordings", most).format(most)
    return ngettext("Up to {} file", "Up to {} files", most).format(most)


def _lasting(field: Field) -> str | None:
    if field.min_seconds and field.max_seconds:
        return _("From {} to {} long.").format(lasting(field.min_seconds), lasting(field.max_seconds))
    if field.min_seconds:
        return _("Not shorter than {}.").format(lasting(field.min_seconds))
    if field.max_seconds and field.several and field.max_items != 1:
        return _("Each no longer than {}.").format(lasting(field.max_seconds))
    return None


def _sides(field: Field) -> str | None:
    if field.min_side_px and field.max_side_px:
        return _("Sides from {} to {} pixels.").format(field.min_side_px, field.max_side_px)
    if field.min_side_px:
        return _("Sides of at least {} pixels.").format(field.min_side_px)
    if field.min_height_px:
        return _("At least {} pixels high.").format(field.min_height_px)
    return _("Sides of up to {} pixels.").format(field.max_side_px) if field.max_side_px else None


def _proportions(field: Field) -> str | None:
    if not (field.min_aspect and field.max_aspect) or field.max_aspect >= FREE_ASPECT:
        return None
    return _("Proportions from {} to {}.").format(proportion(field.min_aspect), proportion(field.max_aspect))


def proportion(aspect: float) -> str:
    """Width to height as people write it: 2.5 → «2,5:1», 0.4 → «1:2,5»."""
    return f"{_ratio(aspect)}:1" if aspect >= 1 else f"1:{_ratio(1 / aspect)}"


def _ratio(value: float) -> str:
    return number(value, 0 if abs(value - round(value)) < 0.01 else 1)


def _links(field: Field) -> str | None:
    if field.measured:
        return None  # the price goes by its length, which a link does not tell
    if field.max_mb_link and field.max_mb_link > (field.max_mb or 0):
        return _("A link to the file will do, too: up to {}.").format(megabytes(field.max_mb_link))
    return _("A link to the file will do, too.")
