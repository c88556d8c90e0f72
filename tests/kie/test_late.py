"""Results that come after the money went back: looked for during half an hour, given away, and never more than once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from bot.models import Delivery
from kie import callback, jobs
from kie.invariants import INVARIANTS
from kie.job import Job
from kie.record import TaskRecord
from reliability import clock
from tests.kie.at_work import BACK, ending, money, order, reloaded, search, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]
HALF_AN_HOUR = 1800


def timed_out(kie, **plan) -> Job:
    """A job whose deadline is past, while KIE still works on it."""
    kie.fault("createTask", **(plan or {"fault": "task_never_ends"}))
    job = order()
    work()
    Job.objects.filter(pk=job.pk).update(deadline_at=clock.now(), due_at=clock.now())
    work()
    assert (ending(job), money(job)) == (("timed_out", "timeout"), BACK)
    return reloaded(job)


def gifts(job: Job) -> list[str]:
    told = Delivery.objects.filter(kind=Delivery.Kind.RESULT, payload__job=job.pk).order_by("pk")
    return [one.dedup_key.rpartition(":")[2] for one in told]


def broken() -> dict[str, list]:
    return {rule.name: rows for rule in INVARIANTS if (rows := rule.check())}


def test_a_late_result_is_given_away_and_the_money_stays_back(kie, ended):
    job = timed_out(kie, fault="task_slow", seconds=2)
    assert gifts(job) == ["result"]
    kie.ended(job.kie_task_id)

    assert search(after_s=31) == 1

    found = reloaded(job)
    assert (ending(job), money(job), ended) == (("timed_out", "timeout"), BACK, [job])
    assert (len(found.result["files"]), found.late_until) == (1, None)
    assert found.late_at is not None
    assert gifts(job) == ["result", "late"]
    assert (search(after_s=HALF_AN_HOUR), broken()) == (0, {})


def test_its_callback_brings_it_at_once(kie, door):
    job = timed_out(kie, fault="task_slow", seconds=2)
    assert search() == 0

    door.lets_in()

    assert search() == 1
    assert (reloaded(job).late_at is not None, gifts(job)) == (True, ["result", "late"])
    assert callback.nudge(job.public_id, b"{}") is False  # nobody waits for it any more


def test_after_half_an_hour_nobody_looks_any_more(kie):
    job = timed_out(kie)
    looks = 0
    start = clock.now()

    while reloaded(job).late_until and looks < 50:
        due_at = reloaded(job).due_at
        with clock.owned(lambda due_at=due_at: due_at):
            looks += search()

    assert (due_at - start).total_seconds() == pytest.approx(HALF_AN_HOUR, abs=5)
    assert looks < 15
    assert (gifts(job), money(job), search(after_s=7200)) == (["result"], BACK, 0)


def test_a_late_failure_is_no_news(kie):
    job = timed_out(kie, fault="task_slow", seconds=1)
    kie.ended(job.kie_task_id)
    kie.fault("recordInfo", "500", times=3)
    search(after_s=31)
    assert reloaded(job).late_until is not None  # silence proves nothing

    assert jobs.look_no_more(job.pk, "KIE says fail")
    assert jobs.look_no_more(job.pk, "KIE says fail") is False
    assert (gifts(job), search(after_s=60)) == (["result"], 0)


def test_a_late_task_that_failed_ends_the_search(kie):
    kie.fault("createTask", "task_fails", failCode="500", failMsg="Internal error")
    job = timed_out(kie, fault="task_slow", seconds=1)
    kie.ended(job.kie_task_id)

    assert search(after_s=31) == 1

    assert (reloaded(job).late_until, reloaded(job).late_at, gifts(job)) == (None, None, ["result"])


def test_a_late_result_whose_file_is_gone_is_no_gift(kie):
    kie.fault("createTask", "result_expired")
    job = timed_out(kie, fault="task_slow", seconds=1)
    kie.ended(job.kie_task_id)

    search(after_s=31)

    assert (reloaded(job).late_at, gifts(job)) == (None, ["result"])


def test_a_lost_order_is_given_away_when_its_callback_comes_after_all(kie, door):
    kie.fault("createTask", "answer_lost")
    job = order()
    work()
    work(after_s=61)
    assert (ending(job), money(job)) == (("failed", "lost"), BACK)

    door.lets_in()
    assert search() == 1

    found = reloaded(job)
    assert (ending(job), money(job), gifts(job)) == (("failed", "lost"), BACK, ["result", "late"])
    assert (found.kie_task_id, len(kie.tasks(job))) == (found.heard_task_id, 1)


def test_a_lost_order_believes_no_foreign_task(kie, door):
    another = order()
    work()
    door.lets_in()
    kie.fault("createTask", "refused")
    job = order()
    work()
    work(after_s=61)

    callback.nudge(job.public_id, b'{"data": {"taskId": "%s"}}' % reloaded(another).kie_task_id.encode())
    search()

    assert (reloaded(job).late_at, gifts(job)) == (None, ["result"])


def test_two_who_find_it_give_it_once(kie):
    job = timed_out(kie)
    record = TaskRecord(state="success", files=[{"url": "https://files.example/1", "kind": "image"}])

    assert jobs.come_late(job.pk, record, kie_task_id=job.kie_task_id)
    assert not jobs.come_late(job.pk, record, kie_task_id=job.kie_task_id)
    assert gifts(job) == ["result", "late"]


@pytest.mark.parametrize("how", ["cancelled", "failed"])
def test_what_ended_for_certain_is_not_looked_for(kie, how):
    job = order()
    jobs.cancel(job.pk) if how == "cancelled" else jobs.fail(job.pk, "moderation", "no")

    assert (reloaded(job).late_until, search(after_s=60)) == (None, 0)


@pytest.mark.parametrize("change", ["late_at = now()", "late_until = now()"])
def test_the_table_refuses_a_gift_of_what_is_open(kie, change):
    job = order()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE kie_job SET {change} WHERE id = %s", [job.pk])


def test_the_table_refuses_to_look_for_what_has_come(kie):
    job = timed_out(kie)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE kie_job SET late_at = now() WHERE id = %s", [job.pk])


def test_one_that_cannot_be_looked_for_is_let_be(kie):
    job = timed_out(kie)
    Job.objects.filter(pk=job.pk).update(attempts=3, due_at=clock.now() - timedelta(seconds=1))

    search()

    assert (reloaded(job).late_until, money(job), gifts(job)) == (None, BACK, ["result"])
