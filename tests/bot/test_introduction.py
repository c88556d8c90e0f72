"""What Telegram is told of the bot when the lease is taken: commands and descriptions, in both languages, and only what is new."""

import pytest
from django.core.management.base import CommandError
from structlog.testing import capture_logs

from bot import gateway
from bot.management.commands.bot import Command
from bot.refusals import NotSent
from bot.telegram import introduce
from tests.bot.chat import fresh_gateway
from tests.sandbox.telegram_side import Telegram

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("introduction")]


@pytest.fixture
def calls(monkeypatch) -> list[str]:
    """The methods called, in order."""
    made: list[str] = []
    call = gateway.call
    monkeypatch.setattr(gateway, "call", lambda method, *a, **p: made.append(method.__name__) or call(method, *a, **p))
    return made


@pytest.fixture
def unknown(telegram: Telegram) -> Telegram:
    """A Telegram that has been told nothing yet."""
    for language in ("", "ru", "en"):
        for method, field in (("setMyDescription", "description"), ("setMyShortDescription", "short_description")):
            telegram.ok(method, **{field: ""}, language_code=language)
    return telegram


def described(peer: Telegram, language: str) -> tuple[str, str]:
    return (
        peer.ok("getMyDescription", language_code=language)["description"],
        peer.ok("getMyShortDescription", language_code=language)["short_description"],
    )


def test_an_empty_chat_says_what_the_bot_can_do_in_both_languages(unknown: Telegram):
    assert introduce()
    russian, english, world = (described(unknown, language) for language in ("ru", "en", "de"))
    assert "картинки" in russian[0]
    assert "нейросетей" in russian[1]
    assert english == world
    assert "images" in english[0]
    assert "demo" not in " ".join(english)  # it promises no sum: production has none


def test_a_second_taking_of_the_lease_sets_no_description_again(unknown: Telegram, calls):
    assert introduce()
    assert (
        calls.count("set_my_description") == calls.count("set_my_short_description") == 2
    )  # English goes for the world
    calls.clear()
    assert introduce()
    assert not [name for name in calls if name.startswith("set_my") and "description" in name]


def test_a_refused_description_keeps_nobody_from_being_introduced(unknown: Telegram):
    unknown.fault("setMyDescription", "429")
    assert introduce()


def test_a_peer_that_is_away_is_named_by_the_systems_reason_without_an_address(settings):
    settings.TELEGRAM_API_URL = "http://127.0.0.1:1"
    fresh_gateway()
    with pytest.raises(NotSent) as away:
        gateway.call(gateway.bot().get_me)
    fresh_gateway()
    assert str(away.value) == "NewConnectionError: [Errno 111] Connection refused"


def test_a_webhook_of_somebody_else_is_removed_only_when_told_and_the_log_says_where_it_was(telegram: Telegram):
    telegram.ok("setWebhook", url="http://bot.example.org:8443/hooks/a-secret-of-theirs")

    with (
        capture_logs() as lines,
        pytest.raises(CommandError, match=r"webhook at http://bot\.example\.org:8443/…") as no,
    ):
        Command()._refuse_to_steal(take_over=False)
    assert lines == []
    assert telegram.ok("getWebhookInfo")["url"]

    with capture_logs() as lines:
        Command()._refuse_to_steal(take_over=True)
        Command()._refuse_to_steal(take_over=True)  # there is nothing left to tell
    assert not telegram.ok("getWebhookInfo")["url"]
    assert [(line["event"], line["was_at"]) for line in lines] == [
        ("telegram.webhook_removed", "http://bot.example.org:8443")
    ]
    assert "a-secret-of-theirs" not in str(no.value) + str(lines)
