"""Orders of the test's own models: made, finished, and gone on with."""

from __future__ import annotations

import pytest

from kie import client, inputs
from kie.catalogue import AIModel
from kie.job import Job
from payments.models import Customer
from reliability import clock
from tests.kie.at_work import Peer, ending, order, reloaded, somebody, work
from tests.sandbox.kie_side import until

LATER_S = 120.0


def confirmed(customer: Customer, key: str, **answers) -> Job:
    """An order as the bot confirms it: with the defaults."""
    return order(customer, model=key, input=inputs.complete(AIModel.objects.get(key=key), answers))


def ordered(key: str) -> Job:
    return confirmed(somebody(), key, prompt=f"A wave {clock.uuid7().hex}")


def over(kie: Peer, job: Job) -> None:
    """KIE has finished the job's task."""
    until(lambda: all(task["completed_ms"] for task in kie.tasks(job)))


def done(kie: Peer, key: str) -> Job:
    """A finished generation."""
    job = ordered(key)
    work()
    over(kie, job)
    work(after_s=LATER_S)
    assert ending(job) == ("succeeded", "")
    return reloaded(job)


def follow_up(film: Job, key: str, **answers) -> Job:
    return confirmed(film.customer, key, taskId=of(film), **answers)


def of(job: Job, track: int = 0) -> dict:
    """The answer that names a generation."""
    return {"job": str(job.public_id), "track": track}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch):
    """KIE is given a quarter of a second to answer."""
    monkeypatch.setattr(client, "TIMEOUT_S", (5, 0.25))
