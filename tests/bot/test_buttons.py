"""Every button on every screen, in both languages: it has a handler, fits 64 bytes, and leads to a screen with a way back.

A person presses everything there is, screen after screen; `Person` checks each screen that comes.
"""

from collections.abc import Callable

import pytest

from bot.router import on
from kie.models import AIModel
from tests.bot import places
from tests.bot.person import Person

pytestmark = pytest.mark.django_db
ONCE = {
    "run",
    "gift",
    "last",
    "keep",
    "unkeep",
    "unkeepedall",
}  # pressed by the roots alone: afterwards they are not there
LONG_LISTS = {"choices", "follow_ups"}  # of lists of models that are not ordered here: see test_screens, test_going_on
HAD = {"follow_anew"}  # of a version that one has: see test_going_on
# whose buttons differ in the list they belong to: test_shelves looks at all of them
LISTS = {"card", "ideas", "format"}
FORMER = {"model", "examples"}  # on keys of an older release


def shape(data: str) -> str:
    """Buttons that differ in a row or a revision alone are one: `model:12:0` and `model:13:0`; a shelf has its name."""
    action, *args = data.split(":")
    if action in LISTS:
        args = ["#", *(kind for kind in args[1:2] if not kind.isdigit())]
    return ":".join([action, *("#" if arg.isdigit() else arg for arg in args)])


def crawl(one: Person, root: Callable[[], object], path: list[str], pressed: set[str]) -> None:
    """Press every button that was not pressed yet on the screen at the end of `path` from `root`, and go on from where it leads."""
    for wanted in [shape(data) for data in places.buttons(at(one, root, path))]:
        if wanted not in pressed and wanted.split(":")[0] not in ONCE:
            pressed.add(wanted)
            crawl(one, root, [*path, wanted], pressed)


def at(one: Person, root: Callable[[], object], path: list[str]) -> Person:
    root()
    for step in path:
        one.press(next(data for data in places.buttons(one) if shape(data) == step))
        assert one.screen.reason != "EXPIRED_BUTTON", path
    return one


@pytest.mark.long
@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_button_leads_to_a_screen(person, page, language):
    one, poor, pressed = person("500.00", language=language), person(language=language), set()
    for root in places.menus(one) + places.orders(one):
        crawl(one, root, [], pressed)
    for root in places.without_money(poor):
        crawl(poor, root, [], pressed)
    for root in [*places.money(one), lambda: places.told_of_a_hold(one, language), lambda: one.press("gift")]:
        crawl(one, root, [], pressed)
    crawl(poor, lambda: places.given_rubles(poor), [], pressed)
    assert set(on.taps) - {one.split(":")[0] for one in pressed} - ONCE - LONG_LISTS - HAD - FORMER == set()


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_model_can_be_ordered_to_its_confirmation_and_all_its_settings_opened(person, language):
    one = person("500.00", language=language)
    answers = {
        "text": lambda: one.say("Hello, this is a test"),
        "long_text": lambda: one.say("A lighthouse in a storm, waves"),
        "image": lambda: one.photo(width=1200, height=900),
        "images": lambda: (one.photo(), one.press(f"done:{one.dialog.revision}"))[1],
        "audio": lambda: one.send(kind="voice", mime="audio/ogg", duration=12, size=9000),
        "video": lambda: one.send(kind="video", mime="video/mp4", duration=12, size=9000),
        "choice": lambda: one.press(f"pick:{one.dialog.revision}:0"),
        "boolean": lambda: one.press(f"pick:{one.dialog.revision}:0"),
        "integer": lambda: one.say("1"),
        "number": lambda: one.say("1"),
    }
    from kie import inputs

    for model in AIModel.objects.on_sale().filter(key__in=places.ORDERED):
        one.press(f"start:{model.pk}")
        fields = inputs.fields(model)
        for field in fields:
            if field.required:
                answers[field.kind]()
        assert one.dialog.state == "confirm", (model.key, one.screen.text)
        for index, field in enumerate(fields):
            if not field.required:
                one.press(f"settings:{one.dialog.revision}")
                one.press(f"set:{one.dialog.revision}:{index}")
                answers[field.kind]()
                assert one.dialog.state == "confirm", (model.key, field.name, one.screen.text)
        one.press(f"offer:{one.dialog.revision}")
        one.press(f"cancel:{one.dialog.revision}")


def test_every_command_of_the_menu_has_a_handler_and_fits_telegram():
    from bot.handlers.commands import MENU

    assert {name for name, _, _ in MENU} == set(on.commands)
    for name, russian, english in MENU:
        assert 1 <= len(name) <= 32
        assert 1 <= len(russian) <= 256
        assert 1 <= len(english) <= 256
