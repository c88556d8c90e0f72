"""Results on their way while something of ours or of others is away: kept, told of, and given in the end."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.models import Delivery
from kie import jobs
from kie.job import Job
from kie.record import TaskRecord
from payments import people
from reliability import clock
from tests.bot.chat import Bot, fresh_gateway, last
from tests.kie.at_work import order
from tests.kie.test_links import PICTURE, Site, serving
from tests.sandbox.telegram_side import Telegram

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("dispatch")]


@pytest.fixture
def site() -> Iterator[Site]:
    """Where the files are."""
    with serving() as site:
        yield site


def succeeded(telegram: Telegram, *urls: str) -> Job:
    """A generation of theirs that has ended well, with its files at `urls`."""
    customer, _ = people.meet(telegram.user, first_name="Борис", username=None, language_code="ru")
    job = order(customer, price=0)
    jobs.submitting(job.pk, job.input)
    jobs.run(job.pk, f"task-{job.pk}")
    jobs.succeed(job.pk, TaskRecord(state="success", files=[{"url": url, "kind": "image"} for url in urls]))
    return job


def result_of(job: Job) -> Delivery:
    return Delivery.objects.get(dedup_key=f"job:{job.pk}:result")


def at(bot: Bot, after_s: float) -> None:
    """Send what is due so many seconds from now."""
    with clock.moved(timedelta(seconds=after_s)):
        bot.lease.take_or_renew(force=True)
        bot.sends()


def pictures(telegram: Telegram) -> int:
    return len([one for one in telegram.chat()["messages"] if one.get("outgoing") and "photo" in one])


def test_a_result_whose_host_is_away_comes_when_it_is_back_and_the_person_knows_meanwhile(
    bot: Bot, telegram: Telegram, site: Site
):
    site.answers(503)
    job = succeeded(telegram, site.origin + "/1.png")

    at(bot, 0)
    delivery = result_of(job)
    assert (delivery.state, delivery.attempts, delivery.message_ids) == ("pending", 0, [])
    at(bot, 20)
    assert "сейчас не отвечает" in last(telegram)["text"]
    site.answers(200, PICTURE)
    at(bot, 60)

    assert (result_of(job).state, pictures(telegram)) == ("sent", 1)
    assert "photo" in last(telegram)


def test_of_a_moments_silence_nothing_is_said(bot: Bot, telegram: Telegram, site: Site):
    site.answers(503)
    job = succeeded(telegram, site.origin + "/1.png")
    at(bot, 0)
    site.answers(200, PICTURE)

    at(bot, 6)
    at(bot, 20)

    assert (result_of(job).state, pictures(telegram)) == ("sent", 1)
    assert not [one for one in telegram.chat()["messages"] if "не отвечает" in one.get("text", "")]


def test_while_the_token_is_refused_nothing_dies_and_with_the_new_one_all_is_said(
    bot: Bot, telegram: Telegram, site: Site, settings
):
    job, token = succeeded(telegram, site.origin + "/1.png"), settings.TELEGRAM_BOT_TOKEN
    settings.TELEGRAM_BOT_TOKEN = "4242:revoked"
    fresh_gateway()
    for minutes in range(12):  # more often than a delivery is tried
        at(bot, 60 * minutes)
    assert (result_of(job).state, result_of(job).attempts) == ("pending", 0)

    settings.TELEGRAM_BOT_TOKEN = token
    fresh_gateway()
    at(bot, 60 * 12)

    assert (result_of(job).state, pictures(telegram)) == ("sent", 1)
