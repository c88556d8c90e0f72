"""The work of a job, one step at a time: upload and create, then look at KIE's record until it ends.

A step is run twice or killed halfway without harm: the row's state says how far it came, and every outcome is a transition.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db.models import Q

from kie import callback, charged, fetch, jobs, results, sources
from kie.errors import NoAnswer, NoCredits, NothingMade, Refused, Unread, failure_code
from kie.families import FAMILIES, Family
from kie.job import Job, JobState
from kie.record import TaskRecord
from kie.sources import SilentLink, Unfit
from reliability import clock
from reliability.due import DueQuerySet, Queue

log = structlog.get_logger()
REQUEUE_PAUSE = timedelta(seconds=5)
PATIENCE = timedelta(minutes=5)  # how long proof of «nothing made» is answered by trying again
FORGOTTEN = timedelta(hours=1)  # not even submitted, or its createTask unanswered
LINK_PAUSE = timedelta(seconds=10)
LINK_PATIENCE = timedelta(minutes=1)  # how long the silence of a link's host is borne: the person waits
FILES_PATIENCE = timedelta(minutes=3)  # beyond twice the usual time: how long the silence of a result's host is borne
NO_CREDITS = "provider_credits"
OURS_TO_MEND = {401: "provider_key", 433: "provider_cap"}  # key refused, its cap reached: trying again is no cure
OUR_FAULT = (NO_CREDITS, *OURS_TO_MEND.values())  # error codes for the operator to mend: /health says them


def rows(_now: datetime) -> DueQuerySet:
    """Every job; run_due adds which are due."""
    return Job.objects.all()


def step(job: Job) -> datetime | None:
    """Move one job on by what its state says. Says when to look again; None if it ended or a transition set it."""
    if job.state == JobState.QUEUED:
        return submit(job)
    if job.state == JobState.SUBMITTING:
        return listen(job)
    return look(job)


def bury(job: Job, why: str) -> None:
    """The last resort for a job that kills its worker or fails again and again: money back, person told."""
    jobs.fail(job.pk, "internal", why)


QUEUE = Queue(name="job", rows=rows, step=step, bury=bury)


def nudge_overdue() -> int:
    """A net under the net: jobs past their time that nobody means to look at soon are due now; says how many."""
    now = clock.now()
    late = Q(deadline_at__lt=now) | Q(deadline_at__isnull=True, created_at__lt=now - FORGOTTEN)
    return Job.objects.nudge(late, due_at__gt=now + timedelta(minutes=1))


def submit(job: Job) -> datetime | None:
    """Create the KIE task of a queued job; run twice or killed halfway it makes one. Every outcome is a transition."""
    if settings.DRY_RUN:
        jobs.fail(job.pk, "dry_run", "DRY_RUN: no job is sent to KIE")
        return None
    if jobs.crowded():
        return clock.now() + timedelta(seconds=1)  # before its files go up for nothing
    try:
        sent = sources.gathered(job.model, job.input, job.customer)
    except SilentLink as silence:
        return _ask_link_again_or_not(job, silence)
    except Unfit as why:
        jobs.fail(job.pk, why.error_code, str(why), field=why.field)
        return None
    return _create(job, sent)


def _ask_link_again_or_not(job: Job, silence: SilentLink) -> datetime | None:
    """Silence proves nothing of a link, but KIE would wait for it too, and longer: a minute, then the money is back."""
    if clock.now() - job.created_at > LINK_PATIENCE:
        jobs.fail(job.pk, silence.error_code, str(silence), field=silence.field)
        return None
    log.info("job.link_silent", job=str(job.public_id), why=str(silence))
    return clock.now() + LINK_PAUSE


def _create(job: Job, sent: dict[str, Any]) -> datetime | None:
    """The one createTask of a job."""
    if not jobs.submitting(job.pk, sent):  # committed right before the request
        return None  # it has moved on, or waits for KIE's limit
    try:
        kie_task_id = _family(job).create(job.model.kie_model, sent, callback_url=callback.url(job.public_id))
    except NothingMade as why:
        _again_or_not(job, why)
    except Refused as refusal:
        jobs.fail(job.pk, refusal.error_code, str(refusal))
    except NoAnswer as silence:  # perhaps made: never ask again, the callback or the deadline decides
        jobs.await_news(job.pk, str(silence))
        job.refresh_from_db(fields=["submitted_at"])
        return job.submit_deadline
    else:
        jobs.run(job.pk, kie_task_id)
        return clock.now() + _pause(job)
    return None


def _again_or_not(job: Job, why: NothingMade) -> None:
    if isinstance(why, NoCredits) or why.code in OURS_TO_MEND:
        error_code = OURS_TO_MEND.get(why.code, NO_CREDITS)
        jobs.fail(job.pk, error_code, str(why))
        log.error(
            "kie.refuses_us", error_code=error_code, why=str(why)
        )  # without the job: equal lines pass once in 30 s
    elif clock.now() - job.created_at > PATIENCE:
        jobs.fail(job.pk, "busy" if why.code == 429 else "provider_down", str(why))
    else:
        jobs.requeue(job.pk, why, pause=REQUEUE_PAUSE)


def listen(job: Job) -> datetime | None:
    """A create whose answer was lost: has a callback named the task? It is ours only if KIE's record has our callback URL."""
    record = _record(job, job.heard_task_id) if job.heard_task_id else None
    if record is not None and record.callback_url and record.callback_url == callback.url(job.public_id):
        jobs.run(job.pk, job.heard_task_id)
        return _settled(job, record)
    if record is not None:
        log.warning("job.foreign_task", job=str(job.public_id), task=job.heard_task_id)
    if clock.now() >= job.submit_deadline:
        jobs.fail(job.pk, "lost", "no answer to createTask and no callback until the submit deadline")
        return None
    if not job.in_doubt:
        jobs.await_news(job.pk, "the worker stopped before the answer to createTask")
    return min(job.submit_deadline, clock.now() + timedelta(seconds=10)) if job.heard_task_id else job.submit_deadline


def look(job: Job) -> datetime | None:
    """A running job: end it by KIE's record, or by its deadline."""
    record = _record(job, job.kie_task_id or "")
    if record is not None and record.state != "running":
        return _settled(job, record)
    assert job.deadline_at is not None
    if clock.now() >= job.deadline_at:
        jobs.time_out(job.pk)
        return None
    return min(job.deadline_at, clock.now() + _pause(job))


def _settled(job: Job, record: TaskRecord) -> datetime | None:
    if record.state == "running":
        return clock.now() + _pause(job)
    charged.compare(job, record)
    if record.state == "fail":
        jobs.fail(job.pk, failure_code(record.fail_code, record.fail_msg), f"{record.fail_code} {record.fail_msg}")
    elif record.text:
        jobs.succeed(job.pk, record)
    elif record.files:
        return _paid_if_there(job, record)
    else:
        jobs.fail(job.pk, "provider_down", "success without a result")
    return None


def _paid_if_there(job: Job, record: TaskRecord) -> datetime | None:
    """Nobody pays for what is lost, so a file is looked for before the capture. A host's silence proves nothing: it is
    looked at again for a while, then the delivery goes on trying."""
    try:
        gone = results.lost(record.files)
    except fetch.Away as silence:
        assert job.submitted_at is not None
        patience = timedelta(seconds=2 * job.model.median_s) + FILES_PATIENCE
        borne_until = job.submitted_at + min(patience, timedelta(seconds=job.model.deadline_s))
        log.warning("job.files_away", job=str(job.public_id), why=str(silence))
        if clock.now() < borne_until:
            return min(borne_until, clock.now() + LINK_PAUSE)
        gone = False
    if gone:
        jobs.fail(job.pk, "result_lost", "KIE says success, and every file of it is gone")
    else:
        jobs.succeed(job.pk, record)
    return None


def _record(job: Job, task_id: str) -> TaskRecord | None:
    """KIE's record; None if it cannot be read now: the deadline bounds how long that is borne."""
    try:
        return _family(job).query(task_id, output=job.model.output)
    except (Unread, Refused) as trouble:  # «recordInfo is null» comes right after a create too
        log.warning("job.record_unread", job=str(job.public_id), task=task_id, why=str(trouble))
        return None


def _pause(job: Job) -> timedelta:
    """How long until the next look at a job's record.

    With callbacks we look only in case one is lost. Half of all tasks have ended by the median, so the first look comes
    there; each pause after it is a quarter of the time so far. Then a lost callback costs a quarter of what the task
    took, or ten seconds, and a task of three times the median five more reads. Without callbacks looks are the only news.
    """
    median_s = job.model.median_s
    running_s = (clock.now() - job.submitted_at).total_seconds() if job.submitted_at else 0.0
    if settings.KIE_CALLBACK_BASE_URL:
        return timedelta(seconds=max(10.0, median_s - running_s, running_s / 4))
    return timedelta(seconds=min(max(2.0, median_s / 4, running_s / 4), 30.0))


def _family(job: Job) -> Family:
    return FAMILIES[job.model.family]
