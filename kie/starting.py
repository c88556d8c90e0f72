"""The start of a job: its files go up, and KIE is asked once for a task. What has to wait for KIE waits unclaimed, in fair order.

A step is run twice or killed halfway without harm: the row's state says how far it came, and every outcome is a transition.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db.models import BooleanField, Exists, Q
from django.db.models.expressions import RawSQL

from kie import account, breaker, callback, jobs, sources, withdrawn
from kie.breaker import ACCOUNT, CREATE, CREATES, Breaker, Reason
from kie.catalogue import AIModel
from kie.charged import credits_of
from kie.errors import NoAnswer, NothingMade, Refused, Unread
from kie.families import FAMILIES
from kie.job import Job, JobQuerySet, JobState
from kie.running import bury, pause
from kie.sources import SilentLink, Unfit
from reliability import clock
from reliability.due import DueQuerySet, Next, Queue

log = structlog.get_logger()
REQUEUE_PAUSE = timedelta(seconds=5)
SILENCE_PAUSE = timedelta(seconds=10)
LINK_PATIENCE = timedelta(minutes=1)  # how long the silence of a link's host is borne: the person waits
FILES_PATIENCE = timedelta(minutes=5)  # of KIE's uploads or of Telegram, which come back
STOPS = {429: (CREATES, Reason.BUSY), 455: ("", Reason.MAINTENANCE), 550: ("", Reason.BUSY)}  # "": of the family alone
FREE = "(SELECT count(*) FROM kie_job sent WHERE sent.submitted_at > %s - %s) < %s"


class Waiting(JobQuerySet):
    """Jobs in the queue."""

    def due(self, now: datetime) -> "Waiting":
        """Those that KIE may be asked for now, in turn; and those that have waited too long, whatever KIE says. The rest stays
        unclaimed, however much of it there is."""
        blocking = Breaker.objects.blocking(now)
        shut = blocking.families(CREATE)
        room = RawSQL(FREE, [now, jobs.WINDOW, settings.KIE_CREATES_PER_10S], BooleanField())  # noqa: S611 (figures of our own)
        open_to_all = ~Exists(blocking.filter(scope__in=(ACCOUNT, CREATES))) & Q(room)
        of_these = ~Q(model__in=AIModel.objects.filter(family__in=shut).values("pk"))
        due = self.filter(state=JobState.QUEUED, due_at__lte=now).filter(
            Q(deadline_at__lte=now) | (open_to_all & of_these)
        )
        return due.order_by("turn_at", "pk")


def rows(_now: datetime) -> DueQuerySet:
    """Every job in the queue; `due` says which may start."""
    return Waiting(Job)


def step(job: Job) -> Next:
    """Create the KIE task of a queued job; run twice or killed halfway it makes one. Every outcome is a transition."""
    if settings.DRY_RUN:
        jobs.fail(job.pk, "dry_run", "DRY_RUN: no job is sent to KIE")
        return None
    if job.deadline_at and clock.now() >= job.deadline_at and (held_up := hindrance(job)):
        jobs.fail(job.pk, held_up.value, f"it has waited for KIE as long as may be; {job.error}")
        return None
    if jobs.crowded() or breaker.blocked(*breaker.of_job(job.model.family)):
        return None  # before its files go up for nothing
    try:
        sent = sources.gathered(job.model, job.input, job.customer)
    except SilentLink as silence:
        return _again_or_not(job, silence, silence.error_code, silence.field, patience=LINK_PATIENCE)
    except Unread as silence:
        return _again_or_not(job, silence, "provider_down", "", patience=FILES_PATIENCE)
    except Unfit as why:
        jobs.fail(job.pk, why.error_code, str(why), field=why.field)
        return None
    return _create(job, sent)


QUEUE = Queue(name="start", rows=rows, step=step, bury=bury)


def hindrance(job: Job) -> Reason | None:
    """Why it waits for KIE, if it does; None: it is next."""
    trouble = breaker.trouble(*breaker.of_job(job.model.family))
    return trouble or (Reason.BUSY if jobs.crowded() else None)


def _again_or_not(job: Job, silence: Exception, code: str, field: str, *, patience: timedelta) -> Next:
    """Silence proves nothing of a link or a file, and KIE would wait for it too, and longer: it is borne for a while without
    counting attempts, then the money is back."""
    since = job.silent_since or clock.now()
    if clock.now() - since > patience:
        jobs.fail(job.pk, code, str(silence), field=field)
        return None
    log.info("job.source_silent", job=str(job.public_id), why=str(silence))
    return job.put_off(clock.now() + SILENCE_PAUSE, error=str(silence)[:1000], silent_since=since)


def _create(job: Job, sent: dict[str, Any]) -> datetime | None:
    """The one createTask of a job."""
    if not jobs.submitting(job.pk, sent):  # committed right before the request
        return None  # it has moved on, or waits for KIE
    family = job.model.family
    try:
        kie_task_id = FAMILIES[family].create(job.model.kie_model, sent, callback_url=callback.url(job.public_id))
    except NothingMade as why:
        _waits(job, why)
    except Refused as refusal:
        breaker.well(*breaker.of_job(family))
        if refusal.model_is_off:
            withdrawn.by_kie(job.model, str(refusal))
        jobs.fail(job.pk, refusal.error_code, str(refusal))
    except NoAnswer as silence:  # perhaps made: never ask again, the callback or the deadline decides
        breaker.strike(breaker.creates_of(family), Reason.DOWN, str(silence))
        jobs.await_news(job.pk, str(silence))
        job.refresh_from_db(fields=["submitted_at"])
        return job.submit_deadline
    else:
        jobs.run(job.pk, kie_task_id)
        breaker.well(*breaker.of_job(family))
        return clock.now() + pause(job)
    return None


def _waits(job: Job, why: NothingMade) -> None:
    """Back into the queue, and what KIE said is made known to all who would ask next."""
    family = breaker.creates_of(job.model.family)
    if not account.closes(why, needs=credits_of(job)):
        if why.code in STOPS:
            scope, reason = STOPS[why.code]
            breaker.trip(scope or family, reason, str(why))
        else:  # no connection
            breaker.strike(family, Reason.DOWN, str(why))
    jobs.requeue(job.pk, why, pause=REQUEUE_PAUSE)
