"""The purge and the expiry of orders: what has ended goes in its time, what has not is never touched, and money stays."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bot import inbox, keeping
from bot.models import Delivery, Dialog, Update
from kie import jobs
from kie.job import Job
from payments.models import Transfer
from reliability import cid, clock
from trt.console.invariants import broken

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def update(state: str, age: timedelta, update_id: int = 1) -> Update:
    """An update that has been in `state` for so long."""
    at = timezone.now() - age
    return Update.objects.create(
        bot_id=4242,
        update_id=update_id,
        chat_key=7,
        kind="message",
        raw=b"{}",
        state=state,
        created_at=at,
        done_at=None if state == "new" else at,
        due_at=at,
    )


def delivery(state: str, kind: str, age: timedelta) -> Delivery:
    at = timezone.now() - age
    sent_at = at if state == "sent" else None
    return Delivery.objects.create(
        dedup_key=cid.new(), kind=kind, chat=7, state=state, created_at=at, sent_at=sent_at, due_at=at
    )


@pytest.mark.parametrize(
    ("state", "age", "kept"),
    [
        ("done", 71 * HOUR, True),
        ("done", 73 * HOUR, False),
        ("dead", 29 * DAY, True),
        ("dead", 31 * DAY, False),
        ("new", 400 * DAY, True),
    ],
)
def test_an_update_goes_when_it_has_ended_and_cannot_come_again(state, age, kept):
    update(state, age)

    assert keeping.purge() == (not kept)
    assert Update.objects.exists() == kept


@pytest.mark.parametrize(
    ("state", "kind", "age", "kept"),
    [
        *[("sent", kind, 29 * DAY, True) for kind in ("answer", "notice", "progress")],
        *[("sent", kind, 31 * DAY, False) for kind in ("answer", "notice", "progress")],
        ("dead", "answer", 31 * DAY, False),
        ("pending", "answer", 400 * DAY, True),
        ("sent", "result", 400 * DAY, True),  # history shows the media by their file_ids
        ("dead", "result", 400 * DAY, True),
        ("sent", "topup", 400 * DAY, True),
    ],
)
def test_what_was_said_goes_after_a_month_but_results_and_money_stay(state, kind, age, kept):
    delivery(state, kind, age)

    assert keeping.purge() == (not kept)
    assert Delivery.objects.exists() == kept


def test_a_redelivery_within_the_window_is_still_a_duplicate():
    who = {"id": 7, "is_bot": False, "first_name": "Анна"}
    body = {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "from": who, "text": "/start"}
    raw = json.dumps({"update_id": 1, "message": body}).encode()
    inbox.store(raw)
    Update.objects.update(state="done", done_at=clock.now() - 47 * HOUR)

    keeping.purge()
    inbox.store(raw)

    assert Update.objects.values_list("state").get() == ("done",)


def test_more_than_a_batch_goes_in_one_run_and_a_long_run_ends_in_time(monkeypatch):
    monkeypatch.setattr(keeping, "BATCH", 3)
    for n in range(10):
        update("done", 100 * HOUR, n)

    assert keeping.purge() == 10

    for n in range(10):
        update("done", 100 * HOUR, n)
    monkeypatch.setattr(keeping, "AT_MOST_S", 0.0)
    assert keeping.purge() == 0


def test_what_is_replayed_meanwhile_stays(monkeypatch):
    dead = update("dead", 31 * DAY)
    rows = Update.objects.filter(state="dead")
    taken = type(rows).delete

    def replayed_first(batch):
        Update.objects.filter(pk=dead.pk).update(state="new", done_at=None)
        return taken(batch)

    monkeypatch.setattr(type(rows), "delete", replayed_first)

    monkeypatch.setattr(keeping, "AT_MOST_S", 1.0)
    assert keeping.purge() == 0
    assert Update.objects.get().state == "new"


def test_money_and_history_hold_after_a_purge_of_everything_old(anna):
    anna.orders("z-image")
    with cid.bound(update("done", 0 * HOUR).cid):
        anna.tap("✅")
    assert jobs.cancel(Job.objects.get().pk)
    transfers = Transfer.objects.count()

    with clock.moved(400 * DAY):
        keeping.purge()
        assert not Update.objects.exists()
        assert (Transfer.objects.count(), Delivery.objects.get(kind="result").chat) == (transfers, anna.chat)
        assert set(broken()) <= {"nobody_waits_in_silence"}  # nothing was sent in this test


def silent(person, by: timedelta) -> None:
    Dialog.objects.filter(chat=person.chat).update(expires_at=clock.now() - by)


def test_an_order_left_for_a_day_is_put_away_and_nobody_is_written_to(anna):
    anna.orders("z-image", "Мой секрет")
    button = anna.data("✅")
    silent(anna, HOUR)
    said = Delivery.objects.count()

    assert (keeping.put_away(), keeping.put_away()) == (1, 0)

    dialog = anna.dialog
    assert (dialog.state, dialog.data, dialog.quote) == ("idle", {}, None)
    assert Delivery.objects.count() == said
    assert not Job.objects.exists()
    note = anna.press(button)
    assert "больше суток" in note.text
    assert not Job.objects.exists()
    assert "больше суток" not in anna.press(button).text  # told once


def test_whoever_goes_on_by_a_command_hears_nothing_later(anna):
    anna.orders("z-image")
    button = anna.data("✅")
    silent(anna, HOUR)
    keeping.put_away()

    anna.command("start")

    assert "больше суток" not in anna.press(button).text


def test_a_living_order_and_an_idle_chat_are_left_alone(anna, person):
    anna.orders("z-image")
    person("0").command("start")

    assert keeping.put_away() == 0
    assert anna.dialog.state == "confirm"


def test_what_is_kept_for_ever_is_not_walked_through():
    delivery("sent", "result", 40 * DAY)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO bot_delivery (dedup_key, kind, chat, payload, state, message_ids, file_ids, sent_at, attempts, due_at, error,
                cid, created_at)
            SELECT 'many:' || n, kind, chat, payload, state, message_ids, file_ids, sent_at, attempts, due_at, error, cid,
                created_at + n * interval '1 second'
            FROM bot_delivery, generate_series(1, 5000) n"""
        )
        delivery("sent", "answer", 40 * DAY)
        cursor.execute("ANALYZE bot_delivery")
        cursor.execute("SET LOCAL enable_seqscan = off")  # rows of other tests that were rolled back weigh on the table
    rows = keeping.said(clock.now() - 30 * DAY).values_list("pk")[: keeping.BATCH]

    plan = rows.explain(analyze=True, costs=False, timing=False)

    assert "delivery_ended" in plan, plan
    assert "Removed by Filter" not in plan, plan
