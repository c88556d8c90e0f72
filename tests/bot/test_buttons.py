"""Every button on every screen, in both languages: it has a handler, fits 64 bytes, and leads to a screen with a way back.

A person presses everything there is, screen after screen; `Person` checks each screen that comes.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.models import Delivery
from bot.passive_copy import DEFAULTS, PassiveCopy
from bot.router import on
from bot.screens import hold
from kie.models import AIModel, Job
from payments import topups
from payments.models import Terms, TopUp
from payments.providers import Invoice
from reliability import cid, clock
from tests.bot.finished import TRACKS, made
from tests.bot.person import Person, check_button
from tests.kie.own_models import put_on_sale

pytestmark = pytest.mark.django_db
SPENDS = {"run", "gift"}  # pressed by the roots alone: they can be pressed once
LONG_LISTS = {"choices", "follow_ups"}  # of lists of models that are not ordered here: see test_screens, test_going_on
LISTS = {
    "card",
    "ideas",
    "format",
}  # whose buttons differ in the list they belong to: test_shelves looks at all of them
FORMER = {"model", "examples"}  # on keys of an older release
ORDERED = (  # a model of each kind of question; test_every_wizard walks through all of them
    "z-image",
    "ideogram/v3-text-to-image",
    "google/nano-banana-edit",
    "kling/v2-5-turbo-image-to-video-pro",
    "hailuo/2-3-image-to-video-standard",
    "kling/ai-avatar-standard",
    "elevenlabs/text-to-speech-turbo-2-5",
    "recraft/remove-background",
)


def shape(data: str) -> str:
    """Buttons that differ in a row or a revision alone are one: `model:12:0` and `model:13:0`; a shelf has its name."""
    action, *args = data.split(":")
    if action in LISTS:
        args = ["#", *(kind for kind in args[1:2] if not kind.isdigit())]
    return ":".join([action, *("#" if arg.isdigit() else arg for arg in args)])


def crawl(one: Person, root: Callable[[], object], path: list[str], pressed: set[str]) -> None:
    """Press every button that was not pressed yet on the screen at the end of `path` from `root`, and go on from where it leads."""
    for wanted in [shape(data) for data in buttons(at(one, root, path))]:
        if wanted not in pressed and wanted.split(":")[0] not in SPENDS:
            pressed.add(wanted)
            crawl(one, root, [*path, wanted], pressed)


def at(one: Person, root: Callable[[], object], path: list[str]) -> Person:
    root()
    for step in path:
        one.press(next(data for data in buttons(one) if shape(data) == step))
        assert one.screen.reason != "EXPIRED_BUTTON", path
    return one


def buttons(one: Person) -> list[str]:
    return [button.data for row in one.screen.keys for button in row if button.data]


def billed(who: Person) -> None:
    """At a bill on a page, as the worker has had it made."""
    who.press("by:yookassa:100")
    topup = TopUp.objects.order_by("pk").last()
    topups.billed(topup.pk, Invoice(f"inv-{topup.pk}", "https://pay.example/1"))
    who.press(f"paid:{topup.pk}")


def data(one: Person, action: str) -> str:
    return next(data for data in buttons(one) if data.startswith(f"{action}:"))


def transferring(one: Person) -> None:
    """A request by bank transfer, as it stands."""
    one.press(f"receipt:{topups.start(one.customer, Decimal('500.00'), provider='manual', cid=cid.new()).pk}")


def with_a_song(one: Person) -> None:
    """At a result that one can go on with."""
    if not AIModel.objects.filter(key="own/music").exists():
        put_on_sale()
        made(one, "own/music", TRACKS)
    one.press(f"media:{Job.objects.get(model__key='own/music').pk}")


def choosing_a_song(one: Person) -> None:
    """At the question which of one's generations to go on with."""
    with_a_song(one)
    one.press(f"start:{AIModel.objects.get(key='own/stems').pk}")


@pytest.mark.long
@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_button_leads_to_a_screen(person, page, language):
    one, poor, pressed = person("500.00", language=language), person(language=language), set()

    def asked(who: Person, key: str) -> None:
        who.press(f"start:{AIModel.objects.get(key=key).pk}")

    def confirmed(who: Person = one, key: str = "kling/v2-5-turbo-text-to-video-pro") -> None:
        asked(who, key)
        who.say("A lighthouse in a storm")

    def run(who: Person = one) -> None:
        ended(who, state="failed", error_code="moderation")
        confirmed(who)
        who.press(f"run:{who.dialog.pk}:{who.dialog.revision}")

    def ended(who: Person, **how: object) -> None:
        Job.objects.filter(customer=who.customer).update(created_at="2020-01-01T00:00Z", ended_at=clock.now(), **how)

    def opened(**how: object) -> None:
        run()
        ended(one, **how)
        one.press(f"job:{Job.objects.of(one.customer).first().pk}:0")

    def with_a_text_set() -> None:
        confirmed()
        one.press(f"set:{one.dialog.revision}:3")
        one.say("blur")
        one.press(f"set:{one.dialog.revision}:3")

    def with_pictures() -> None:
        asked(one, "google/nano-banana-edit")
        one.photo()

    def told_of_a_hold() -> None:
        now = clock.now()
        words = PassiveCopy(locale=language, **DEFAULTS[language])
        one.screen = hold.notice(words, 1, now + timedelta(minutes=5), now)
        check_button(one.screen.keys[0][0])
        told = {"kind": "notice", "chat": one.chat, "payload": {"first": 0}}  # and what was kept had no answer
        Delivery.objects.get_or_create(dedup_key=f"hold:1:{one.chat}", defaults=told)

    roots = [
        *((one, lambda name=name: one.command(name)) for name in on.commands),
        *(
            (one, lambda pk=pk: one.press(f"model:{pk}:0"))
            for pk in AIModel.objects.on_sale().filter(key__in=ORDERED).values_list("pk", flat=True)
        ),
        (one, lambda: one.press(f"examples:{AIModel.objects.get(key='z-image').pk}:0")),
        (one, lambda: (one.command("search"), one.say("z-image"))),
        (one, lambda: one.say("?")),
        (one, lambda: one.command("nonsense")),
        (one, confirmed),
        (one, with_a_text_set),
        (one, with_pictures),
        (
            one,
            lambda: (
                with_pictures(),
                one.press(f"done:{one.dialog.revision}"),
                one.say("Night"),
                one.press(f"edit:{one.dialog.revision}"),
            ),
        ),
        (one, lambda: with_a_song(one)),
        (one, lambda: choosing_a_song(one)),
        (one, run),
        (one, lambda: opened(state="failed", error_code="moderation")),
        (
            one,
            lambda: opened(
                state="succeeded", error_code="", submitted_at=clock.now(), result={"files": [], "text": "done"}
            ),
        ),
        (one, lambda: one.command("history")),
        (poor, lambda: run(poor)),
        (poor, lambda: (confirmed(poor), poor.command("topup"))),
        (poor, lambda: (confirmed(poor), billed(poor))),
        (one, lambda: billed(one)),
        (one, lambda: (one.press("by:stars:100"), one.press("by:stars:100"))),
        (one, lambda: transferring(one)),
        (one, lambda: (transferring(one), one.press(data(one, "sent")), one.photo(unique_id="one"))),
        (one, told_of_a_hold),
        (one, lambda: one.press("gift")),
        (poor, lambda: (Terms.objects.get_or_create(pk=1, gift_on=True), poor.press("gift"))),
    ]
    for who, root in roots:
        crawl(who, root, [], pressed)
    assert set(on.taps) - {one.split(":")[0] for one in pressed} - SPENDS - LONG_LISTS - FORMER == set()


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

    for model in AIModel.objects.on_sale().filter(key__in=ORDERED):
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
