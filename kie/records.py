"""KIE's record of a job's task, read with patience: a record that cannot be read proves nothing."""

import structlog

from kie import breaker, callback
from kie.breaker import Reason
from kie.errors import Refused, Unread
from kie.families import FAMILIES
from kie.job import Job
from kie.record import TaskRecord

log = structlog.get_logger()


def read(job: Job, task_id: str) -> TaskRecord | None:
    """The record of a task; None if it cannot be read now: the deadline bounds how long that is borne. While records of its
    family cannot be read at all, one look at a time finds out whether they can again."""
    family, scope = job.model.family, breaker.reads_of(job.model.family)
    if not breaker.admits(scope):
        return None
    try:
        record = FAMILIES[family].query(task_id, output=job.model.output)
    except Unread as trouble:
        if trouble.code != 429:  # of one task's records, asked for too often
            breaker.strike(scope, Reason.DOWN, str(trouble))
        return _unread(job, task_id, trouble)
    except Refused as trouble:  # «recordInfo is null» comes right after a create too
        breaker.well(scope)
        return _unread(job, task_id, trouble)
    breaker.well(scope)
    return record


def _unread(job: Job, task_id: str, trouble: Exception) -> TaskRecord | None:
    log.warning("job.record_unread", job=str(job.public_id), task=task_id, why=str(trouble))
    return None


def heard(job: Job) -> TaskRecord | None:
    """The record of the task that a callback named for a job whose createTask was not answered. It is ours only if KIE's record
    has our callback URL, which nobody else can write."""
    record = read(job, job.heard_task_id) if job.heard_task_id else None
    if record is not None and not (record.callback_url and record.callback_url == callback.url(job.public_id)):
        log.warning("job.foreign_task", job=str(job.public_id), task=job.heard_task_id)
        return None
    return record
