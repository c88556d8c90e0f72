"""A person's own generations as answers: which will do, a page of them, and the answer that names one."""

from typing import Any

from bot.screen import Keys
from bot.screens import frame
from bot.screens import source as screens
from bot.screens.source import Choice
from kie import own
from kie.catalogue import AIModel
from kie.inputs import Field, Kind
from kie.job import Job
from payments.models import Customer

A_PAGE = 5  # generations; each may have several tracks


def keys(customer: Customer, model: AIModel, field: Field, *, revision: int, page: int) -> tuple[str | None, Keys]:
    """What a question for a generation offers, and a word where there is nothing to offer. Of other questions nothing."""
    if field.kind != Kind.SOURCE:
        return None, []
    mine = own.offered(customer, model, field)
    shown, page, pages = frame.part(mine.count(), page, A_PAGE)
    choices = [one for job in mine[shown] for one in choices_of(job, field)]
    if not choices:
        return screens.nothing(), screens.makers(list(AIModel.objects.on_sale().filter(key__in=field.of)))
    return None, screens.picker(choices, revision=revision, page=page, pages=pages)


def choices_of(job: Job, field: Field) -> list[Choice]:
    """What of a generation can be meant: itself, or each of its tracks."""
    return [Choice(job.pk, track, screens.called(job, track, file)) for track, file in own.tracks(job, field).items()]


def answer(job: Job, field: Field, track: int) -> dict[str, Any] | None:
    """The answer that names a generation; None where it has no such track."""
    file = own.tracks(job, field).get(track)
    if file is None:
        return None
    told = {"name": screens.called(job, track, file), "resolution": job.input.get("resolution")}
    parsed: dict[str, Any] = field.parse({"job": str(job.public_id), "track": track, **told})
    return parsed
