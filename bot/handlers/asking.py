"""The wizard's questions: the dialog moves to one, and a screen shows it."""

from datetime import timedelta

from bot.handlers import generations
from bot.models import Dialog, DialogState
from bot.screen import Screen
from bot.screens import card, values
from bot.screens import question as screens
from bot.screens.catalogue import title
from bot.wizard import offer
from bot.wizard.draft import Draft
from kie import tariff
from kie.catalogue import AIModel
from kie.inputs import Field
from reliability import clock

SILENCE = timedelta(days=1)  # after which an unfinished order is put away


def ask(dialog: Dialog, model: AIModel, draft: Draft, field: Field, *, returns: str = "") -> Screen:
    """Ask `field`, under a new revision; `returns` where a single answer is changed."""
    draft.asking, draft.returns, draft.page = field.name, returns, 0
    dialog.move(DialogState.WIZARD, data=draft.as_data(), until=clock.now() + SILENCE)
    return question(dialog, model, draft)


def question(dialog: Dialog, model: AIModel, draft: Draft) -> Screen:
    """The question that the dialog stands on, as it is."""
    fields, by = draft.fields(model), tariff.now()
    field = asked(fields, draft)
    word, own = generations.keys(dialog.customer, model, field, revision=dialog.revision, page=draft.page)
    return screens.question(
        screens.Asked(
            field=field,
            title=title(model),
            revision=dialog.revision,
            step=draft.step(fields),
            answer=draft.answers.get(field.name),
            price=offer.price_shown(model, draft.answers, by),
            prices=offer.prices_of_choices(model, draft.answers, field, by),
            examples=card.prompts(model),
            page=draft.page,
            instead=[values.label(one) for one in fields if one.either and field.either and one.name != field.name],
            note=word,
            own=own,
        )
    )


def keep(dialog: Dialog, draft: Draft) -> None:
    """Keep an answer that is not complete yet (a picture of several): buttons under earlier messages stay good."""
    dialog.data = draft.as_data()
    dialog.expires_at = clock.now() + SILENCE
    dialog.save(update_fields=["data", "expires_at"])


def asked(fields: list[Field], draft: Draft) -> Field:
    """The field that is asked; if the model does not have it any more, the first open one."""
    return next((one for one in fields if one.name == draft.asking), None) or draft.open_question(fields) or fields[0]
