"""Every invariant of generations, updates and deliveries finds what it speaks of, and only that."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from bot import inbox
from bot.models import Delivery, Update, UpdateState
from kie import jobs
from kie.job import Job
from kie.record import TaskRecord
from payments import topups
from reliability import clock
from tests.kie.at_work import on_sale, order  # noqa: F401 (a fixture)
from trt.console.invariants import broken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def lived() -> None:
    """One generation succeeded, one failed, one runs; the update that confirmed the first is done."""
    done, failed, running = order(), order(), order()
    for number, job in enumerate((done, failed, running)):
        jobs.submitting(job.pk, job.input)
        jobs.run(job.pk, f"task-{number}")
    jobs.succeed(done.pk, TaskRecord(state="success", files=[{"url": "https://files.example/1.png", "kind": "image"}]))
    jobs.fail(failed.pk, "provider_down", "as planned")
    inbox.store(b'{"update_id": 1, "message": {"chat": {"id": 1}}}')
    Update.objects.update(cid=done.cid, state=UpdateState.DONE, done_at=clock.now())


def test_a_life_without_harm_breaks_nothing(lived):
    assert broken() == {}


HARM = [
    (
        "UPDATE kie_job SET state = 'failed', error_code = 'x' WHERE kie_task_id = 'task-0'",
        {"job_settled_as_it_ended", "success_has_a_result"},
    ),
    ("UPDATE kie_job SET result = NULL WHERE kie_task_id = 'task-0'", {"success_has_a_result"}),
    ("UPDATE kie_job SET state = 'timed_out' WHERE kie_task_id = 'task-1'", set()),  # both end with a release
    ("UPDATE kie_job SET cid = 'another' WHERE kie_task_id = 'task-2'", {"job_holds_its_price"}),
    ("UPDATE kie_job SET hold_id = NULL WHERE kie_task_id = 'task-2'", {"hold_has_its_job"}),
    ("UPDATE kie_job SET deadline_at = now() - interval '1 hour'", {"no_job_past_its_deadline"}),
    ("DELETE FROM bot_delivery WHERE id = (SELECT min(id) FROM bot_delivery)", {"ended_job_is_told_once"}),
    ("UPDATE bot_delivery SET cid = 'another'", {"ended_job_is_told_once"}),
    (
        "UPDATE bot_delivery SET dedup_key = (SELECT 'job:' || max(id) || ':result' FROM kie_job) WHERE id = (SELECT min(id) FROM bot_delivery)",
        {"ended_job_is_told_once"},
    ),
    (
        """INSERT INTO bot_delivery (attempts, due_at, error, cid, created_at, dedup_key, kind, chat, payload, state, message_ids, file_ids)
        SELECT attempts, due_at, error, cid, created_at, 'another key', kind, chat, payload, state, message_ids, file_ids
        FROM bot_delivery WHERE kind = 'result' LIMIT 1""",
        {"cause_is_told_once"},
    ),
    ("UPDATE kie_job SET due_at = now() - interval '2 minutes'", {"no_job_waits_in_silence"}),
    ("UPDATE bot_update SET state = 'new', done_at = NULL", {"confirmed_job_has_its_update"}),
    ("UPDATE bot_delivery SET due_at = now() - interval '2 minutes'", {"nobody_waits_in_silence"}),
]


@pytest.mark.parametrize(("harm", "found"), HARM, ids=[harm for harm, _ in HARM])
def test_harm_is_found(lived, harm, found):
    sql(harm)

    assert set(broken()) == found


def test_whoever_waits_has_an_owner_or_a_reason(lived):
    with clock.moved(timedelta(minutes=2)):
        assert {row["what"] for row in broken()["nobody_waits_in_silence"]} == {"delivery"}
        assert broken()["no_job_waits_in_silence"]
        Delivery.objects.update(error="Telegram is away")
        Job.objects.update(error="KIE is away")
        assert broken() == {}


def test_a_credit_that_nobody_was_told_of_is_found(lived):
    offer = topups.start(Job.objects.first().customer, Decimal("50.00"), cid="c")
    topups.paid(offer, external_id="c1", currency="XTR", minor_amount=80, cid="c")
    assert broken() == {}

    sql("DELETE FROM bot_delivery WHERE kind = 'topup'")

    assert set(broken()) == {"credited_topup_is_told"}
