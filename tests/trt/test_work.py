"""The one task: all that is due, of every queue, once; as many workers at a time as there are."""

import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from kie.job import Job
from payments import topups
from payments.models import TopUp
from reliability import clock, instance
from reliability.models import Instance
from tests.kie.at_work import PAID, door, ended, ending, kie, kie_process, money, on_sale, order, reloaded, somebody
from trt import work as trt_work
from trt.work import work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("on_sale")]
__all__ = ["door", "ended", "kie", "kie_process", "on_sale"]


def test_without_work_it_goes_at_once_and_has_said_that_it_lives():
    assert work() == 0
    assert Instance.objects.alive().filter(pk=instance.me()).exists()


def test_every_queue_is_worked_on_until_nothing_is_due(kie, settings):
    settings.PAYMENTS_ENABLED = True
    jobs = [order() for _ in range(3)]
    offer = topups.start(somebody(), Decimal("50.00"), cid=jobs[0].cid)
    kept = topups.start(somebody(), Decimal("50.00"), cid=jobs[0].cid)
    TopUp.objects.filter(pk=offer.pk).update(due_at=clock.now() - timedelta(seconds=1))

    assert work() == 4

    assert {reloaded(job).state for job in jobs} == {"running"}
    assert dict(TopUp.objects.values_list("pk", "state")) == {offer.pk: "expired", kept.pk: "created"}
    assert work() == 0


def test_a_job_goes_from_the_tap_to_the_picture_by_nothing_but_work(kie, door, ended):
    job = order()
    work()
    door.lets_in()

    assert work() == 1

    assert (ending(job), money(job), ended) == (("succeeded", ""), PAID, [job])


def test_many_workers_at_once_make_one_task_a_job(kie):
    jobs = [order() for _ in range(8)]
    made, done = kie.get("/sandbox/tasks")["made"], []

    def run() -> None:
        try:
            done.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(done) == 8
    assert kie.get("/sandbox/tasks")["made"] - made == 8
    assert [len(kie.tasks(job)) for job in jobs] == [1] * 8


def test_what_another_living_worker_has_is_left_to_it(kie):
    job = order()
    another = Instance.objects.create(role="worker", host="there", pid=2)
    Job.objects.filter(pk=job.pk).update(claimed_by=another.pk, attempts=1)

    assert work() == 0
    with clock.moved(timedelta(seconds=11)):
        assert work() == 1
    assert (reloaded(job).state, len(kie.tasks(job))) == ("running", 1)


def test_when_its_time_is_over_it_leaves_the_rest_to_the_next(kie, monkeypatch):
    job = order()
    monkeypatch.setattr(trt_work, "AT_MOST_S", 0.0)

    assert work() == 0

    assert (reloaded(job).state, reloaded(job).attempts, kie.tasks(job)) == ("queued", 0, [])


def test_all_orphans_of_a_dead_worker_go_on_and_each_is_paid_once(kie, ended):
    jobs = [order() for _ in range(12)]
    work()
    for job in jobs:
        kie.ended(reloaded(job).kie_task_id)
    dead = Instance.objects.create(role="worker", host="gone", pid=3)
    Job.objects.update(claimed_by=dead.pk, attempts=1, due_at=clock.now())
    assert work() == 0  # its heart may still beat

    with clock.moved(timedelta(seconds=10)):
        assert work() == 12

    assert {ending(job) for job in jobs} == {("succeeded", "")}
    assert all(money(job) == PAID for job in jobs)
    assert sorted(job.pk for job in ended) == sorted(job.pk for job in jobs)


def test_a_worker_works_on_several_rows_at_once(kie):
    """KIE keeps each waiting until all of them have come: one after the other none would ever be answered."""
    together = threading.Barrier(4, timeout=30)
    jobs = [order() for _ in range(4)]

    def step(job: Job) -> None:
        together.wait()
        Job.objects.filter(pk=job.pk).update(due_at=clock.now() + timedelta(hours=1))

    queues = (replace(trt_work.QUEUES[0], step=step),)
    before, trt_work.QUEUES = trt_work.QUEUES, queues
    try:
        assert work() == len(jobs)
    finally:
        trt_work.QUEUES = before
