"""Why an answer was not accepted, and what was expected: a sentence for every code of kie.inputs.BadInput."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from bot.screens import values
from bot.screens.bounds import formats, proportion
from bot.screens.words import figure, lasting, number
from kie.inputs import BadInput, Field, Kind


def refusal(bad: BadInput, field: Field | None, fields: Sequence[Field] = ()) -> str:
    """The sentence for a refused answer to `field`, None where none is to blame alone; `fields` name the others."""
    facts = bad.facts
    if bad.code == "empty" and field and field.media:
        return expected(field)
    return (
        _of_size(bad.code, facts)
        or _of_number(bad.code, facts)
        or _of_media(bad.code, facts)
        or _of_sides(bad.code, facts, video=field is not None and field.media == "video")
        or _of_form(bad.code, facts)
        or _of_several(bad.code, facts, fields)
        or (expected(field) if field else _("These answers do not go together. Please change one of them."))
    )


def _of_several(code: str, facts: dict[str, Any], fields: Sequence[Field]) -> str | None:
    named = [values.label(field) for field in fields if field.name in facts.get("fields", ())]
    if code == "one_of" and named:
        return _("At least one of these is needed: {}.").format(", ".join(named))
    if code == "not_together" and len(named) > 1:
        return _("These do not go together: {}. Please leave one of them out.").format(", ".join(named))
    return _("These answers do not go together. Please change this one.") if code == "not_together" else None


def _of_size(code: str, facts: dict[str, Any]) -> str | None:
    least, most = facts.get("least", 1), facts.get("most", "")
    if code == "too_long":
        return _("This is too long: {} characters, and at most {} fit. Please shorten it.").format(
            number(facts["length"]), number(most)
        )
    if code == "too_short":
        return _("This is too short: at least {} characters are needed.").format(number(least))
    if code == "too_few":
        return _("That is not enough: at least {} are needed.").format(least)
    if code == "too_many":
        return _("That is more than fits: at most {}. The extra one was left out.").format(most)
    if code == "input_too_big":
        return _("All answers together are too big: at most {}.").format(values.megabytes(facts["most_mb"]))
    return None


def _of_number(code: str, facts: dict[str, Any]) -> str | None:
    least, most = facts.get("least", 0), facts.get("most", 0)
    if code == "too_small":
        return _("This is too little: at least {}.").format(figure(least))
    if code == "too_big":
        return _("This is too much: at most {}.").format(figure(most))
    if code == "not_above":
        return _("This is too little: more than {} is needed.").format(figure(least))
    if code == "not_below":
        return _("This is too much: less than {} is needed.").format(figure(most))
    if code == "not_a_step":
        return _("This number falls between the steps: it should be a multiple of {}.").format(figure(facts["step"]))
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
    if code == "last_too_long":
        return _("Together that is too long: {}, and at most {} is possible.").format(
            lasting(facts["seconds"]), lasting(facts["most_s"])
        )
    if code == "too_brief":
        return _("This recording is too short: {}, and at least {} is needed.").format(
            lasting(facts["seconds"]), lasting(facts["least_s"])
        )
    if code == "length_unknown":
        return _(
            "The price depends on the length, and a link or a plain file does not tell it. Please send it as audio, voice or video."
        )
    return None


def _of_sides(code: str, facts: dict[str, Any], *, video: bool) -> str | None:
    if code == "wrong_proportions":
        return _("These proportions do not fit: {}×{}. Width to height may be from {} to {}.").format(
            facts["width"], facts["height"], proportion(facts["least"]), proportion(facts["most"])
        )
    if code == "picture_too_small" and video:
        return _("The video is too small: {}×{}. Each side should have at least {} pixels.").format(
            facts["width"], facts["height"], facts["least_px"]
        )
    if code == "picture_too_large" and video:
        return _("The video is too large: {}×{}. Each side may have at most {} pixels.").format(
            facts["width"], facts["height"], facts["most_px"]
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
            facts["width"], facts["height"], figure(facts["most_megapixels"])
        )
    return None


def _of_form(code: str, facts: dict[str, Any]) -> str | None:
    return {
        "empty": _("There is no text in this message. Please write it in words."),
        "not_a_number": _("A number is needed here, for example {}.").format(figure(facts.get("example", 5)))
        if code == "not_a_number"
        else None,
        "not_whole": _("A whole number is needed here, for example {}.").format(figure(facts.get("example", 5)))
        if code == "not_whole"
        else None,
        "not_in_list": _("There is no such option. Please choose one of the buttons."),
        "not_a_link": _(
            "This link does not fit. It should begin with https://, hold no login and password, and lead straight to the file, for example {}."
        ).format(facts.get("example", "https://example.com/photo.jpg")),
        "link_inside": _(
            "This link leads to an internal address: it opens on your own device or network only. Please send the file itself or a link that opens for everybody."
        ),
        "wrong_form": _("This does not have the form that is needed here. Please look at the example once more."),
        "no_price": _("This option is not for sale with the other answers. Please choose another one."),
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
    taken, voice = formats(field), not field.accept or "audio/ogg" in field.accept
    return {
        Kind.TEXT: _("A text is needed here. For example, a few words about what you want."),
        Kind.LONG_TEXT: _("A text is needed here. For example, a few words about what you want."),
        Kind.LINES: _("A text is needed here, each item on a new line."),
        Kind.CHOICE: _("Please choose one of the buttons."),
        Kind.MANY: _("Please choose from the buttons."),
        Kind.INTEGER: _("A whole number is needed here."),
        Kind.NUMBER: _("A number is needed here."),
        Kind.BOOLEAN: _("Please choose: yes or no."),
        Kind.LINK: _("A link is needed here, for example https://example.com/page"),
        Kind.IMAGE: _(
            "A picture is needed here: a photo or a file ({}). For example, a photo from your gallery."
        ).format(taken),
        Kind.IMAGES: _(
            "Pictures are needed here: photos or files ({}). For example, a photo from your gallery."
        ).format(taken),
        Kind.VIDEO: _("A video is needed here ({}). For example, a clip from your gallery.").format(taken),
        Kind.AUDIO: (
            _("Audio is needed here ({}) or a voice message. For example, record one right in the chat.")
            if voice
            else _("Audio is needed here, as a file ({}).")
        ).format(taken),
        Kind.AUDIOS: _("Audio files are needed here ({}).").format(taken),
        Kind.VIDEOS: _("Videos are needed here ({}). For example, clips from your gallery.").format(taken),
        Kind.DOCUMENTS: _("Files are needed here ({}).").format(taken),
        Kind.DOCUMENT: _("A file is needed here ({}).").format(taken),
        Kind.SOURCE: _("Please choose one of your generations by its button."),
    }[values.shown_kind(field)]
