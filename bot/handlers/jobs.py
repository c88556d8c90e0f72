"""Jobs after their start: their state, cancelling one that waits, ordering the same again."""

from collections.abc import Callable
from dataclasses import replace

from bot import standing
from bot.events import Tap
from bot.handlers import asking, flow, gate, offering, shop
from bot.handlers.gate import Whole
from bot.models import Dialog, DialogState
from bot.router import on
from bot.screen import Screen
from bot.screens import frame, result
from bot.wizard import offer
from bot.wizard.draft import Draft
from kie import jobs
from kie.catalogue import AIModel
from kie.job import Job, JobQuerySet


def accepted(job: Job) -> Screen:
    """The progress message of a job that was just confirmed: the outbox edits it from here on."""
    return replace(standing.progress(job), tracks=job.pk)


def state(job: Job) -> Screen:
    """How a job stands, for those who tap on: no second job, no error."""
    return replace(standing.progress(job), reason="DUPLICATE")


@on.tap("drop", Whole)
def drop(tap: Tap) -> Screen:
    """Cancel a job that KIE has not got yet; the money comes back with it."""
    job = _mine(tap).filter(pk=tap.arg).first()
    if job is None:
        return gate.outdated(tap)
    cancelled = jobs.cancel(job.pk)
    job = _mine(tap).get(pk=job.pk)
    if cancelled or job.state not in Job.OPEN:
        return standing.progress(job)
    return result.not_cancelled(job)


@on.tap("again", Whole)
def again(tap: Tap) -> Screen:
    """The same order once more, in a message of its own: its inputs, today's price."""
    return _ordered(tap, _mine(tap).filter(pk=tap.arg).first(), _as_it_was)


@on.tap("last")
def last(tap: Tap) -> Screen:
    """The same of the newest one, from the menu."""
    return _ordered(tap, _mine(tap).first(), _as_it_was)


def _mine(tap: Tap) -> JobQuerySet:
    return Job.objects.of(tap.customer)


def _as_it_was(dialog: Dialog, model: AIModel, draft: Draft, _job: Job) -> Screen:
    return offering.go_on(dialog, model, draft)


@on.tap("amend", Whole)
def amend(tap: Tap) -> Screen:
    """The order of a job that failed, to be changed: the answer to blame is asked at once, else there is a choice."""
    return _ordered(tap, _mine(tap).filter(pk=tap.arg).first(), _changed)


def _changed(dialog: Dialog, model: AIModel, draft: Draft, job: Job) -> Screen:
    if blamed := result.blamed(job):
        draft.answers.pop(blamed.name, None)
        return asking.ask(dialog, model, draft, blamed, returns="offer")
    screen = offering.go_on(dialog, model, draft)
    return offering.changes(dialog, model, draft) if dialog.state == DialogState.CONFIRM else screen


def _ordered(tap: Tap, job: Job | None, then: Callable[[Dialog, AIModel, Draft, Job], Screen]) -> Screen:
    """What `then` makes of the order behind a job of this person, in a message of its own."""
    if job is None:
        return gate.outdated(tap)
    model = shop.on_sale(job.model_id)
    if model is None:
        return replace(shop.gone(job.model_id), fresh=True)
    draft = Draft(model.pk, answers=offer.answers_of(model, job.input))
    left = flow.parting(tap)
    return replace(frame.noted(then(tap.dialog, model, draft, job), left), fresh=True)
