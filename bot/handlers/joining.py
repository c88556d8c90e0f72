"""A text that goes on in the next message: the parts are one answer, priced and limited as a whole."""

from django.utils.translation import gettext as _

from bot.events import Message
from bot.handlers import asking, offering
from bot.models import DialogState
from bot.screen import Screen
from bot.screens import frame, refusals
from bot.screens.words import number
from bot.wizard import parts
from bot.wizard.draft import Draft
from kie.catalogue import AIModel
from kie.inputs import BadInput, Field, Kind

TEXTS = (Kind.TEXT, Kind.LONG_TEXT, Kind.LINES)


def remember(draft: Draft, field: Field, message: Message) -> None:
    """Keep in the draft what the next message may go on with, whether or not this one is accepted."""
    draft.part = parts.first(field.name, message) if field.kind in TEXTS else None


def joined(message: Message, model: AIModel, draft: Draft) -> Screen | None:
    """The screen after an answer and the message that goes on with it, as one. None: the message stands by itself.

    A whole that does not fit is no answer, and neither is its first part: the question is asked again.
    """
    part = draft.part
    field = next((one for one in draft.fields(model) if part and one.name == part.field), None)
    if part is None or field is None or not part.goes_on(message):
        return None
    whole = part.with_next(message)
    draft.part = whole if parts.is_broken(message) else None
    try:
        draft.answer(field.name, field.parse(whole.text))
    except BadInput as bad:
        return _asked_again(message, model, draft, field, bad)
    return frame.noted(_went_on(message, model, draft, field), _told(len(whole.text)))


def _went_on(message: Message, model: AIModel, draft: Draft, field: Field) -> Screen:
    """The dialog stays at the question after the text, if it is there already; else it goes there."""
    dialog = message.dialog
    if dialog.state == DialogState.CONFIRM or draft.asking == field.name:
        return offering.go_on(dialog, model, draft)
    asking.keep(dialog, draft)
    return asking.question(dialog, model, draft)


def _asked_again(message: Message, model: AIModel, draft: Draft, field: Field, bad: BadInput) -> Screen:
    dialog = message.dialog
    draft.forget(field.name)
    if draft.asking == field.name:
        asking.keep(dialog, draft)
        screen = asking.question(dialog, model, draft)
    else:
        returns = "offer" if dialog.state == DialogState.CONFIRM else draft.returns
        screen = asking.ask(dialog, model, draft, field, returns=returns)
    together = _("The parts of your text were taken together.")
    return frame.noted(screen, f"{together} {refusals.refusal(bad, field)}", "INVALID_INPUT")


def _told(length: int) -> str:
    return _("The parts of your long text are joined into one. Its length now, in characters: {}.").format(
        number(length)
    )
