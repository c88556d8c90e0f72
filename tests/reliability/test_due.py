"""Rows of work: claimed once, counted before the work, freed when the claimer dies, buried at the limit."""

import threading
import uuid
from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from bot.models import Delivery, DeliveryState
from reliability import clock, instance
from reliability.due import Queue, run_due
from reliability.models import DEAD_AFTER, Instance
from trt import postgres
from trt.env import HOME

pytestmark = pytest.mark.django_db


def row(key="a", **facts):
    return Delivery.objects.create(dedup_key=key, kind=Delivery.Kind.NOTICE, chat=1, **facts)


def a_queue(step, **options):
    return Queue(
        name="test",
        rows=lambda _now: Delivery.objects.all(),
        step=step,
        bury=lambda row, why: row.end(DeliveryState.DEAD, error=why),
        **options,
    )


def sent(row):
    row.end(DeliveryState.SENT)


def living(role="worker"):
    return Instance.objects.create(role=role, host="here", pid=1).pk


def test_due_rows_are_worked_on_the_longest_waiting_first():
    now, seen = clock.now(), []
    row("young", due_at=now - timedelta(seconds=1))
    row("old", due_at=now - timedelta(seconds=9))
    row("tomorrow", due_at=now + timedelta(days=1))

    done = run_due(a_queue(lambda row: (seen.append(row.dedup_key), sent(row))[1]), living())

    assert (done, seen) == (2, ["old", "young"])


def test_the_attempt_is_committed_before_the_work():
    row()
    seen = []

    def step(claimed):
        seen.append(Delivery.objects.values_list("attempts", "claimed_by").get(pk=claimed.pk))
        sent(claimed)

    me = living()
    run_due(a_queue(step), me)

    assert seen == [(1, me)]
    assert Delivery.objects.values_list("attempts", "claimed_by").get() == (0, None)


def test_a_failing_row_backs_off_and_is_buried_at_the_limit_with_its_reason():
    failing = row()

    def step(_):
        raise ValueError("no such model")

    queue, me = a_queue(step, max_attempts=3), living()
    waits = []
    for _ in range(3):
        with clock.moved(timedelta(minutes=5)):
            run_due(queue, me)
            failing.refresh_from_db()
            waits.append(round((failing.due_at - clock.now()).total_seconds()))
            Delivery.objects.filter(state="pending").update(due_at=clock.now() - timedelta(minutes=9))

    assert waits[:2] == [1, 2]
    assert (failing.state, failing.claimed_by) == ("dead", None)
    assert failing.error == "ValueError: no such model"


def test_what_fails_after_another_has_taken_the_row_is_not_its_error(caplog):
    taken, other = row(), living()

    def step(_):
        Delivery.objects.update(claimed_by=other, attempts=2, error="of the other")
        raise ValueError("done twice")

    run_due(a_queue(step, max_attempts=1), living())
    taken.refresh_from_db()

    assert (taken.state, taken.claimed_by, taken.attempts, taken.error) == ("pending", other, 2, "of the other")
    assert [(line.msg["event"], line.levelname) for line in caplog.records] == [("test.taken", "WARNING")]


def test_secrets_do_not_reach_the_row():
    leaking = row()

    def step(_):
        raise ValueError("GET https://api.telegram.org/bot123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe")

    run_due(a_queue(step), living())
    leaking.refresh_from_db()

    assert "AAHdq" not in leaking.error
    assert "<bot token>" in leaking.error


def test_what_a_living_instance_has_nobody_else_takes():
    row(claimed_by=living(), attempts=1)

    assert run_due(a_queue(sent), living()) == 0


def test_what_a_dead_instance_had_is_due_again_at_once():
    gone = living()
    Instance.objects.filter(pk=gone).update(heartbeat=clock.now() - DEAD_AFTER - timedelta(seconds=1))
    row("stopped heart", claimed_by=gone, attempts=1)
    row("never heard of", claimed_by=uuid.uuid4(), attempts=1)

    assert run_due(a_queue(sent), living()) == 2


def test_a_row_that_kills_its_worker_three_times_is_buried_without_a_fourth():
    poison = row(claimed_by=uuid.uuid4(), attempts=3)
    worked_on = []

    run_due(a_queue(worked_on.append), living())
    poison.refresh_from_db()

    assert (worked_on, poison.state) == ([], "dead")
    assert poison.error == "its worker died each time"


def test_what_we_claimed_and_lost_the_connection_over_is_ours_to_take_up_again():
    me = living()
    row(claimed_by=me, attempts=1)

    assert run_due(a_queue(sent), me) == 1


def test_a_nudge_during_the_step_keeps_the_row_due():
    nudged = row(due_at=clock.now() - timedelta(seconds=5))

    def step(claimed):
        Delivery.objects.nudge(pk=claimed.pk)
        if claimed.attempts and len(turns) == 1:
            return sent(claimed)
        turns.append(claimed.pk)
        return clock.now() + timedelta(hours=1)

    turns: list[int] = []
    run_due(a_queue(step), living())
    nudged.refresh_from_db()

    assert nudged.state == "sent"


def test_a_step_that_says_when_is_looked_at_then_and_its_attempts_are_forgiven():
    later = row()

    run_due(a_queue(lambda _: clock.now() + timedelta(hours=1)), living())
    later.refresh_from_db()

    assert (later.attempts, later.claimed_by, later.state) == (0, None, "pending")
    assert later.due_at > clock.now() + timedelta(minutes=59)


def test_what_a_step_writes_down_as_error_stays_and_what_healed_is_wiped():
    refused = row("refused")
    row("healed", attempts=1, error="ValueError: the disk is full")

    def step(claimed):
        if claimed != refused:
            return clock.now() + timedelta(hours=1)
        claimed.end(DeliveryState.DEAD, error="blocked")
        return None

    run_due(a_queue(step), living())

    assert dict(Delivery.objects.values_list("dedup_key", "error")) == {"refused": "blocked", "healed": ""}


@pytest.mark.django_db(transaction=True)
def test_many_threads_work_on_each_row_once():
    for n in range(40):
        row(str(n))
    me, seen, lock = living(), [], threading.Lock()

    def step(claimed):
        with lock:
            seen.append(claimed.pk)
        sent(claimed)

    def drain():
        try:
            run_due(a_queue(step), me)
        finally:
            connection.close()

    threads = [threading.Thread(target=drain) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(seen) == len(set(seen)) == 40


@pytest.mark.django_db(transaction=True)
def test_only_the_head_of_a_lane_is_worked_on_while_it_backs_off():
    first = row("first", due_at=clock.now() + timedelta(hours=1))
    second = row("second")
    other = Delivery.objects.create(dedup_key="other", kind=Delivery.Kind.NOTICE, chat=2)
    queue = Queue(
        name="test", rows=lambda _now: Delivery.objects.heads("chat", "kind"), step=sent, bury=lambda *_: None
    )

    run_due(queue, living())

    states = dict(Delivery.objects.values_list("pk", "state"))
    assert states == {first.pk: "pending", second.pk: "pending", other.pk: "sent"}


@pytest.mark.django_db(transaction=True)
def test_a_beating_heart_is_seen_and_a_fork_is_an_instance_of_its_own():
    with instance.beating("worker") as me:
        assert Instance.objects.alive().filter(pk=me, role="worker").exists()
    assert instance.me() == me


def test_a_row_that_cannot_even_be_buried_keeps_nobody_waiting():
    row("cursed", attempts=3, due_at=clock.now() - timedelta(seconds=9))
    row("behind")

    def refuse(buried, why):
        raise ValueError("no such receiver")

    queue = Queue(name="test", rows=lambda _now: Delivery.objects.all(), step=sent, bury=refuse)

    assert run_due(queue, living()) == 1
    assert dict(Delivery.objects.values_list("dedup_key", "state")) == {"cursed": "pending", "behind": "sent"}
    assert Delivery.objects.get(dedup_key="cursed").due_at > clock.now()


def test_what_was_claimed_when_it_was_time_to_stop_is_given_back_uncounted():
    row()
    looks = iter((False, True, True))  # stopped between the look and the claim

    assert run_due(a_queue(sent), living(), until=lambda: next(looks)) == 0
    assert Delivery.objects.values_list("state", "claimed_by", "attempts").get() == ("pending", None, 0)


def test_what_we_work_on_is_not_taken_again_though_our_heart_is_late():
    row("slow")
    me, again = living(), []

    def step(claimed):
        with clock.moved(timedelta(minutes=1)):  # others may think us dead, and take it
            again.append(run_due(a_queue(step), me))
        sent(claimed)

    assert run_due(a_queue(step), me) == 1
    assert again == [0]


@pytest.mark.django_db(transaction=True)
def test_a_claim_whose_commit_failed_is_free_again():
    lost = row("lost")
    with connection.cursor() as cursor:
        cursor.execute(
            """CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$;
            CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON bot_delivery DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION fail()"""
        )
    me = living()
    try:
        with pytest.raises(DatabaseError):
            run_due(a_queue(sent), me)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER at_commit ON bot_delivery; DROP FUNCTION fail()")

    assert run_due(a_queue(sent), me) == 1
    lost.refresh_from_db()
    assert lost.state == "sent"


@pytest.mark.django_db(transaction=True)
def test_who_waits_in_vain_for_a_lock_of_a_frozen_one_is_put_off_and_not_counted():
    waits, needed = row("waits", error="NoAnswer: as before"), row("needed", state="sent", sent_at=clock.now())

    def step(claimed):
        with transaction.atomic():
            Delivery.objects.select_for_update().get(pk=needed.pk)
        sent(claimed)

    queue, me = a_queue(step, max_attempts=3), living()
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 20")
    with psycopg.connect(postgres.url(HOME, postgres.OWNER, connection.settings_dict["NAME"])) as frozen:
        frozen.execute("SELECT FROM bot_delivery WHERE id = %s FOR UPDATE", [needed.pk])
        for minute in range(5):
            with clock.moved(timedelta(minutes=minute)):
                assert run_due(queue, me, most=1) == 1
        waits.refresh_from_db()
        assert (waits.state, waits.attempts, waits.claimed_by) == ("pending", 0, None)
        assert (waits.error, waits.due_at > clock.now()) == ("NoAnswer: as before", True)
        frozen.rollback()

    with clock.moved(timedelta(hours=1)):
        run_due(queue, me)
    waits.refresh_from_db()
    assert waits.state == "sent"
    connection.close()  # with its impatience
