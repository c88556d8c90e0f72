"""A webhook that somebody with our token has removed, or set for other kinds of updates: told, and set again at the next look."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from bot.inbox import ALLOWED_UPDATES
from bot.refusals import TelegramError
from bot.telegram import SEEN, introduce, look, webhook_url
from tests.sandbox.telegram_side import Telegram
from trt.console import health

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("introduction")]
LOST = "Telegram has no webhook of ours"


@pytest.fixture
def delivered(telegram: Telegram, settings) -> Iterator[Telegram]:
    """A Telegram that is to deliver to us."""
    settings.BOT_MODE, settings.WEBHOOK_BASE_URL = "webhook", "http://127.0.0.1:9"
    yield telegram
    cache.delete(SEEN)
    health.console.close()


def test_one_that_was_removed_is_set_again_and_until_then_health_says_so(delivered: Telegram):
    delivered.fault("setWebhook", "500")
    with pytest.raises(TelegramError):
        look()
    assert LOST in health.report()["reasons"]

    look()

    assert delivered.ok("getWebhookInfo")["url"] == webhook_url()
    assert LOST not in health.report()["reasons"]


def test_one_for_other_kinds_of_updates_is_set_again_and_one_that_stands_is_left(delivered: Telegram):
    delivered.ok("setWebhook", url=webhook_url(), allowed_updates=["message"])
    look()
    assert set(delivered.ok("getWebhookInfo")["allowed_updates"]) == set(ALLOWED_UPDATES)

    before = len(delivered.journal("setWebhook"))
    look()
    assert len(delivered.journal("setWebhook")) == before


def test_one_of_another_server_is_left_alone(delivered: Telegram):
    delivered.ok("setWebhook", url="http://bot.example.org/theirs", allowed_updates=["message"])
    look()
    assert delivered.ok("getWebhookInfo")["url"] == "http://bot.example.org/theirs"
    assert "Telegram delivers to a webhook that is not ours" in health.report()["reasons"]


def test_who_polls_sets_none_and_ends_that_of_the_holder_before(delivered: Telegram, settings):
    look()
    settings.BOT_MODE, settings.WEBHOOK_BASE_URL = "polling", ""
    look()
    assert delivered.ok("getWebhookInfo")["url"]

    assert introduce()

    assert not delivered.ok("getWebhookInfo")["url"]
    look()
    assert not delivered.ok("getWebhookInfo")["url"]
    assert LOST not in health.report()["reasons"]
