"""While Telegram is away, for however long, nothing of what is to be said dies of it, and nothing is counted as perhaps double that
never left us.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest

from bot import outbox
from bot.models import Delivery
from payments import people
from reliability import clock, counts
from tests import published
from tests.bot.chat import Bot, fresh_gateway, last
from tests.bot.test_outbox import said
from tests.kie.at_work import order
from tests.sandbox.telegram_side import Telegram

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("dispatch")]


@contextmanager
def later(seconds: float, bot: Bot) -> Iterator[None]:
    """It is so much later by every clock, and the lease was kept all the time."""
    now, ticks = clock.now() + timedelta(seconds=seconds), clock.monotonic() + seconds
    with clock.owned(lambda: now, ticks=lambda: ticks):
        bot.lease.take_or_renew(force=True)
        yield


@pytest.fixture
def nobody(settings) -> Iterator[None]:
    """No connection comes about: the port is bound and nobody listens."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        there, settings.TELEGRAM_API_URL = settings.TELEGRAM_API_URL, f"http://127.0.0.1:{closed.getsockname()[1]}"
        fresh_gateway()
        yield
        settings.TELEGRAM_API_URL = there


def test_an_hour_without_a_connection_loses_nothing_and_doubles_nothing(bot: Bot, telegram: Telegram, nobody, settings):
    doubled, delivery = counts.mine["maybe_doubled"], said(telegram.user)

    for second in range(0, 3600, 60):
        with later(second, bot):
            assert bot.sends() == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.error.split(":")[0]) == ("pending", 0, "NotSent")

    settings.TELEGRAM_API_URL = telegram.origin
    fresh_gateway()
    with later(3600, bot):
        bot.sends()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error, last(telegram)["text"]) == ("sent", "", "Слово")
    assert counts.mine["maybe_doubled"] == doubled


def test_without_a_connection_one_try_stands_for_all(bot: Bot, nobody):
    tried = counts.mine["telegram:not_sent"]
    for chat in range(1, 30):
        said(chat)

    bot.sends()

    assert counts.mine["telegram:not_sent"] == tried + 1
    assert (outbox.pace.room(), outbox.pace.opens_in_s() > 1) == (0, True)


def test_what_telegram_answers_nobody_for_an_hour_is_sent_in_the_end(bot: Bot, telegram: Telegram):
    telegram.fault("sendMessage", "500", times=0)
    delivery = said(telegram.user)

    for second in range(0, 3600, 60):
        with later(second, bot):
            bot.sends()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error.split(":")[0]) == ("pending", "Unclear")

    telegram.reset()
    doubled = counts.mine["maybe_doubled"]
    with later(3700, bot):
        bot.sends()
    delivery.refresh_from_db()
    assert (delivery.state, counts.mine["maybe_doubled"]) == ("sent", doubled + 1)


def test_what_alone_telegram_does_not_answer_dies_of_it_so_that_the_chat_goes_on(bot: Bot, telegram: Telegram):
    telegram.fault("sendPhoto", "500", times=0)
    url = f"{telegram.origin}/x.png"
    stuck = said(telegram.user, media=[{"kind": "photo", "source": url, "name": "Z"}])
    behind = said(telegram.user)
    friend = telegram.with_person("Анна").user

    for minute in range(14):
        with later(60 * minute, bot):
            said(friend)
            bot.sends()

    stuck.refresh_from_db()
    behind.refresh_from_db()
    assert (stuck.state, behind.state) == ("dead", "sent")
    assert not Delivery.objects.filter(chat=friend).exclude(state="sent").exists()


def test_the_progress_of_a_generation_goes_on_without_the_trouble_it_had(bot: Bot, telegram: Telegram):
    shown = telegram.say("В очереди")
    published.publish()
    customer, _ = people.meet(telegram.user, first_name="Борис", username=None, language_code="ru")
    job = order(customer, price=Decimal(0))
    Delivery.objects.all().delete()
    answer = said(telegram.user)
    answer.message_ids = [shown["message_id"]]
    answer.end("sent")
    payload = {"job": job.pk, "after": answer.dedup_key}
    outbox.tell("job:progress", Delivery.Kind.PROGRESS, chat=telegram.user, cid=job.cid, payload=payload)
    Delivery.objects.filter(kind="progress").update(error="NotSent: refused")

    bot.sends()

    going_on = Delivery.objects.get(kind="progress")
    assert (going_on.state, going_on.error, going_on.due_at > clock.now()) == ("pending", "", True)
