"""Bugs of those who make pictures and take money for them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from unittest.mock import patch

from kie import callback, client, jobs, running
from kie.errors import NoAnswer, NothingMade
from kie.job import Job
from payments import ledger
from reliability import clock
from tests.simulation.zoo.bug import Bug, bug


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

    def submit(job: Job) -> datetime | None:
        url = callback.url(job.public_id)
        try:
            made = client.create(
                "/api/v1/jobs/createTask", {"model": "z-image", "input": job.input, "callBackUrl": url}
            )
        except (NothingMade, NoAnswer):
            return honest(job)
        jobs.submitting(job.pk, job.input)
        jobs.run(job.pk, made)
        return clock.now()

    honest = running.submit
    with patch.object(running, "submit", submit):
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


BUGS: tuple[Bug, ...] = (
    create_is_repeated_after_silence,
    server_error_is_proof,
    created_before_it_is_noted,
    failure_is_charged,
    refunded_twice,
)
