"""Where people may stand in the bot: the screens from which test_buttons presses everything there is."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from bot.models import Delivery, Favourite
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

Place = Callable[[], object]  # brings somebody there
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


def menus(one: Person) -> list[Place]:
    """Every command, models, search, and what is answered to words that mean nothing."""
    models = AIModel.objects.on_sale().filter(key__in=ORDERED).values_list("pk", flat=True)
    return [
        *(lambda name=name: one.command(name) for name in on.commands),
        *(lambda pk=pk: one.press(f"model:{pk}:0") for pk in models),
        lambda: one.press(f"examples:{AIModel.objects.get(key='z-image').pk}:0"),
        lambda: (one.command("search"), one.say("z-image")),
        lambda: one.say("?"),
        lambda: one.command("nonsense"),
        lambda: keeping(one),
    ]


def orders(one: Person) -> list[Place]:
    """From the questions of an order to its end and what comes after."""
    nothing_to_show = {"error_code": "", "submitted_at": clock.now(), "result": {"files": [], "text": "done"}}
    return [
        lambda: confirmed(one),
        lambda: with_a_text_set(one),
        lambda: with_pictures(one),
        lambda: changing_pictures(one),
        lambda: with_a_song(one),
        lambda: choosing_a_song(one),
        lambda: run(one),
        lambda: (run(one), one.press("menu"), one.press("last")),
        lambda: opened(one, state="failed", error_code="moderation"),
        lambda: opened(one, state="succeeded", **nothing_to_show),
        lambda: one.command("history"),
    ]


def without_money(poor: Person) -> list[Place]:
    """At an order that one cannot pay for, and on the way to pay for it."""
    return [
        lambda: run(poor),
        lambda: (confirmed(poor), poor.command("topup")),
        lambda: (confirmed(poor), billed(poor)),
    ]


def money(one: Person) -> list[Place]:
    """At bills of every way to pay."""
    return [
        lambda: billed(one),
        lambda: (one.press("by:stars:100"), one.press("by:stars:100")),
        lambda: transferring(one),
        lambda: (transferring(one), one.press(data(one, "sent")), one.photo(unique_id="one")),
    ]


def keeping(who: Person) -> None:
    """At favourites, after every press that changes what is there."""
    pk = AIModel.objects.get(key="z-image").pk
    for press in ("keep:{}", "unkeep:{}", "keep:{}"):
        who.press(f"{press.format(pk)}:favourites:all:0")
    who.press(f"unkeepedall:{Favourite.objects.of(who.customer).count()}")
    who.press(f"keep:{pk}:favourites:all:0")
    who.press("favourites:all:0")


def asked(who: Person, key: str) -> None:
    who.press(f"start:{AIModel.objects.get(key=key).pk}")


def confirmed(who: Person) -> None:
    asked(who, "kling/v2-5-turbo-text-to-video-pro")
    who.say("A lighthouse in a storm")


def run(who: Person) -> None:
    ended(who, state="failed", error_code="moderation")
    confirmed(who)
    who.press(f"run:{who.dialog.pk}:{who.dialog.revision}")


def ended(who: Person, **how: object) -> None:
    Job.objects.filter(customer=who.customer).update(created_at="2020-01-01T00:00Z", ended_at=clock.now(), **how)


def opened(who: Person, **how: object) -> None:
    """At a generation in the history that has ended so."""
    run(who)
    ended(who, **how)
    who.press(f"job:{Job.objects.of(who.customer).first().pk}:0")


def with_a_text_set(who: Person) -> None:
    confirmed(who)
    who.press(f"set:{who.dialog.revision}:3")
    who.say("blur")
    who.press(f"set:{who.dialog.revision}:3")


def with_pictures(who: Person) -> None:
    asked(who, "google/nano-banana-edit")
    who.photo()


def changing_pictures(who: Person) -> None:
    with_pictures(who)
    who.press(f"done:{who.dialog.revision}")
    who.say("Night")
    who.press(f"edit:{who.dialog.revision}")


def billed(who: Person) -> None:
    """At a bill on a page, as the worker has had it made."""
    who.press("by:yookassa:100")
    topup = TopUp.objects.order_by("pk").last()
    topups.billed(topup.pk, Invoice(f"inv-{topup.pk}", "https://pay.example/1"))
    who.press(f"paid:{topup.pk}")


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


def given_rubles(one: Person) -> None:
    """At a gift, the operator having switched gifts on."""
    Terms.objects.get_or_create(pk=1, gift_on=True)
    one.press("gift")


def told_of_a_hold(one: Person, language: str) -> None:
    """At the notice that the bot is held; what was kept meanwhile had no answer."""
    now = clock.now()
    words = PassiveCopy(locale=language, **DEFAULTS[language])
    one.screen = hold.notice(words, 1, now + timedelta(minutes=5), now)
    check_button(one.screen.keys[0][0])
    told = {"kind": "notice", "chat": one.chat, "payload": {"first": 0}}
    Delivery.objects.get_or_create(dedup_key=f"hold:1:{one.chat}", defaults=told)


def data(one: Person, action: str) -> str:
    return next(data for data in buttons(one) if data.startswith(f"{action}:"))


def buttons(one: Person) -> list[str]:
    return [button.data for row in one.screen.keys for button in row if button.data]
