"""The words of a question: what is asked for, and an example of it."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from bot.screens.values import WORDS, shown_kind
from bot.screens.words import cut, figure, locale, quoted, safe
from kie.inputs import Field, Kind

TOLD_BY_HINT = (*WORDS, Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.DOCUMENT)  # a hint says all that there is to do
MANY_FILES = (Kind.IMAGES, Kind.VIDEOS, Kind.AUDIOS, Kind.DOCUMENTS)
VOICES_TOLD = 400  # characters of the list of voices


def request(field: Field) -> str:
    """What the person is asked to do, and the registry's own hint about it."""
    kind, hint = shown_kind(field), safe(field.hint(locale()))
    if hint and kind in TOLD_BY_HINT:
        return hint
    if hint and kind in MANY_FILES:
        return f"{hint}\n" + _("When all are sent, tap “Done”.")
    asked = _lines(field) if kind == Kind.LINES else _asked(kind)
    return f"{hint}\n{asked}" if hint else asked


def _asked(kind: Kind) -> str:
    return {
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
        Kind.VIDEOS: _("Send videos one by one or together, then tap “Done”."),
        Kind.AUDIO: _("Send an audio file or a voice message."),
        Kind.AUDIOS: _("Send audio files one by one or together, then tap “Done”."),
        Kind.DOCUMENT: _("Send a file."),
        Kind.DOCUMENTS: _("Send files one by one or together, then tap “Done”."),
        Kind.SOURCE: _("Choose one of your generations:"),
    }[kind]


def _lines(field: Field) -> str:
    if field.led_by == "voice":
        voices = ", ".join(field.choice(locale(), voice) for voice in field.choices)
        return "\n".join(
            (
                _(
                    "Write the dialogue in one message, each reply on a new line: “name: words”. The name may be that of a voice; other names get voices in turn."
                ),
                _("Voices: {}").format(safe(cut(voices, VOICES_TOLD))),
            )
        )
    if field.led_by == "speaker":
        return _("Write the dialogue in one message, each reply on a new line: “name: words”. Any names will do.")
    if field.led_by == "count":
        return _("Write the scenes in one message, each on a new line, with its seconds before it: “5: words”.")
    return _("Write it in one message, each on a new line.")


def example(field: Field, examples: Sequence[str]) -> str | None:
    """A value that would be accepted, as HTML; None where buttons show what there is."""
    if field.main and examples:
        return quoted(examples[0], 300)
    if field.kind == Kind.LINES:
        return _example_of_lines(field)
    if field.kind in (Kind.INTEGER, Kind.NUMBER):
        known = (field.default, field.minimum, field.maximum, 5)
        return figure(next(value for value in known if value is not None))
    if field.kind == Kind.LINK:
        return "https://example.com/page"
    return None


def _example_of_lines(field: Field) -> str | None:
    if field.led_by == "count":
        return _("5: a dog runs to the sea")
    if not field.led_by:
        return None
    first, second = _("Anna"), _("Boris")
    return f"{first}: " + _("Good morning") + f"\n{second}: " + _("Good morning, how are you?")
