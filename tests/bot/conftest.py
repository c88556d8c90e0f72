"""Fixtures of the bot: the shop as it is sold, and people who chat with it."""

from collections.abc import Callable

import pytest

from tests.bot.person import Person


@pytest.fixture
def shop(db, settings) -> None:
    """The registry file, published, on plain terms."""
    from kie import registry

    settings.DEMO_MARK = settings.SINGLE_MODEL_ONLY = settings.DRY_RUN = settings.TEST_MODE = False
    settings.PAYMENTS_ENABLED = True
    settings.SUPPORT_TELEGRAM = "trt_support"
    registry.publish_file()


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
