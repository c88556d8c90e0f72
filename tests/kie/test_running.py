"""A job on its way through a real local KIE: created once, looked at until it ends, and what comes of each thing that goes wrong."""

import socket
from datetime import timedelta

import pytest
import stamina

from kie import client, jobs
from kie.catalogue import AIModel
from kie.job import Job
from reliability import clock
from tests.kie.at_work import BACK, HELD, PAID, PURSE, Peer, ending, money, order, reloaded, somebody, work
from tests.sandbox.kie_side import until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]
A_MINUTE = 60.0


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch):
    """KIE is given a quarter of a second to answer, and reads are repeated without a pause."""
    monkeypatch.setattr(client, "TIMEOUT_S", (5, 0.25))
    stamina.set_testing(True, attempts=3)
    yield
    stamina.set_testing(False)


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


def test_kie_gets_the_models_name_the_input_and_our_correlation_id(kie):
    job = order(model="google/nano-banana", input={"prompt": "A red door", "output_format": "png"})

    work()

    body = kie.asked("createTask")[-1]["params"]
    assert (body["model"], body["input"]) == ("google/nano-banana", {"prompt": "A red door", "output_format": "png"})
    assert "callBackUrl" not in body  # KIE could not reach us
    assert reloaded(job).state == "running"


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


@pytest.mark.parametrize(
    ("code", "words", "reason"),
    [
        (422, "aspect_ratio is not within the range of allowed options", "bad_input"),
        (500, "prompt is required", "bad_input"),
        (422, "The prompt violates our content policy", "moderation"),
        (451, "Failed to fetch the image", "file"),
        (413, "The uploaded audio matches an existing work", "protected"),
        (409, "The record already exists", "made_already"),
        (501, "Generation failed", "provider_down"),
    ],
)
def test_a_refusal_that_no_repeat_cures_ends_the_job_at_once(kie, ended, code, words, reason):
    kie.fault("createTask", "code", code=code, msg=words)
    job = order()

    work()

    assert (ending(job), money(job), ended) == (("failed", reason), BACK, [job])
    assert (work(after_s=3600), kie.tasks(job)) == (0, [])


@pytest.mark.parametrize("http", [False, True], ids=["in the body", "as a status"])
@pytest.mark.parametrize(
    ("code", "words"),
    [(429, "Your call frequency is too high"), (455, "Under maintenance"), (550, "The queue is full")],
)
def test_proof_that_nothing_was_made_is_tried_again_and_succeeds(kie, code, words, http):
    kie.fault("createTask", "code", code=code, msg=words, http=http)
    job = order()

    work()

    assert (ending(job), money(job), reloaded(job).submitted_at) == (("queued", ""), HELD, None)
    assert words in reloaded(job).error
    assert work(after_s=6) == 0  # the pause is everybody's
    work(after_s=31)
    kie.ended(reloaded(job).kie_task_id)
    work(after_s=A_MINUTE)
    assert (ending(job), money(job), len(kie.tasks(job))) == (("succeeded", ""), PAID, 1)


def test_a_create_under_way_is_not_in_doubt_though_an_earlier_one_was_refused(kie):
    kie.fault("createTask", "code", code=429, msg="Your call frequency is too high")
    job = order()
    work()
    assert reloaded(job).error

    with clock.moved(timedelta(seconds=11)):
        assert jobs.submitting(job.pk, job.input)

    assert (reloaded(job).state, reloaded(job).in_doubt) == ("submitting", False)


def test_a_worker_that_stopped_before_the_answer_leaves_a_doubt(kie):
    job = order()
    assert jobs.submitting(job.pk, job.input)  # and dies here

    work()

    assert (ending(job), reloaded(job).in_doubt, kie.tasks(job)) == (("submitting", ""), True, [])


def test_a_refused_connection_is_tried_again_and_succeeds(kie, settings):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: the system refuses
        settings.KIE_API_URL = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        job = order()
        work()
    assert (ending(job), money(job)) == (("queued", ""), HELD)

    settings.KIE_API_URL = kie.origin
    work(after_s=6)

    assert (reloaded(job).state, len(kie.tasks(job))) == ("running", 1)


@pytest.mark.parametrize(
    ("code", "reason"),
    [(429, "busy"), (455, "maintenance"), (402, "provider_credits"), (401, "provider_key"), (433, "provider_cap")],
)
def test_waiting_for_kie_has_an_end(kie, ended, code, reason):
    kie.fault("createTask", "code", code=code, msg="Later", times=0)
    job = order()
    for minutes in (0, 5, 15, 29.9):
        work(after_s=60 * minutes)
    assert (ending(job), money(job)) == (("queued", ""), HELD)

    work(after_s=60 * 30 + 1)

    assert (ending(job), money(job), ended) == (("failed", reason), BACK, [job])


@pytest.mark.parametrize("fault", ["answer_lost", "timeout", "refused", "502", "500"])
def test_without_callbacks_a_lost_answer_is_given_up_soon_and_never_asked_again(kie, impatient, ended, fault):
    kie.fault("createTask", fault)
    job = order()
    work()
    assert (ending(job), money(job)) == (("submitting", ""), HELD)
    assert reloaded(job).in_doubt  # the person is told so at once

    assert work(after_s=29) == 0
    assert work(after_s=31) == 1

    assert (ending(job), money(job), ended) == (("failed", "lost"), BACK, [job])
    calls = until(lambda: [call for call in kie.asked("createTask") if call["params"].get("input") == job.input])
    assert len(calls) == 1
    assert len(kie.tasks(job)) == (fault == "answer_lost")


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


def test_kies_limit_of_creates_is_kept_by_our_own_count(kie):
    kie.fault("createTask", "task_never_ends", times=0)
    made = kie.get("/sandbox/tasks")["made"]
    ordered = [order(customer) for customer in [somebody() for _ in range(8)] for _ in range(3)]
    start = clock.now()

    with clock.owned(lambda: start):
        work()
        work(after_s=1)

        states = [reloaded(job).state for job in ordered]
        assert sorted(states) == ["queued"] * 4 + ["running"] * 20
        assert kie.get("/sandbox/tasks")["made"] - made == 20
        work(after_s=9.9)
        assert kie.get("/sandbox/tasks")["made"] - made == 20
        work(after_s=11)

    assert kie.get("/sandbox/tasks")["made"] - made == 24
    assert {reloaded(job).state for job in ordered} == {"running"}


def test_who_cancels_while_queued_pays_nothing_and_kie_hears_nothing(kie):
    job = order()
    jobs.cancel(job.pk)

    assert (work(), ending(job), money(job), kie.tasks(job)) == (0, ("failed", "cancelled"), BACK, [])


def test_who_cancels_too_late_is_told_so(kie):
    job = order()
    work()

    assert jobs.cancel(job.pk) is False
    assert (reloaded(job).state, money(job)) == ("running", HELD)


def test_a_dry_run_sends_nothing(kie, settings, ended):
    settings.DRY_RUN = True
    job = order()

    work()

    assert (ending(job), kie.tasks(job), ended) == (("failed", "dry_run"), [], [job])


def test_a_model_of_an_unknown_family_is_buried_with_the_money_back(kie, ended):
    AIModel.objects.filter(key="z-image").update(family="gone")
    job = order()

    for minutes in range(4):
        work(after_s=60 * minutes)

    assert (reloaded(job).state, money(job), ended) == ("failed", BACK, [job])
    assert money(job)[0] == PURSE
