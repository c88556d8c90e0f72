"""Results that come after the money went back: they are looked for during half an hour and given away.

The person was told that nothing came, and has their money. What KIE has made all the same is paid by the operator already, so
keeping it back would help nobody. The row keeps its end, and `late_at` says that the result was given.
"""

from datetime import datetime, timedelta

from kie import charged, fetch, jobs, records, results
from kie.job import Job, JobQuerySet
from kie.record import TaskRecord
from reliability import clock
from reliability.due import DueQuerySet, Queue


class Missing(JobQuerySet):
    """Jobs that ended without a result, as work."""

    def open(self) -> "Missing":
        """Those still looked for."""
        return self.filter(late_until__isnull=False)


def rows(_now: datetime) -> DueQuerySet:
    """Every job that is looked for."""
    return Missing(Job)


def step(job: Job) -> datetime | None:
    """Look once more. Says when again; None when it came, or is looked for no more."""
    task_id = job.kie_task_id or job.heard_task_id
    record = records.read(job, job.kie_task_id) if job.kie_task_id else records.heard(job)
    if record is not None and record.state == "success" and _there(record):
        charged.compare(job, record)
        jobs.come_late(job.pk, record, kie_task_id=task_id)
        return None
    assert job.late_until is not None
    if (record is not None and record.state == "fail") or clock.now() >= job.late_until:
        jobs.look_no_more(job.pk, f"KIE says {record.state}" if record else "it has not been found")
        return None
    return min(job.late_until, clock.now() + _pause(job) if task_id else job.late_until)


def _there(record: TaskRecord) -> bool:
    """Whether there is something to give."""
    if record.text or not record.files:
        return bool(record.text)
    try:
        return not results.lost(record.files)
    except fetch.Away:  # perhaps at the next look
        return False


def _pause(job: Job) -> timedelta:
    """Half of the time since it was given up, within half a minute and five."""
    assert job.ended_at is not None
    return max(timedelta(seconds=30), min(timedelta(minutes=5), (clock.now() - job.ended_at) / 2))


def bury(job: Job, why: str) -> None:
    """A job that cannot even be looked for is let be: its person has the money and the explanation."""
    jobs.look_no_more(job.pk, why)


QUEUE = Queue(name="late", rows=rows, step=step, bury=bury)
