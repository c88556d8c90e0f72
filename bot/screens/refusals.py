"""Why an answer was not accepted: what was expected, in a sentence. The codes are those of kie.inputs.BadInput."""

from typing import Any

from django.utils.translation import gettext as _

from bot.screens import labels
from bot.screens.words import number
from kie.inputs import Field


def refusal(code: str, facts: dict[str, Any], field: Field) -> str:
    """The sentence for a BadInput; what is unknown is answered by what the question asks for."""
    return _text(code, facts) or _number(code, facts) or _file(code, facts, field) or _expected(field)


def _text(code: str, facts: dict[str, Any]) -> str | None:
    if code == "too_long":
        return _("This is too long: {} characters, and at most {} fit. Please shorten it.").format(
            number(facts.get("length", 0)), number(facts.get("most", 0))
        )
    if code == "too_short":
        return _("This is too short: at least {} characters are needed.").format(number(facts.get("least", 1)))
    return {
        "empty": _("There is no text in this message. Please write it in words."),
        "not_in_list": _("There is no such option. Please choose one of the buttons."),
        "not_a_link": _("This is not a link. It should begin with https:// and lead straight to the file."),
    }.get(code)


def _number(code: str, facts: dict[str, Any]) -> str | None:
    if code in {"too_big", "too_large"}:
        return _("This is too much: at most {}.").format(facts.get("most", ""))
    if code == "too_small":
        return _("This is too little: at least {}.").format(facts.get("least", ""))
    if code in {"not_a_number", "not_whole"}:
        return _("I need a number here.") if code == "not_a_number" else _("I need a whole number here.")
    return None


def _file(code: str, facts: dict[str, Any], field: Field) -> str | None:
    if code == "file_too_big":
        most = labels.megabytes(facts.get("most_mb", 20))
        return _("The file is too big: at most {}. Please make it smaller, or send a link to it.").format(most)
    if code == "wrong_format":
        formats = ", ".join(str(one).upper() for one in facts.get("accept", ()))
        return _("This format does not fit. These do: {}.").format(formats)
    if code == "too_many":
        return _("That is more than fits: at most {}. The extra one was left out.").format(facts.get("most", ""))
    return _expected(field) if code == "wrong_type" else None


def _expected(field: Field) -> str:
    return {
        "text": _("I expected a text here."),
        "long_text": _("I expected a text here."),
        "choice": _("Please choose one of the buttons."),
        "many": _("Please choose from the buttons."),
        "integer": _("I expected a whole number here."),
        "number": _("I expected a number here."),
        "boolean": _("Please choose: yes or no."),
        "link": _("I expected a link here: it begins with https://."),
        "image": _("I expected a picture here: a photo or a JPG, PNG or WEBP file."),
        "images": _("I expected pictures here: photos or JPG, PNG or WEBP files."),
        "video": _("I expected a video here: an MP4 or MOV file."),
        "audio": _("I expected audio here: an MP3, WAV or OGG file, or a voice message."),
        "document": _("I expected a file here."),
    }[field.kind]
