"""Transitions of a job. Each: lock, guard, change, move money, signal, log on commit; a repeat is a no-op that says False."""

from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction

from kie import account, breaker, limits, quotes
from kie.breaker import Reason
from kie.catalogue import AIModel
from kie.errors import KieError
from kie.job import OPEN, Job, JobState
from kie.record import TaskRecord
from kie.signals import job_came_late, job_ended
from payments import invites, ledger
from payments.models import Customer, Transfer
from reliability import cid, clock
from reliability.wake import wake

log = structlog.get_logger()

WINDOW = timedelta(seconds=10)  # of KIE_CREATES_PER_10S, KIE's limit an account: what is over it is refused, not queued
WAITS = timedelta(minutes=30)  # for KIE, in the queue; then the money is back. Who waits is told, and can cancel
LATE = timedelta(minutes=30)  # so long a result is looked for whose money is back
CREATE_LOCK = 0x4B4945  # transaction-level advisory lock over the counting of creates


class Closed(Exception):
    """Generations are not for this person now: TEST_MODE lets only staff run them."""


class Paused(Exception):
    """Nothing is sold now: KIE's account is for the operator to mend."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@transaction.atomic
def confirm(
    customer: Customer, model: AIModel, input: dict[str, Any], *, chat: int, quote: dict[str, Any], idempotency_key: str
) -> Job:
    """Hold what the signed quote says and queue the job: one for each key, a repeat returns the first, whatever its state.

    Raises quotes.NotOurs, NotEnoughMoney, limits.TooMany, Closed, Paused; then nothing has changed.
    """
    ledger.lock(customer)  # taps from two devices come one after the other
    if known := Job.objects.filter(idempotency_key=idempotency_key).first():
        return known
    if settings.TEST_MODE and customer.telegram_id not in settings.ADMIN_IDS:
        raise Closed
    if reason := account.closed_for():
        raise Paused(reason)
    price = quotes.price_of(quote, model, input)
    limits.check(customer)
    job = Job(
        customer=customer,
        model=model,
        input=input,
        chat=chat,
        price=price,
        quote=quote,
        idempotency_key=idempotency_key,
        registry_version=model.version_label,
        turn_at=limits.turn(customer),
        deadline_at=clock.now() + WAITS,
        cid=cid.current(),
    )
    if price and settings.CHARGES_ORDERS:
        job.hold = ledger.hold(customer, price, ref=f"hold:job:{job.public_id}", cid=job.cid)
    job.save()
    transaction.on_commit(wake)
    _log_on_commit("job.confirmed", job, price=str(price))
    return job


@transaction.atomic
def cancel(job_id: int) -> bool:
    """queued → failed, by the person. False: it has already gone to KIE or ended."""
    job = Job.objects.lock(job_id, JobState.QUEUED)
    return job is not None and _end(job, JobState.FAILED, error_code="cancelled")


@transaction.atomic
def submitting(job_id: int, sent: dict[str, Any]) -> bool:
    """queued → submitting, committed right before the request. False: it has moved on; or it has to wait for KIE's limit of
    creates or a breaker, in the queue, where the claim (kie.starting) leaves it until they let one through."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CREATE_LOCK])
    job = Job.objects.lock(job_id, JobState.QUEUED)
    now = clock.now()
    if job is None:
        return False
    if crowded() or not breaker.admits(*breaker.of_job(job.model.family)):
        return False
    job.state, job.submitted_at, job.sent, job.error, job.silent_since = JobState.SUBMITTING, now, sent, "", None
    job.save(update_fields=["state", "submitted_at", "sent", "error", "silent_since"])
    _log_on_commit("job.submitting", job)
    return True


def crowded() -> bool:
    """Whether KIE's limit of creates is reached just now."""
    return Job.objects.submitted_since(clock.now() - WINDOW).count() >= settings.KIE_CREATES_PER_10S


@transaction.atomic
def requeue(job_id: int, why: KieError, *, pause: timedelta) -> bool:
    """submitting → queued: there is proof that KIE made nothing, so it may be tried again after `pause`."""
    job = Job.objects.lock(job_id, JobState.SUBMITTING)
    if job is None:
        return False
    job.state, job.submitted_at, job.due_at, job.error = JobState.QUEUED, None, clock.now() + pause, str(why)
    job.save(update_fields=["state", "submitted_at", "due_at", "error"])
    _log_on_commit("job.requeued", job, why=str(why), pause_s=pause.total_seconds())
    return True


@transaction.atomic
def await_news(job_id: int, why: str) -> bool:
    """submitting, and the answer to createTask is lost: the row says so, for the person is told that we check."""
    job = Job.objects.lock(job_id, JobState.SUBMITTING)
    if job is None:
        return False
    job.error = why
    job.save(update_fields=["error"])
    transaction.on_commit(lambda: log.warning("job.answer_lost", **job.as_log(), why=why))
    return True


@transaction.atomic
def run(job_id: int, kie_task_id: str) -> bool:
    """submitting → running: KIE has the task."""
    job = Job.objects.lock(job_id, JobState.SUBMITTING)
    if job is None:
        return False
    job.state, job.kie_task_id, job.error = JobState.RUNNING, kie_task_id, ""
    job.deadline_at = clock.now() + timedelta(seconds=job.limit_s)
    job.save(update_fields=["state", "kie_task_id", "deadline_at", "error"])
    _log_on_commit("job.running", job)
    return True


@transaction.atomic
def succeed(job_id: int, record: TaskRecord) -> bool:
    """running → succeeded. False, nothing changed, if it has ended: callback and poll bring the same news."""
    job = Job.objects.lock(job_id, JobState.RUNNING)
    return job is not None and _end(job, JobState.SUCCEEDED, result=record.as_result())


@transaction.atomic
def fail(job_id: int, error_code: str, why: str, *, field: str = "") -> bool:
    """Any open state → failed: the money goes back. `why` is for the operator; `error_code`, and `field` where one answer
    is to blame, are for the person."""
    job = Job.objects.lock(job_id, *OPEN)
    return job is not None and _end(job, JobState.FAILED, error_code=error_code, error=why, error_field=field)


@transaction.atomic
def lose(job_id: int) -> bool:
    """submitting → failed: no answer to createTask, and no callback. The money goes back; a callback may come all the same."""
    job = Job.objects.lock(job_id, JobState.SUBMITTING)
    why = "no answer to createTask and no callback until the submit deadline"
    return job is not None and _end(job, JobState.FAILED, error_code="lost", error=why, **_looked_for())


@transaction.atomic
def time_out(job_id: int) -> bool:
    """running → timed out: the deadline has passed and KIE still works on it; the money goes back."""
    job = Job.objects.lock(job_id, JobState.RUNNING)
    why = "the deadline has passed"
    return job is not None and _end(job, JobState.TIMED_OUT, error_code="timeout", error=why, **_looked_for())


def _looked_for() -> dict[str, Any]:
    now = clock.now()
    return {"late_until": now + LATE, "due_at": now + timedelta(seconds=30)}


@transaction.atomic
def come_late(job_id: int, record: TaskRecord, *, kie_task_id: str) -> bool:
    """The result of a job whose money is back: it is a gift. State, money and the first last word stay as they are."""
    job = Job.objects.looked_for().select_for_update().filter(pk=job_id).first()
    if job is None:
        return False
    job.late_at, job.late_until, job.result, job.kie_task_id = clock.now(), None, record.as_result(), kie_task_id
    job.save(update_fields=["late_at", "late_until", "result", "kie_task_id"])
    job_came_late.send(sender=Job, job=job)
    _log_on_commit("job.came_late", job)
    return True


@transaction.atomic
def look_no_more(job_id: int, why: str) -> bool:
    """A job whose result is not looked for any longer: it failed at KIE, too, or half an hour is over."""
    job = Job.objects.looked_for().select_for_update().filter(pk=job_id).first()
    if job is None:
        return False
    job.late_until = None
    job.save(update_fields=["late_until"])
    _log_on_commit("job.looked_for_no_more", job, why=why)
    return True


def _end(job: Job, state: JobState, **how: Any) -> bool:
    job.end(state, **how)
    if job.hold_id is not None:
        hold = Transfer.objects.select_related("customer").get(pk=job.hold_id)
        settle = ledger.capture if state == JobState.SUCCEEDED else ledger.release
        settle(hold, ref=f"{settle.__name__}:job:{job.public_id}", cid=job.cid)
        if state == JobState.SUCCEEDED:
            invites.earned(hold.customer)
    job_ended.send(sender=Job, job=job)  # bot writes a Delivery key in this transaction; nothing leaves inside one
    _log_on_commit("job.ended", job, why=job.error)
    return True


def _log_on_commit(event: str, job: Job, **facts: Any) -> None:
    """A log line tells only what was committed."""
    transaction.on_commit(lambda: log.info(event, **job.as_log(), **facts))
