"""What the bot counts: how much it does, and how long an update waited in its ordinary course."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot import dispatch
from bot.dispatch import ANSWERED_S, CLAIMED_S
from bot.models import Update
from bot.screen import Screen
from reliability import clock, counts
from tests.bot.chat import Bot
from tests.bot.held import held
from tests.sandbox.telegram_side import Telegram

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("dispatch")]


def test_what_the_bot_does_is_counted_and_so_is_how_long_an_update_waited(
    bot: Bot, telegram: Telegram, command, monkeypatch
):
    counted = counts.Counts()
    monkeypatch.setattr(counts, "mine", counted)

    def boom(event):
        raise RuntimeError("planted")

    command("boom", boom)
    telegram.writes("/start")
    bot.polls(telegram)
    Update.objects.update(created_at=clock.now())
    telegram.fault("sendMessage", "429", retry_after=1)
    telegram.writes("/boom")
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    Update.objects.filter(state="new").update(created_at=clock.now() - timedelta(seconds=20))
    for _ in range(3):
        Update.objects.filter(state="new").update(due_at=clock.now())
        bot.answers()
    bot.sends()

    lag, _sum_s = counts.histogram(counted.snapshot(), CLAIMED_S)
    assert {name: counted[name] for name in ("claimed", "done", "dead")} == {"claimed": 4, "done": 1, "dead": 1}
    assert (dict(lag)["10"], dict(lag)["30"]) == (1, 2)  # a back-off is no lag: of the failing one only the first claim
    assert counts.histogram(counted.snapshot(), ANSWERED_S)[0][-1] == ("+Inf", 1)
    assert (counted["sends:sent"], counted["sends:too_fast"], counted["telegram:too_fast"]) == (1, 1, 1)


def lags(counted: counts.Counts, name: str) -> dict[str, int]:
    return dict(counts.histogram(counted.snapshot(), name)[0])


def test_the_time_under_a_hold_is_no_lag(bot: Bot, telegram: Telegram, monkeypatch, command):
    counted = counts.Counts()
    monkeypatch.setattr(counts, "mine", counted)
    command("note", lambda event: Screen("noted"))
    one = held(minutes=5)
    telegram.writes("/note")
    bot.polls(telegram)

    with clock.moved(timedelta(minutes=5)), capture_logs() as lines:
        bot.lease.take_or_renew(force=True)
        bot.answers()

    assert Update.objects.values_list("state", "reason", "hold").get() == ("done", "OK", one.pk)
    assert lags(counted, CLAIMED_S)["30"] == lags(counted, CLAIMED_S)["+Inf"] == 1  # the claim that kept it
    assert lags(counted, ANSWERED_S)["+Inf"] == 0
    assert next(line["lag_ms"] for line in lines if line["event"] == "update.claimed") < 60_000


def test_the_time_until_a_replay_is_no_lag_and_a_failing_replay_stays_one(
    bot: Bot, telegram: Telegram, command, monkeypatch
):
    counted = counts.Counts()
    monkeypatch.setattr(counts, "mine", counted)
    telegram.writes("/boom")
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    long_ago = clock.now() - timedelta(hours=2)
    Update.objects.update(state="dead", reason="INTERNAL_ERROR", created_at=long_ago, done_at=long_ago)
    answers = iter([RuntimeError("planted"), Screen("at last")])

    def boom(event):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    command("boom", boom)
    assert dispatch.replay(Update.objects.get().pk, by="operator")
    bot.answers()
    assert Update.objects.values_list("state", "reason").get() == ("new", "REPLAYED")
    Update.objects.update(due_at=clock.now())
    bot.answers()

    assert Update.objects.values_list("state", "reason").get() == ("done", "OK")
    assert (counted["claimed"], lags(counted, CLAIMED_S)["+Inf"], lags(counted, ANSWERED_S)["+Inf"]) == (2, 0, 0)


def test_what_people_wait_for_a_back_off_is_lag_of_the_answer(bot: Bot, telegram: Telegram, command, monkeypatch):
    counted = counts.Counts()
    monkeypatch.setattr(counts, "mine", counted)
    telegram.writes("/note")
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    command("note", lambda event: Screen("noted"))
    Update.objects.update(created_at=clock.now() - timedelta(seconds=20), attempts=1)
    bot.answers()

    assert (lags(counted, CLAIMED_S)["+Inf"], lags(counted, ANSWERED_S)["10"], lags(counted, ANSWERED_S)["30"]) == (
        0,
        0,
        1,
    )
