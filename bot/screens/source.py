"""Going on with what one has made: keys under a result, the choice of a track, and of a generation as an answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from bot.screen import Button, Keys, Screen, bold, lines
from bot.screens import frame
from bot.screens.catalogue import short_title, title
from bot.screens.words import BUTTON, cut, day, safe
from kie.catalogue import AIModel
from kie.job import Job

SHOWN = 4  # keys under a result; more of them are a list of their own
MAKERS = 4  # models offered to somebody who has nothing to go on with
MARKS = {"upscale": "🎞", "audio-to-audio": "🎚", "audio-to-music": "➕", "video-to-video": "➕", "speech-to-text": "📝"}
MARKS_OF_OUTPUT = {"image": "🖼", "video": "🎬", "audio": "🎵", "text": "📝"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One generation that will do, or one of its tracks: the person's own words for it."""

    job: int  # Job.pk
    track: int
    name: str


def called(job: Job, track: int, file: dict[str, str]) -> str:
    """What people read of a generation: day, model, and which track it is or what was asked for."""
    prompt = next((job.input[name] for name in ("prompt", "text") if isinstance(job.input.get(name), str)), "")
    told = f"{track + 1}. {file['title']}" if file.get("title") else prompt
    return cut(" • ".join(filter(None, [f"{day(job.created_at)} {short_title(job.model)}", told])), BUTTON)


def picker(choices: Sequence[Choice], *, revision: int, page: int, pages: int) -> Keys:
    """The generations that answer a question, newest first, a page of them."""
    rows = [[Button(one.name, "source", revision, one.job, one.track)] for one in choices]
    return [*rows, *frame.turning("choices", revision, page=page, pages=pages)]


def makers(models: Sequence[AIModel]) -> Keys:
    """Where to make what one could go on with."""
    return [[Button(short_title(model), "model", model.pk, 0)] for model in models[:MAKERS]]


def nothing() -> str:
    """That there is nothing to choose from."""
    return _("You have nothing yet that this can go on with. Make it first, for example here:")


def follow_ups(job: Job, models: Sequence[AIModel]) -> Keys:
    """Keys under a result: what can be done with it next."""
    if len(models) <= SHOWN:
        return [[_follow(job, model)] for model in models]
    more = Button(_("✨ More with this result"), "follow_ups", job.pk)
    return [*[[_follow(job, model)] for model in models[: SHOWN - 1]], [more]]


def all_follow_ups(job: Job, models: Sequence[AIModel]) -> Screen:
    """All that can be done with a result."""
    text = lines(bold(_("What next with this result?")), safe(called(job, 0, {})))
    return Screen(text, [*[[_follow(job, model)] for model in models], [frame.home()]], fresh=True)


def _follow(job: Job, model: AIModel) -> Button:
    mark = MARKS.get(model.format) or MARKS_OF_OUTPUT[model.output]
    named = title(model).rpartition(": ")[2]  # without the maker's name: it stands above
    return Button(cut(f"{mark} {named[:1].upper()}{named[1:]}", BUTTON), "follow", model.pk, job.pk)


def which(model: AIModel, choices: Sequence[Choice]) -> Screen:
    """Which track is meant: asked where a generation has several."""
    keys = [[Button(one.name, "track", model.pk, one.job, one.track)] for one in choices]
    return Screen(lines(bold(title(model)), _("Which track?")), [*keys, [frame.home()]], fresh=True)


def have_it(made: Job) -> str:
    """That this very thing was made before."""
    return _("You have it already, made on {}: it is in “My generations”.").format(day(made.created_at))


def made_already(model: AIModel, made: Job, job: Job, track: int) -> Screen:
    """What `model` has made of this generation before: to be seen again, or paid for again."""
    text = lines(
        bold(title(model)),
        _("You have it already, made on {}. To see it again costs nothing.").format(day(made.created_at)),
    )
    keys = [
        [Button(_("👀 Show it"), "media", made.pk)],
        [Button(_("🔁 Order once more"), "follow_anew", model.pk, job.pk, track)],
        [frame.home()],
    ]
    return Screen(text, keys, fresh=True)


def large_enough(model: AIModel, job: Job) -> Screen:
    """A version that would be no larger than the film, or a way on that is not sold for films of its size."""
    said = (
        _("This video was made in {} already: a version of it would add nothing.")
        if model.format == "upscale"
        else _("The service does not go on with videos in {}.")
    )
    text = lines(bold(title(model)), said.format(safe(str(job.input["resolution"]))))
    return Screen(text, [[frame.home()]], fresh=True)


def too_old() -> Screen:
    """A result that the service does not go on with any more."""
    text = lines(
        bold(_("This result is too old for that")),
        _(
            "The service goes on only with what it still keeps: videos for 14 days, everything else for two months. Make it anew, and go on right after it."
        ),
    )
    return Screen(text, [[frame.home()]], fresh=True, reason="EXPIRED_BUTTON")
