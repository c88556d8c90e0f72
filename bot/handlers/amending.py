"""What is sent while the confirmation stands: a corrected description, another file. Nothing is charged by it."""

from django.utils.translation import gettext as _

from bot.events import Message
from bot.handlers import asking, gate, joining, offering
from bot.models import DialogState
from bot.screen import Screen
from bot.screens import frame, refusals
from bot.wizard import reading
from bot.wizard.draft import Draft
from kie import inputs
from kie.catalogue import AIModel
from kie.inputs import BadInput, Field


def amended(message: Message) -> Screen:
    """The order with its description or its one file replaced, priced anew under a new revision; else what to do."""
    return gate.with_model(message, _amended)


def _amended(message: Message, model: AIModel, draft: Draft) -> Screen:
    if whole := joining.joined(message, model, draft):
        return whole
    field = _meant(draft.fields(model), message)
    if field is None:
        return frame.noted(
            offering.confirmation(message.dialog, model, draft), _what_to_do(model, message), "STATE_MISMATCH"
        )
    joining.remember(draft, field, message)
    of_one_album = bool(message.media_group_id) and message.media_group_id == draft.group
    try:
        value = reading.answer(field, message, draft.answers.get(field.name) if of_one_album else None)
    except BadInput as bad:
        asking.keep(message.dialog, draft)
        return frame.noted(
            offering.confirmation(message.dialog, model, draft), refusals.refusal(bad, field), "INVALID_INPUT"
        )
    draft.answer(field.name, value)
    draft.group = message.media_group_id
    screen = offering.make(message.dialog, model, draft)
    if message.dialog.state != DialogState.CONFIRM:
        return screen  # it does not go with the other answers: that is said and asked
    return frame.noted(screen, _replaced(field))


def _meant(fields: list[Field], message: Message) -> Field | None:
    """The question that a message answers: a text the main one; a file the only one that takes such a file."""
    if message.file is None:
        return next((one for one in fields if one.main), None) if message.text.strip() else None
    media = [one for one in fields if one.media]
    takers = [one for one in media if _takes(one, message)]
    if len(takers) == 1:
        return takers[0]
    return media[0] if len(media) == 1 else None  # it does not fit there: the refusal says what would


def _takes(field: Field, message: Message) -> bool:
    try:
        reading.answer(field, message)
    except BadInput:
        return False
    return True


def _replaced(field: Field) -> str:
    if field.media:
        return _("The file is replaced. Check the order; “✏️ Change” leads to the other answers.")
    return _("The description is replaced. Check the order; “✏️ Change” leads to the other answers.")


def _what_to_do(model: AIModel, message: Message) -> str:
    if message.file is None:
        if not message.text.strip():
            return _("The order is ready. Tap “✅ Start”, or “✏️ Change” to change an answer.")
        return _("This order has no description to replace. Tap “✏️ Change” and choose the answer to change.")
    if any(one.media for one in inputs.fields(model)):
        return _("It is not clear which file this one should replace. Tap “✏️ Change” and choose the answer to change.")
    return _("This order takes no files. Tap “✅ Start”, or “✏️ Change” to change an answer.")
