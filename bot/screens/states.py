"""A job's state and the reason of its failure in plain words: what happened, and what to do."""

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Why:
    """A failure as a person is told it."""

    happened: str
    advice: str


def why(error_code: str) -> Why:
    """The reason behind a Job's error_code; an unknown one is our own fault."""
    return {
        "moderation": Why(
            _("The model declined this request: it seems to break its content rules."),
            _("Put it in other words or choose another file."),
        ),
        "bad_input": Why(
            _("The model did not accept this request."),
            _("Change the description or the settings and try once more."),
        ),
        "file": Why(
            _("The model could not use your file: it may be damaged or of an unsuitable format."),
            _("Send another file, or save this one as JPG, MP4 or MP3."),
        ),
        "provider_down": Why(
            _("The service that makes the result failed."),
            _("This rarely lasts long: try again in a few minutes, or choose another model."),
        ),
        "provider_credits": Why(
            _("Generations are paused: the service has run out of resources."),
            _("Please try again later."),
        ),
        "busy": Why(
            _("There are too many requests just now."),
            _("Try again in a minute."),
        ),
        "timeout": Why(
            _("The model did not finish in time."),
            _("Try again: the second time usually goes faster."),
        ),
        "lost": Why(
            _("The connection broke at the very start, and it is unknown whether the model began."),
            _("Repeat with one tap: everything you entered is kept."),
        ),
        "cancelled": Why(_("You cancelled this generation."), ""),
    }.get(error_code) or Why(
        _("Something broke on our side."), _("Try again; if it happens once more, write to support.")
    )


MARKS = {"queued": "⏳", "submitting": "⏳", "running": "🎨", "succeeded": "✅", "failed": "❌", "timed_out": "⌛"}


def state(name: str, error_code: str = "") -> str:
    """A JobState in words, with its mark."""
    if error_code == "cancelled":
        return _("🚫 Cancelled")
    words = {
        "queued": _("In the queue"),
        "submitting": _("In the queue"),
        "running": _("In progress"),
        "succeeded": _("Ready"),
        "failed": _("Did not work out"),
        "timed_out": _("Did not finish in time"),
    }
    return f"{MARKS[name]} {words[name]}"


def mark(name: str, error_code: str = "") -> str:
    """The mark alone, for a list."""
    return "🚫" if error_code == "cancelled" else MARKS[name]
