"""Why an answer was not accepted, and what was expected: a sentence for every code of kie.inputs.BadInput."""

from typing import Any

from django.utils.translation import gettext as _

from bot.screens import values
from bot.screens.ask import FORMATS
from bot.screens.words import lasting, number
from kie.inputs import BadInput, Field, Kind


def refusal(bad: BadInput, field: Field | None) -> str:
    """The sentence for a refused answer to `field`, None where none is to blame alone."""
    facts = bad.facts
    if bad.code == "empty" and field and field.media:
        return expected(field)
    return (
        _of_size(bad.code, facts)
        or _of_media(bad.code, facts)
        or _of_form(bad.code, facts)
        or (expected(field) if field else _("These answers do not go together. Please change one of them."))
    )


def _of_size(code: str, facts: dict[str, Any]) -> str | None:
    least, most = facts.get("least", 1), facts.get("most", "")
    if code == "too_long":
        return _("This is too long: {} characters, and at most {} fit. Please shorten it.").format(
            number(facts["length"]), number(most)
        )
    if code == "too_short":
        return _("This is too short: at least {} characters are needed.").format(number(least))
    if code == "too_small":
        return _("This is too little: at least {}.").format(f"{least:g}")
    if code == "too_big":
        return _("This is too much: at most {}.").format(f"{most:g}")
    if code == "too_few":
        return _("That is not enough: at least {} are needed.").format(least)
    if code == "too_many":
        return _("That is more than fits: at most {}. The extra one was left out.").format(most)
    if code == "input_too_big":
        return _("All answers together are too big: at most {}.").format(values.megabytes(facts["most_mb"]))
    return None


def _of_media(code: str, facts: dict[str, Any]) -> str | None:
    if code == "file_too_big":
        mb, most = values.megabytes(facts["mb"]), values.megabytes(facts["most_mb"])
        return _("The file is too big: {}, and at most {} is possible. Please send a smaller one.").format(mb, most)
    if code == "unreadable":
        return unreadable(facts["expected"])
    if code == "wrong_format":
        return _("This format does not fit. These do: {}.").format(", ".join(facts["accept"]))
    if code == "lasts_too_long":
        return _("This recording is too long: {}, and at most {} is possible.").format(
            lasting(facts["seconds"]), lasting(facts["most_s"])
        )
    if code == "length_unknown":
        return _(
            "The price depends on the length, and a link or a plain file does not tell it. Please send it as audio, voice or video."
        )
    if code == "picture_too_small":
        return _("The picture is too small: {}×{}. Each side should have at least {} pixels.").format(
            facts["width"], facts["height"], facts["least_px"]
        )
    if code == "picture_too_large" and "most_px" in facts:
        return _("The picture is too large: {}×{}. Each side may have at most {} pixels.").format(
            facts["width"], facts["height"], facts["most_px"]
        )
    if code == "picture_too_large":
        return _("The picture is too large: {}×{}. At most {} megapixels are possible.").format(
            facts["width"], facts["height"], f"{facts['most_megapixels']:g}"
        )
    return None


def _of_form(code: str, facts: dict[str, Any]) -> str | None:
    return {
        "empty": _("There is no text in this message. Please write it in words."),
        "not_a_number": _("A number is needed here, for example {}.").format(f"{facts.get('example', 5):g}")
        if code == "not_a_number"
        else None,
        "not_whole": _("A whole number is needed here, for example {}.").format(f"{facts.get('example', 5):g}")
        if code == "not_whole"
        else None,
        "not_in_list": _("There is no such option. Please choose one of the buttons."),
        "not_a_link": _(
            "This link does not fit. It should begin with https://, hold no login and password, and lead straight to the file, for example {}."
        ).format(facts.get("example", "https://example.com/photo.jpg")),
        "link_inside": _(
            "This link leads to an internal address: it opens on your own device or network only. Please send the file itself or a link that opens for everybody."
        ),
        "twice": _("The same option is chosen twice."),
    }.get(code)


def unreadable(kind: str) -> str:
    """A file whose name may promise the right thing, but whose content is none."""
    return {
        Kind.VIDEO: _(
            "This file is not a video that can be played: it is damaged or of another format. Please send another one."
        ),
        Kind.AUDIO: _(
            "This file is not a sound that can be played: it is damaged or of another format. Please send another one."
        ),
    }.get(
        Kind(kind),
        _(
            "This file is not a picture that can be opened: it is damaged or of another format. Please send another one."
        ),
    )


def expected(field: Field) -> str:
    """What the question waits for."""
    formats = ", ".join(field.formats) or FORMATS.get(field.media or "", "")
    return {
        Kind.TEXT: _("A text is needed here. For example, a few words about what you want."),
        Kind.LONG_TEXT: _("A text is needed here. For example, a few words about what you want."),
        Kind.CHOICE: _("Please choose one of the buttons."),
        Kind.MANY: _("Please choose from the buttons."),
        Kind.INTEGER: _("A whole number is needed here."),
        Kind.NUMBER: _("A number is needed here."),
        Kind.BOOLEAN: _("Please choose: yes or no."),
        Kind.LINK: _("A link is needed here, for example https://example.com/page"),
        Kind.IMAGE: _(
            "A picture is needed here: a photo or a file ({}). For example, a photo from your gallery."
        ).format(formats),
        Kind.IMAGES: _(
            "Pictures are needed here: photos or files ({}). For example, a photo from your gallery."
        ).format(formats),
        Kind.VIDEO: _("A video is needed here ({}). For example, a clip from your gallery.").format(formats),
        Kind.AUDIO: _(
            "Audio is needed here ({}) or a voice message. For example, record one right in the chat."
        ).format(formats),
        Kind.DOCUMENT: _("A file is needed here ({}).").format(formats),
        Kind.SOURCE: _("Please choose one of your generations by its button."),
    }[field.kind]
