"""Bugs of those who make pictures and take money for them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest.mock import patch

from django.db import transaction

from kie import breaker, callback, client, jobs, late, starting
from kie.errors import NoAnswer, NothingMade
from kie.job import Job, JobState
from kie.record import TaskRecord
from payments import ledger
from reliability import clock
from tests.simulation.zoo.bug import Bug, bug
from trt import work

LATE, EMPTY = "an order whose picture comes late", "an order on an empty account"


@bug("clients with «retries=3» on a POST that costs money")
def create_is_repeated_after_silence() -> Iterator[None]:
    """A createTask that was not answered is sent again."""

    def create(path: str, payload: dict[str, Any]) -> str:
        try:
            return honest(path, payload)
        except NoAnswer as silence:
            raise NothingMade(str(silence)) from silence

    honest = client.create
    with patch.object(client, "create", create):
        yield


@bug("urllib3's status_forcelist of 500 for every method")
def server_error_is_proof() -> Iterator[None]:
    """A 500 is taken for proof that no task was made."""
    with patch.object(client, "NOTHING_MADE", client.NOTHING_MADE | {500}):
        yield


@bug("the payment row saved only after the provider answered")
def created_before_it_is_noted() -> Iterator[None]:
    """createTask goes out before the row says so: who dies in between does it again."""

    def create(job: Job, sent: dict[str, Any]) -> datetime | None:
        url = callback.url(job.public_id)
        try:
            made = client.create("/api/v1/jobs/createTask", {"model": "z-image", "input": sent, "callBackUrl": url})
        except (NothingMade, NoAnswer):
            return honest(job, sent)
        jobs.submitting(job.pk, sent)
        jobs.run(job.pk, made)
        return clock.now()

    honest = starting._create
    with patch.object(starting, "_create", create):
        yield


@bug("storefronts that charge on acceptance")
def failure_is_charged() -> Iterator[None]:
    """A generation that failed keeps the money."""
    with patch.object(ledger, "release", ledger.capture):
        yield


@bug("failed video refunded twice")
def refunded_twice() -> Iterator[None]:
    """A failure gives the hold back, and its clean-up gives the price once more."""

    def fail(job_id: int, *why: str) -> bool:
        failed = honest(job_id, *why)
        job = Job.objects.get(pk=job_id)
        if failed and job.hold:
            ledger.bonus(job.customer, job.price, ref=f"refund:{job.public_id}", cid=job.cid)
        return failed

    honest = jobs.fail
    with patch.object(jobs, "fail", fail):
        yield


@bug("queues that retry a job after its visibility timeout")
def timed_out_is_ordered_again() -> Iterator[None]:
    """What KIE did not finish in time is ordered anew, and paid for twice."""

    @transaction.atomic
    def time_out(job_id: int) -> bool:
        job = Job.objects.lock(job_id, JobState.RUNNING)
        if job is not None:
            job.state, job.kie_task_id, job.submitted_at, job.deadline_at = JobState.QUEUED, None, None, None
            job.due_at = clock.now()
            job.save()
        return job is not None

    with patch.object(jobs, "time_out", time_out):
        yield


@bug("«late success is charged»: a state that pays whenever it is entered", flow=LATE)
def late_result_is_charged() -> Iterator[None]:
    """A result that comes after the money went back takes it again."""

    def come_late(job_id: int, record: TaskRecord, *, kie_task_id: str) -> bool:
        came = honest(job_id, record, kie_task_id=kie_task_id)
        job = Job.objects.get(pk=job_id)
        if came and ledger.available(job.customer) >= job.price:
            again = ledger.hold(job.customer, job.price, ref=f"hold:late:{job.public_id}", cid=job.cid)
            ledger.capture(again, ref=f"capture:late:{job.public_id}", cid=job.cid)
        return came

    honest = jobs.come_late
    with patch.object(jobs, "come_late", come_late):
        yield


@bug("bots that forget a job once its message says «timed out»", flow=LATE)
def late_result_is_dropped() -> Iterator[None]:
    """What comes after the time-out is thrown away, though it is paid for."""

    def step(job: Job) -> None:
        jobs.look_no_more(job.pk, "it has timed out")

    queues = tuple(replace(late.QUEUE, step=step) if one is late.QUEUE else one for one in work.QUEUES)
    with patch.object(work, "QUEUES", queues):
        yield


@bug("retry loops without a circuit breaker: each job finds out for itself", flow=EMPTY)
def an_empty_account_is_asked_again_and_again() -> Iterator[None]:
    """402 only sends the one job back; nobody else learns of it, and it asks again in five seconds."""
    with patch.object(breaker, "trip", lambda *_, **__: None):
        yield


BUGS: tuple[Bug, ...] = (
    create_is_repeated_after_silence,
    server_error_is_proof,
    created_before_it_is_noted,
    failure_is_charged,
    refunded_twice,
    timed_out_is_ordered_again,
    late_result_is_charged,
    late_result_is_dropped,
    an_empty_account_is_asked_again_and_again,
)
