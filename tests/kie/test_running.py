"""A job whose task a real local KIE has: looked at until it ends, and what comes of each way to end and of looks that fail."""

from datetime import timedelta

import pytest

from kie import jobs
from kie.job import Job
from reliability import clock
from tests.kie.at_work import A_MINUTE, BACK, HELD, PAID, Peer, ending, money, order, reloaded, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]


def submitted(kie: Peer, **facts) -> Job:
    """An order that KIE has made a task of, which has ended there."""
    job = order(**facts)
    work()
    kie.ended(reloaded(job).kie_task_id)
    return job


def test_an_order_becomes_a_picture_paid_once(kie, ended):
    job = order()

    assert work() == 1
    running = reloaded(job)
    (task,) = kie.tasks(job)
    assert (running.state, running.kie_task_id, running.sent, money(job)) == (
        "running",
        task["taskId"],
        job.input,
        HELD,
    )
    assert running.deadline_at - running.submitted_at >= timedelta(seconds=job.model.deadline_s)
    kie.ended(task["taskId"])

    assert work(after_s=A_MINUTE) == 1

    (file,) = reloaded(job).result["files"]
    assert (ending(job), money(job), ended) == (("succeeded", ""), PAID, [job])
    assert file["kind"] == "image"
    assert kie.fetch(file["url"]).status_code == 200
    assert (work(after_s=3600), len(kie.tasks(job)), len(ended)) == (0, 1, 1)


def test_a_running_job_is_looked_at_again_until_its_deadline(kie, impatient):
    kie.fault("createTask", "task_never_ends")
    job = order()
    work()

    start, looks = reloaded(job).submitted_at, 0

    while reloaded(job).state == "running" and looks < 50:
        due_at = reloaded(job).due_at
        with clock.owned(lambda due_at=due_at: due_at):
            looks += work()

    assert (ending(job), money(job)) == (("timed_out", "timeout"), BACK)
    assert reloaded(job).ended_at - start < timedelta(seconds=job.model.deadline_s + 1)
    assert looks < 30  # its pace slackens


def test_several_results_are_all_kept(kie):
    job = submitted(
        kie,
        model="ai-music-api/generate",
        input={"prompt": "A waltz", "custom_mode": False, "instrumental": True, "model": "V5"},
    )

    work(after_s=600)

    files = reloaded(job).result["files"]
    assert len({file["url"] for file in files}) == len(files) == 2
    assert {file["kind"] for file in files} == {"audio"}


@pytest.mark.parametrize(
    ("fail_code", "fail_msg", "reason"),
    [
        ("500", "Internal server error", "provider_down"),
        ("422", "The image is too small", "bad_input"),
        ("400", "Your content was flagged as violating our policy", "moderation"),
        ("501", "Task timeout", "timeout"),
        ("500", "Credits insufficient", "provider_credits"),
    ],
)
def test_a_task_that_fails_gives_the_money_back_and_says_why(kie, ended, fail_code, fail_msg, reason):
    kie.fault("createTask", "task_fails", failCode=fail_code, failMsg=fail_msg)
    job = submitted(kie)

    work(after_s=A_MINUTE)

    assert (ending(job), money(job), ended) == (("failed", reason), BACK, [job])
    assert fail_msg in reloaded(job).error


@pytest.mark.parametrize("fault", ["500", "502", "429", "timeout", "answer_lost", "refused"])
def test_a_record_that_cannot_be_read_does_not_end_a_job(kie, impatient, fault):
    job = submitted(kie)
    kie.fault("recordInfo", fault, times=3)

    work(after_s=A_MINUTE)
    assert (ending(job), money(job)) == (("running", ""), HELD)
    assert reloaded(job).attempts == 0  # it is KIE that is away, not our step that fails

    work(after_s=2 * A_MINUTE)
    assert (ending(job), money(job)) == (("succeeded", ""), PAID)


@pytest.mark.parametrize("code", [401, 404, 422, 455, 501])
def test_a_record_that_kie_does_not_show_does_not_end_a_job_before_its_deadline(kie, impatient, code):
    job = submitted(kie)
    kie.fault("recordInfo", "code", code=code, msg="recordInfo is null", times=0)

    work(after_s=A_MINUTE)
    assert ending(job) == ("running", "")

    work(after_s=job.model.deadline_s + 1)
    assert (ending(job), money(job)) == (("timed_out", "timeout"), BACK)


def test_what_ends_at_the_very_deadline_is_still_a_success(kie):
    job = submitted(kie)

    work(after_s=job.model.deadline_s + 600)

    assert (ending(job), money(job)) == (("succeeded", ""), PAID)


def test_who_cancels_too_late_is_told_so(kie):
    job = order()
    work()

    assert jobs.cancel(job.pk) is False
    assert (reloaded(job).state, money(job)) == ("running", HELD)
