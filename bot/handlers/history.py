"""“My generations”."""

from bot.events import Event, Tap
from bot.handlers import flow, gate
from bot.handlers.gate import Whole
from bot.models import Delivery
from bot.router import on
from bot.screen import Screen
from bot.screens import frame, result, values
from bot.screens import history as screens
from bot.wizard import offer
from kie import own
from kie.models import Job, JobState


@on.command("history", read_only=True)
def history(event: Event) -> Screen:
    """The newest generations. An order that waits keeps its place."""
    return _page(event, 0)


@on.tap("history", Whole, read_only=True)
def page(tap: Tap) -> Screen:
    """A page of the list."""
    return _page(tap, tap.arg)


def _page(event: Event, number: int) -> Screen:
    mine = Job.objects.of(event.customer)
    part, shown, pages = frame.part(mine.count(), number)
    return screens.listing(list(mine[part]), page=shown, pages=pages, waiting=flow.waiting(event))


@on.tap("job", Whole, Whole, read_only=True)
def one(tap: Tap) -> Screen:
    """One generation with what was asked for; `page` is where the person came from."""
    pk, page = tap.args
    job = Job.objects.of(tap.customer).filter(pk=pk).first()
    if job is None:
        return gate.outdated(tap)
    asked_for = [
        (values.label(one.field), values.html(one.field, one.value))
        for one in offer.parameters(job.model, job.input)
        if values.given(one.value)
    ]
    return screens.one(job, asked_for, page=page, waiting=flow.waiting(tap))


@on.tap("media", Whole, read_only=True)
def media(tap: Tap) -> Screen:
    """The result once more, from the files that Telegram keeps; before they are there, from where the model put them."""
    job = Job.objects.of(tap.customer).filter(pk=tap.arg, state=JobState.SUCCEEDED).first()
    if job is None:
        return gate.outdated(tap)
    told = Delivery.objects.filter(dedup_key=f"job:{job.pk}:result").first()
    kept = [file for file in told.file_ids if file.get("file_id")] if told else []
    next_ones = own.follow_ups(job)
    return result.media_again(job, kept, next_ones) if kept else result.done(job, next_ones)
