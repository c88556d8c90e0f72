"""Why a generation failed, in plain words: what happened, and what to do."""

from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _  # the tables are read once, translated for each person

from bot.screens import bounds, values
from kie.inputs import Field


@dataclass(frozen=True, slots=True)
class Why:
    """A failure as a person is told it."""

    happened: str
    advice: str


# Another answer may cure these.
INPUT_FAULTS = ("moderation", "bad_input", "file", "dearer", "link", "link_away", "source", "protected")
IN_VAIN = ("made_already", "model_off")  # the same order once more would end in the same way
OF_THE_MODEL = ("model_off", "timeout", "provider_down")  # another model may do


def why(error_code: str, field: Field | None = None) -> Why:
    """The reason behind a Job's error_code, and the answer to blame where it is known; an unknown one is our own fault."""
    if field and (of_source := OF_SOURCE.get(error_code)):
        happened = gettext(of_source.happened).format(values.label(field))
        return Why(happened, gettext(of_source.advice).format(bounds.short_limits(field) or ""))
    found = WHYS.get(error_code, OURS)
    return Why(gettext(found.happened), gettext(found.advice))


def ours(error_code: str) -> bool:
    """Whether a failure is our own fault: any that has no words of its own."""
    return error_code not in WHYS


WHYS = {
    "moderation": Why(
        _("The model declined this request: it seems to break its content rules."),
        _("Tap “✏️ Change” and put it in other words, or choose another file."),
    ),
    "bad_input": Why(
        _("The model did not accept this request."),
        _("Tap “✏️ Change”, change the description or the settings, and try once more."),
    ),
    "file": Why(
        _("The model could not use your file: it may be damaged or of an unsuitable format."),
        _("Tap “✏️ Change” and send another one, or save this one as JPG, MP4 or MP3."),
    ),
    "dearer": Why(
        _("Your file is longer or larger than it was said to be when the price was made."),
        _("Tap “✏️ Change” and send it once more as a document: then we measure it ourselves, and the price is right."),
    ),
    "link": Why(
        _("Your link did not open, or there is no suitable file behind it."),
        _("Tap “✏️ Change” and send the file itself or a direct link to it."),
    ),
    "link_away": Why(
        _("The site behind your link does not answer just now."),
        _("Repeat in a few minutes, or tap “✏️ Change” and send the file itself."),
    ),
    "source": Why(
        _(
            "The generation you wanted to continue is not available: the service no longer keeps it, or it is not yours."
        ),
        _("Tap “✏️ Change” and choose another one, or make it anew first."),
    ),
    "provider_down": Why(
        _("The service that makes the result failed."),
        _("This rarely lasts long: try again in a few minutes, or choose another model."),
    ),
    "result_lost": Why(
        _("The model made the result, but the service lost the file before we could take it."),
        _("Repeat with one tap: everything you entered is kept."),
    ),
    "provider_credits": Why(
        _("Generations are paused: the service has run out of resources."),
        _("Please try again later."),
    ),
    "provider_cap": Why(
        _("Generations are paused: the service has reached its limit."),
        _("Please try again later."),
    ),
    "provider_key": Why(
        _("Generations are paused: the service does not accept our orders just now."),
        _("Please try again later."),
    ),
    "maintenance": Why(
        _("The service is under maintenance, longer than we could let you wait."),
        _("Please try again later: everything you entered is kept."),
    ),
    "model_off": Why(
        _("The service does not offer this model any more."),
        _("Please choose another one: there is sure to be one for the same job."),
    ),
    "protected": Why(
        _("The service recognised somebody's protected work in your recording and refuses it."),
        _("Tap “✏️ Change” and send a recording of your own."),
    ),
    "made_already": Why(
        _("This has been made for the same track before, and the service makes it only once."),
        _("Look into “📚 My generations”: it should be there."),
    ),
    "busy": Why(
        _("There are too many requests just now."),
        _("Try again in a minute."),
    ),
    "timeout": Why(
        _("The model did not finish in time."),
        _("Try once more; if it is too slow again, choose another model."),
    ),
    "lost": Why(
        _("The service gave us no clear answer at the very start, and it is unknown whether the model began."),
        _("Repeat with one tap: everything you entered is kept."),
    ),
    "dry_run": Why(
        _("Generations are switched off for now: the bot is being tested."),
        _("Please try again later."),
    ),
    "cancelled": Why(_("You cancelled this generation."), ""),
}
OURS = Why(
    _("Something broke on our side."),
    _("Try again; if it happens once more, write to support and send the code below."),
)
OF_SOURCE = {  # where one file or link is to blame: which question it answered, and what is expected there
    "file": Why(
        _("The file in “{}” could not be used: it is damaged, or of another format or size."),
        _("Tap “✏️ Change” and send another one. Expected: {}"),
    ),
    "dearer": Why(
        _("The file in “{}” is longer or larger than it was said to be when the price was made."),
        _("Tap “✏️ Change” and send it once more as a document: then we measure it ourselves, and the price is right."),
    ),
    "link": Why(
        _("The link in “{}” did not open, or there is no suitable file behind it."),
        _("Tap “✏️ Change” and send the file itself or a direct link to it. Expected: {}"),
    ),
    "link_away": Why(
        _("The site behind the link in “{}” does not answer just now."),
        _("Repeat in a few minutes, or tap “✏️ Change” and send the file itself."),
    ),
}
