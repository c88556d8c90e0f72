"""What is marked as read-only at its registration keeps that promise: it is answered under a hold, ahead of what is kept."""

from decimal import Decimal

import pytest

from bot import passive
from bot.events import Command, Tap
from bot.rehearsal import written
from bot.router import on
from kie.models import AIModel, Job
from payments import topups
from payments.customer import Customer
from payments.topup import TopUp
from reliability import cid, clock

pytestmark = pytest.mark.django_db
MAY_WRITE = {"bot_dialog", "payments_customer"}  # where the person stands (put back where it overtakes), their language
WORDS = {
    "shelf": ("image", "0"),
    "format": ("text-to-image", "0"),
    "card": ("{pk}", "shelf", "image", "0"),
    "ideas": ("{pk}", "format", "text-to-image", "0"),
    "language": ("en",),
}


@pytest.fixture
def furnished(anna):
    """Anna has a generation behind her and an order before her."""
    anna.orders("z-image")
    anna.press(f"run:{anna.dialog.pk}:{anna.dialog.revision}")
    Job.objects.update(
        state="succeeded", submitted_at=clock.now(), ended_at=clock.now(), result={"files": [], "text": "x"}
    )
    topups.start(anna.customer, Decimal("500.00"), provider="manual", cid=cid.new())
    anna.orders("z-image")
    return anna


@pytest.mark.parametrize("argument", ["gift", "promo_SUMMER"])
def test_the_start_of_a_link_that_moves_money_is_kept_and_others_are_answered(anna, argument):
    who = {"customer": anna.customer, "dialog": anna.dialog, "chat": anna.chat, "message_id": 1, "name": "start"}

    assert not passive.goes_on(Command(**who, argument=argument))
    assert passive.goes_on(Command(**who, argument="ref_ABCDEFGH"))
    assert passive.goes_on(Command(**who, argument="whatever"))


@pytest.mark.parametrize(("kind", "name"), sorted(on.reading, key=str))
def test_it_writes_nothing_but_where_the_person_stands(furnished, kind, name):
    pk = Job.objects.get().pk if name in {"job", "media"} else AIModel.objects.get(key="z-image").pk
    pk = TopUp.objects.get().pk if name == "receipt" else pk
    takes = len(on.taps[name][1]) if kind is Tap else 0
    args = [arg.format(pk=pk) for arg in WORDS.get(name, ("{pk}", "0"))[:takes]]
    before = written()

    screen = furnished.command(name) if kind is Command else furnished.press(":".join([name, *args]))

    assert screen is None or screen.reason != "EXPIRED_BUTTON"
    changed = {table for table, counts in written().items() if counts != before.get(table)}
    assert changed <= MAY_WRITE


def test_the_menus_and_what_is_looked_at_are_read_only_and_nothing_that_begins_something():
    commands = {name for kind, name in on.reading if kind is Command}
    taps = {name for kind, name in on.reading if kind is Tap}

    assert set(on.commands) - commands == {"topup", "cancel", "promo", "search"}
    assert {
        "menu",
        "shelf",
        "format",
        "card",
        "model",
        "found",
        "help",
        "balance",
        "history",
        "languages",
        "refresh",
    } <= taps
    assert not {"start", "run", "pay", "pick", "own", "again", "drop", "cancel", "resume"} & taps


def test_a_blocked_person_has_their_one_sentence_under_a_hold_too(anna):
    Customer.objects.update(blocked=True)
    anna.customer.refresh_from_db()
    event = Tap(customer=anna.customer, dialog=anna.dialog, chat=anna.chat, message_id=1, action="run", args=("1", "1"))

    assert passive.goes_on(event)


def test_a_button_that_its_handler_cannot_read_is_kept(anna):
    event = Tap(customer=anna.customer, dialog=anna.dialog, chat=anna.chat, message_id=1, action="shelf", args=("x",))

    assert not passive.goes_on(event)
