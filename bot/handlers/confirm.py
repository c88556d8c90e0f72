"""The confirmation: start, settings, changes. The start is the one tap that spends money."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot.events import Tap
from bot.handlers import asking, flow, gate, jobs, offering, topup
from bot.handlers.gate import Whole, step
from bot.models import DialogState
from bot.router import on
from bot.screen import Screen
from bot.screens import confirm, frame, states
from bot.screens.words import lasting
from bot.wizard import offer
from bot.wizard.draft import Draft
from kie import inputs
from kie import jobs as kie_jobs
from kie.catalogue import AIModel
from kie.limits import TooMany
from kie.models import Job
from kie.quotes import NotOurs
from payments.ledger import NotEnoughMoney
from reliability import clock

CONFIRM = (DialogState.CONFIRM,)


@on.tap("run", Whole, Whole)
def run(tap: Tap) -> Screen:
    """Start what the button names, once: however often it is tapped, there is one job, and its state is the answer."""
    pk, revision = tap.args
    key = f"{pk}:{revision}"
    if known := Job.objects.of(tap.customer).filter(idempotency_key=key).first():
        return jobs.state(known)
    if late := flow.lapse(tap):
        return late
    flow.back_to_order(tap.dialog)
    dialog = tap.dialog
    if (pk, revision, dialog.state) != (dialog.pk, dialog.revision, DialogState.CONFIRM):
        return gate.outdated(tap)
    return gate.with_model(tap, _run, key)


def _run(tap: Tap, model: AIModel, draft: Draft, key: str) -> Screen:
    dialog = tap.dialog
    assert dialog.quote is not None
    if offer.lapsed(dialog.quote, clock.now()):
        return offering.renewed(dialog, model, draft)
    input = inputs.complete(model, draft.answers)
    try:
        with transaction.atomic():
            job = kie_jobs.confirm(tap.customer, model, input, chat=tap.chat, quote=dialog.quote, idempotency_key=key)
    except NotOurs:
        return offering.refused(dialog, model, draft)
    except NotEnoughMoney as gap:
        return topup.not_enough(dialog, model, gap)
    except TooMany as limit:
        return frame.noted(offering.confirmation(dialog, model, draft), _patience(limit), "RATE_LIMIT")
    except kie_jobs.Paused as pause:
        note = states.not_started(pause.reason)
        return frame.noted(offering.confirmation(dialog, model, draft), note, "PROVIDER_ERROR")
    except kie_jobs.Closed:
        note = _("Generations are switched off for now: the bot is being tested. Your order is kept.")
        return frame.noted(offering.confirmation(dialog, model, draft), note, "PERMISSION_DENIED")
    dialog.move(DialogState.IDLE, data={})
    return jobs.accepted(job)


def _patience(limit: TooMany) -> str:
    if limit.wait_s:
        return _("Too many starts in a row. The next one is possible in {}; your order is kept.").format(
            lasting(limit.wait_s)
        )
    return ngettext(
        "{} generation is under way already, more at once is not possible. Your order is kept: start it when that one ends.",
        "{} generations are under way already, more at once is not possible. Your order is kept: start it when one of them ends.",
        limit.most,
    ).format(limit.most)


@step("offer", states=CONFIRM)
def show(tap: Tap, model: AIModel, draft: Draft) -> Screen:
    """Back to the confirmation, as it stands."""
    return offering.confirmation(tap.dialog, model, draft)


@step("settings", states=CONFIRM)
def settings(tap: Tap, model: AIModel, draft: Draft) -> Screen:
    """The optional parameters."""
    return confirm.settings(offering.order(tap.dialog, model, draft))


@step("edit", states=CONFIRM)
def edit(tap: Tap, model: AIModel, draft: Draft) -> Screen:
    """Pick an answer to change; where there is one, it is asked at once."""
    return offering.changes(tap.dialog, model, draft)


@step("set", Whole, states=CONFIRM)
def set_one(tap: Tap, model: AIModel, draft: Draft, index: int) -> Screen:
    """Ask one of the settings, then come back to them."""
    return _ask(tap, model, draft, index, "settings")


@step("change", Whole, states=CONFIRM)
def change(tap: Tap, model: AIModel, draft: Draft, index: int) -> Screen:
    """Ask one of the answers anew, then come back to the confirmation."""
    return _ask(tap, model, draft, index, "offer")


def _ask(tap: Tap, model: AIModel, draft: Draft, index: int, returns: str) -> Screen:
    fields = draft.fields(model)
    if index >= len(fields):
        return gate.outdated(tap)
    return asking.ask(tap.dialog, model, draft, fields[index], returns=returns)
