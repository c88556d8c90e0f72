"""Every model that is sold, walked in the chat from its card to the confirmation, by what its questions offer alone."""

import pytest

from bot.models import DialogState
from bot.screens import ask, bounds, values
from bot.wizard.draft import Draft
from kie.catalogue import AIModel
from kie.inputs import Field, Kind
from tests.bot.person import Person
from tests.kie.every import MODELS, sent, some_first

pytestmark = [pytest.mark.django_db, pytest.mark.long]
OF_FILES_AND_WORDS = [key for key, model in MODELS.items() if "x-source" not in str(model.input)]
MOST_ANSWERS = 30


def question(who: Person, model: AIModel) -> Field | None:
    """What the dialog asks; None on the confirmation."""
    if who.dialog.state != DialogState.WIZARD:
        return None
    draft = Draft.of(who.dialog.data)
    return next(one for one in draft.fields(model) if one.name == draft.asking)


def answers(who: Person, field: Field) -> None:
    """As a person would: a button where there are some, else a file or words; and «Готово» where that is enough."""
    if field.kind in (Kind.CHOICE, Kind.MANY, Kind.BOOLEAN):
        who.press(next(one.data for row in who.screen.keys for one in row if one.data.startswith("pick:")))
    elif field.media:
        who.send(**sent(field))
    else:
        who.say(sent(field))
    done = next((one.data for row in who.screen.keys for one in row if one.data.startswith("done:")), None)
    if done:
        who.press(done)


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("key", some_first(OF_FILES_AND_WORDS))
def test_its_questions_lead_to_the_confirmation(person, key, language):
    who = person("0", language=language)
    model = AIModel.objects.get(key=key)
    who.press(f"model:{model.pk}:0")
    who.press(f"start:{model.pk}")
    for _ in range(MOST_ANSWERS):
        field = question(who, model)
        if field is None:
            break
        answers(who, field)
        assert who.screen.reason == "OK", who.screen.text
    assert who.dialog.state == DialogState.CONFIRM, who.screen.text
    assert who.dialog.quote["price"]


@pytest.mark.parametrize("kind", Kind)
def test_there_are_words_for_every_kind_of_question(kind):
    field = Field(name="x", kind=kind, required=True, label_ru="x", label_en="x", max_items=3)
    assert ask.request(field)
    assert values.plain(field, None) == "—"
    bounds.limits(field)
