"""The wizard: answers come in, the next question or the confirmation goes out."""

from typing import Any

from django.utils.translation import gettext as _

from bot.events import Message, Tap
from bot.handlers import asking, catalogue, flow, gate, joining, offering, shop
from bot.handlers.gate import Whole, step
from bot.models import DialogState
from bot.router import on
from bot.screen import Screen
from bot.screens import confirm, frame, refusals
from bot.screens.question import options
from bot.wizard import reading
from bot.wizard.draft import Draft
from kie.catalogue import AIModel
from kie.inputs import BadInput, Field

ORDER = (DialogState.WIZARD, DialogState.CONFIRM)


@on.tap("start", Whole)
def start(tap: Tap) -> Screen:
    """Begin with a model: its first question, or, if it asks nothing, the confirmation."""
    model = shop.on_sale(tap.arg)
    if model is None:
        flow.leave(tap)
        return shop.gone(tap.arg)
    left = flow.parting(tap)
    return frame.noted(offering.go_on(tap.dialog, model, Draft(model.pk)), left)


def answered(message: Message) -> Screen:
    """A message while a question is open. One that does not fit is told what was expected, and the question stays."""
    return gate.with_model(message, _answered)


def _answered(message: Message, model: AIModel, draft: Draft) -> Screen:
    if whole := joining.joined(message, model, draft):
        return whole
    field = asking.asked(draft.fields(model), draft)
    joining.remember(draft, field, message)
    try:
        value = reading.answer(field, message, draft.answers.get(field.name))
    except BadInput as bad:
        asking.keep(message.dialog, draft)
        return refused(message, model, draft, bad, field)
    return taken(message, model, draft, field, value)


def refused(event: Message | Tap, model: AIModel, draft: Draft, bad: BadInput, field: Field) -> Screen:
    """The question again, under what was wrong."""
    return frame.noted(asking.question(event.dialog, model, draft), refusals.refusal(bad, field), "INVALID_INPUT")


@step("pick", Whole)
def pick(tap: Tap, model: AIModel, draft: Draft, index: int) -> Screen:
    """One of the choices."""
    field = asking.asked(draft.fields(model), draft)
    offered = options(field)
    if index >= len(offered):
        return gate.outdated(tap)
    try:
        value = reading.added(field, offered[index], draft.answers.get(field.name))
    except BadInput as bad:
        return refused(tap, model, draft, bad, field)
    return taken(tap, model, draft, field, value)


def taken(event: Message | Tap, model: AIModel, draft: Draft, field: Field, value: Any) -> Screen:
    """Keep an answer: go on, or, where several may come, wait for more."""
    draft.answer(field.name, value)
    if not field.asked and value == field.default:
        draft.forget(field.name)
    if value == [] or not reading.full(field, value):
        asking.keep(event.dialog, draft)
        return asking.question(event.dialog, model, draft)
    return _next(event, model, draft)


def _next(event: Message | Tap, model: AIModel, draft: Draft) -> Screen:
    """After an answer: on to the next question or the confirmation; after a setting, back to the settings."""
    returns = draft.returns
    screen = offering.go_on(event.dialog, model, draft)
    if returns == "settings" and event.dialog.state == DialogState.CONFIRM:
        return confirm.settings(offering.order(event.dialog, model, draft))
    return screen


@step("done")
def done(tap: Tap, model: AIModel, draft: Draft) -> Screen:
    """No more files or choices."""
    field = asking.asked(draft.fields(model), draft)
    value = draft.answers.get(field.name)
    if not reading.enough(field, value):
        return refused(tap, model, draft, BadInput("too_few", least=field.min_items), field)
    return _next(tap, model, draft)


@step("clear")
def clear(tap: Tap, model: AIModel, draft: Draft) -> Screen:
    """Begin the list of files or choices anew."""
    draft.forget(draft.asking)
    asking.keep(tap.dialog, draft)
    return asking.question(tap.dialog, model, draft)


@step("skip")
def skip(tap: Tap, model: AIModel, draft: Draft) -> Screen:
    """A setting goes back to its default; of several questions of which one is needed, this one is passed over."""
    draft.forget(draft.asking, skip=asking.asked(draft.fields(model), draft).either)
    return _next(tap, model, draft)


@step("choices", Whole)
def choices(tap: Tap, model: AIModel, draft: Draft, page: int) -> Screen:
    """Another page of a long list of choices."""
    draft.page = page
    asking.keep(tap.dialog, draft)
    return asking.question(tap.dialog, model, draft)


@step("prev", states=ORDER)
def prev(tap: Tap, model: AIModel, draft: Draft) -> Screen:
    """One step back: the last answer is removed and asked for again; from a change back to where it was begun; from the
    first question to the model's card."""
    if draft.returns:
        return _next(tap, model, draft)
    last = draft.last_answered(draft.fields(model))
    draft.forget(draft.asking)
    if last is None:
        return catalogue.show(tap, model.pk)
    draft.forget(last.name)
    return asking.ask(tap.dialog, model, draft, last)


@step("cancel", states=ORDER)
def cancel(tap: Tap, model: AIModel, draft: Draft) -> Screen:
    """Drop the order."""
    return frame.noted(flow.main_menu(tap), _("The order is cancelled. Nothing was charged."))
