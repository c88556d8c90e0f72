"""Going on with one's own results: the choice in the wizard, and the keys under a result that begin with it."""

from dataclasses import replace

from bot.events import Tap
from bot.handlers import asking, flow, gate, generations, offering, shop, wizard
from bot.handlers.gate import Whole, step
from bot.router import on
from bot.screen import Screen
from bot.screens import catalogue, frame
from bot.screens import source as screens
from bot.wizard.draft import Draft
from kie import inputs, own
from kie.catalogue import AIModel
from kie.inputs import Field, Kind
from kie.job import Job


@step("source", Whole, Whole)
def source(tap: Tap, model: AIModel, draft: Draft, job_pk: int, track: int) -> Screen:
    """One of the generations that a question offers."""
    field = asking.asked(draft.fields(model), draft)
    job = own.offered(tap.customer, model, field).filter(pk=job_pk).first()
    answer = generations.answer(job, field, track) if job and field.kind == Kind.SOURCE else None
    if job is None or answer is None:
        return gate.outdated(tap)
    made = own.made_already(model, field, job, track)
    return frame.noted(wizard.taken(tap, model, draft, field, answer), screens.have_it(made) if made else None)


@on.tap("follow_ups", Whole)
def follow_ups(tap: Tap) -> Screen:
    """All that can be done with a result."""
    job = Job.objects.of(tap.customer).filter(pk=tap.arg).first()
    return gate.outdated(tap) if job is None else screens.all_follow_ups(job, own.follow_ups(job))


@on.tap("follow", Whole, Whole)
def follow(tap: Tap) -> Screen:
    """Go on with a result: asked which track where it has several."""
    return _follow(tap, *tap.args, track=None)


@on.tap("track", Whole, Whole, Whole)
def track(tap: Tap) -> Screen:
    """The track to go on with."""
    model, job, number = tap.args
    return _follow(tap, model, job, track=number)


@on.tap("follow_anew", Whole, Whole, Whole)
def follow_anew(tap: Tap) -> Screen:
    """Order once more what one has."""
    model, job, number = tap.args
    return _follow(tap, model, job, track=number, anew=True)


def _follow(tap: Tap, model_pk: int, job_pk: int, *, track: int | None, anew: bool = False) -> Screen:
    """The order of the next generation, its source filled in, in a message of its own: the result above stays."""
    job = Job.objects.of(tap.customer).filter(pk=job_pk).first()
    model = shop.on_sale(model_pk)
    if job is None:
        return gate.outdated(tap)
    if model is None:
        return replace(catalogue.gone(), fresh=True)
    field = _asks_for(model, job)
    if field is None:
        return gate.outdated(tap)
    if not own.usable(tap.customer, field.of).filter(pk=job.pk).exists():
        return screens.too_old()
    if not own.goes_on(model, job):
        return screens.large_enough(model, job)
    choices = generations.choices_of(job, field)
    if track is None and len(choices) > 1:
        return screens.which(model, choices)
    chosen = choices[0].track if track is None and choices else track or 0
    if not anew and (made := own.made_already(model, field, job, chosen)):
        return screens.made_already(model, made, job, chosen)
    return _begun(tap, model, job, field, chosen)


def _asks_for(model: AIModel, job: Job) -> Field | None:
    return next((field for field in inputs.fields(model) if job.model.key in field.of), None)


def _begun(tap: Tap, model: AIModel, job: Job, field: Field, track: int) -> Screen:
    answer = generations.answer(job, field, track)
    if answer is None:
        return gate.outdated(tap)
    left = flow.parting(tap)
    screen = offering.go_on(tap.dialog, model, Draft(model.pk, answers={field.name: answer}))
    return replace(frame.noted(screen, left), fresh=True)
