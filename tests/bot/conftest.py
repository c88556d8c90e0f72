"""Fixtures of the bot: the shop as it is sold, and people who chat with it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import published
from tests.bot.person import Person
from tests.sandbox.kie_side import sandbox_process
from tests.sandbox.telegram_side import Telegram

TOKEN = "4242:test-token-of-the-tests"


@pytest.fixture
def shop(db, settings) -> None:
    """The registry file, published, on plain terms."""
    settings.DEMO_MARK = settings.SINGLE_MODEL_ONLY = settings.DRY_RUN = settings.TEST_MODE = False
    settings.MOVES_MONEY = settings.CHARGES_ORDERS = True
    settings.PAYMENTS_ENABLED = True
    settings.SUPPORT_TELEGRAM = "trt_support"
    published.publish()


@pytest.fixture
def person(shop, settings) -> Callable[..., Person]:
    """Somebody who writes to the bot for the first time, with as many rubles as you say."""
    from decimal import Decimal

    settings.DEMO_BONUS_RUB = Decimal("0.00")

    def new(rubles: str = "0", *, language: str = "ru", name: str = "Анна") -> Person:
        return Person.new(rubles, language=language, name=name)

    return new


@pytest.fixture
def anna(person) -> Person:
    return person("100.00")


@pytest.fixture
def page(db, monkeypatch) -> Any:
    """A way to pay on a page, switched on for everybody beside Stars."""
    from payments import providers
    from payments.models import Method
    from tests.bot.paid_elsewhere import Page

    page = Page()
    monkeypatch.setitem(providers._known, page.name, page)
    Method.objects.update_or_create(provider=page.name, defaults={"on": True, "en": True, "warning_read_by": "op"})
    return page


@pytest.fixture
def at(anna) -> Callable[[str], Person]:
    """Anna at the first question of a model."""

    def start(key: str) -> Person:
        from kie.models import AIModel

        anna.press(f"start:{AIModel.objects.get(key=key).pk}")
        return anna

    return start


@pytest.fixture(params=["ru", "en"])
def language(request):
    """Both languages, one after the other, and nothing marked as a demo."""
    from django.test import override_settings
    from django.utils import translation

    with translation.override(request.param), override_settings(DEMO_MARK=False):
        yield request.param


@pytest.fixture
def russian():
    """The first language."""
    from django.test import override_settings
    from django.utils import translation

    with translation.override("ru"), override_settings(DEMO_MARK=False):
        yield


@pytest.fixture(scope="module")
def origin(tmp_path_factory) -> Iterator[str]:
    """A local Telegram of this module's own."""
    with sandbox_process(tmp_path_factory.mktemp("chat"), peers=("telegram",), TELEGRAM_BOT_TOKEN=TOKEN) as process:
        yield process.origins["telegram"]


@pytest.fixture
def telegram(origin, settings) -> Iterator[Telegram]:
    """It, as nobody has used it yet, and one person who has written to the bot."""
    from tests.bot.chat import fresh_gateway

    settings.TELEGRAM_API_URL = origin
    settings.KIE_API_URL = origin  # results may be fetched from the host of a configured peer
    fresh_gateway()
    telegram = Telegram(origin, TOKEN)
    telegram.reset()
    yield telegram.with_person()
    fresh_gateway()


@pytest.fixture
def bot(telegram, settings) -> Any:
    """An instance of ours with the lease, the registry published."""
    from tests.bot.chat import Bot

    settings.DEMO_BONUS_RUB = 0
    published.publish()
    return Bot()


@pytest.fixture
def command() -> Iterator:
    """Register a command for the length of a test."""
    from bot.router import on

    added = []

    def add(name, handler):
        on.commands[name] = handler
        added.append(name)

    yield add
    for name in added:
        del on.commands[name]


@pytest.fixture
def echo(command):
    """/note is answered by its words, and begins something: it is kept."""
    from bot.screen import Button, Screen

    seen: list[str] = []
    command("note", lambda event: seen.append(event.argument) or Screen(event.argument, [[Button("Меню", "menu")]]))
    return seen
