"""A job that KIE may have, or has: look at its record until it ends, or until its time is over.

A step is run twice or killed halfway without harm: the row's state says how far it came, and every outcome is a transition.
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Q

from kie import account, charged, durations, fetch, jobs, records, results
from kie.breaker import READ, Breaker
from kie.catalogue import AIModel
from kie.errors import NoCredits, failure_code
from kie.families import UNTOLD
from kie.job import Job, JobQuerySet, JobState
from kie.record import TaskRecord
from kie.signals import operator_wanted
from reliability import clock
from reliability.due import ENDED, DueQuerySet, Next, Queue

log = structlog.get_logger()
FORGOTTEN = timedelta(hours=1)  # not even submitted, or its createTask unanswered
FILES_PAUSE = timedelta(seconds=10)
FILES_PATIENCE = timedelta(minutes=3)  # beyond twice the usual time: how long the silence of a result's host is borne


class Submitted(JobQuerySet):
    """Jobs that KIE may have."""

    def due(self, now: datetime) -> "Submitted":
        """Those to be looked at, the longest waiting first. While records of a family cannot be read its jobs stay unclaimed,
        up to their deadlines."""
        unread = Breaker.objects.blocking(now).families(READ)
        silent = Q(model__in=AIModel.objects.filter(family__in=unread).values("pk"))
        on_its_way = self.filter(state__in=(JobState.SUBMITTING, JobState.RUNNING), due_at__lte=now)
        return on_its_way.filter(Q(deadline_at__lte=now) | ~silent).order_by("due_at", "pk")


def rows(_now: datetime) -> DueQuerySet:
    """Every job that was submitted; run_due adds which are due."""
    return Submitted(Job)


def step(job: Job) -> Next:
    """Move one job on by what its state says. Says when to look again, ENDED if it has; None if a transition set it."""
    return listen(job) if job.state == JobState.SUBMITTING else look(job)


def bury(job: Job, why: str) -> None:
    """The last resort for a job that kills its worker or fails again and again: money back, person told, operator called."""
    jobs.fail(job.pk, "internal", why)
    facts = {"job": str(job.public_id), "code": job.cid, "why": why[:300]}
    operator_wanted.send(sender=Job, key=f"job:{job.pk}", what="buried", facts=facts)


QUEUE = Queue(name="job", rows=rows, step=step, bury=bury)


def nudge_overdue() -> int:
    """A net under the net: jobs past their time that nobody means to look at soon are due now; says how many."""
    now = clock.now()
    late = Q(deadline_at__lt=now) | Q(deadline_at__isnull=True, created_at__lt=now - FORGOTTEN)
    return Job.objects.nudge(late, due_at__gt=now + timedelta(minutes=1))


def listen(job: Job) -> Next:
    """A create whose answer was lost: has a callback named the task?"""
    record = records.heard(job)
    if record is not None:
        jobs.run(job.pk, job.heard_task_id)
        return _settled(job, record)
    if clock.now() >= job.submit_deadline:
        return _given_back(jobs.lose(job.pk))
    if not job.in_doubt:
        jobs.await_news(job.pk, "the worker stopped before the answer to createTask")
    return min(job.submit_deadline, clock.now() + timedelta(seconds=10)) if job.heard_task_id else job.submit_deadline


def look(job: Job) -> Next:
    """A running job: end it by KIE's record, or by its deadline."""
    record = records.read(job, job.kie_task_id or "")
    if record is not None and record.state != "running":
        return _settled(job, record)
    assert job.deadline_at is not None
    if clock.now() >= job.deadline_at:
        return _given_back(jobs.time_out(job.pk))
    return min(job.deadline_at, clock.now() + pause(job))


def _settled(job: Job, record: TaskRecord) -> Next:
    if record.state == "running":
        return clock.now() + pause(job)
    charged.compare(job, record)
    if record.state == "fail":
        return _given_back(_failed(job, record))
    if record.text:
        return _given_back(jobs.succeed(job.pk, record))
    if record.files:
        return _paid_if_there(job, record)
    return _given_back(jobs.fail(job.pk, "provider_down", "success without a result"))


def _given_back(ended: bool) -> Next:
    """A job that has ended has given its claim back in the same commit; one that others have moved on has it still."""
    return ENDED if ended else None


def _failed(job: Job, record: TaskRecord) -> bool:
    reason, why = failure_code(record.fail_code, record.fail_msg), f"{record.fail_code} {record.fail_msg}"
    if reason == "provider_credits":  # the balance is looked at when a task begins, too, not only when it is ordered
        account.closes(NoCredits(why))
    return jobs.fail(job.pk, reason, why)


def _paid_if_there(job: Job, record: TaskRecord) -> Next:
    """Nobody pays for what is lost, so a file is looked for before the capture. A host's silence proves nothing: it is
    looked at again for a while, then the delivery goes on trying."""
    try:
        gone = results.lost(record.files)
    except fetch.Away as silence:
        assert job.submitted_at is not None
        patience = timedelta(seconds=2 * job.model.median_s) + FILES_PATIENCE
        borne_until = job.submitted_at + min(patience, timedelta(seconds=job.limit_s))
        log.warning("job.files_away", job=str(job.public_id), why=str(silence))
        if clock.now() < borne_until:
            return min(borne_until, clock.now() + FILES_PAUSE)
        gone = False
    if gone:
        return _given_back(jobs.fail(job.pk, "result_lost", "KIE says success, and every file of it is gone"))
    return _given_back(jobs.succeed(job.pk, record))


def pause(job: Job) -> timedelta:
    """How long until the next look at a job's record.

    With callbacks we look only in case one is lost. The first look comes when nearly all tasks have ended; each pause after it is
    a quarter of the time so far. Then a task whose callback came costs one read, as a rule, and one whose callback is lost is
    found a usual time late. Without callbacks, ours or of that very model, looks are the only news.
    """
    usual = durations.usual(job.model)
    running_s = (clock.now() - job.submitted_at).total_seconds() if job.submitted_at else 0.0
    if settings.KIE_CALLBACK_BASE_URL and job.model.kie_model not in UNTOLD:
        return timedelta(seconds=max(10.0, usual.nearly_all_s - running_s, running_s / 4))
    return timedelta(seconds=min(max(2.0, usual.median_s / 4, running_s / 4), 30.0))
