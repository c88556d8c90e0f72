"""A job until a real local KIE has made its task, once: what is sent, what is tried again, what is given up with the money back."""

import socket
from datetime import timedelta

import pytest

from kie import jobs
from kie.catalogue import AIModel
from reliability import clock
from tests.kie.at_work import A_MINUTE, BACK, HELD, PAID, PURSE, ending, money, order, reloaded, somebody, work
from tests.sandbox.kie_side import until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]


def test_kie_gets_the_models_name_the_input_and_our_correlation_id(kie):
    job = order(model="google/nano-banana", input={"prompt": "A red door", "output_format": "png"})

    work()

    body = kie.asked("createTask")[-1]["params"]
    assert (body["model"], body["input"]) == ("google/nano-banana", {"prompt": "A red door", "output_format": "png"})
    assert "callBackUrl" not in body  # KIE could not reach us
    assert reloaded(job).state == "running"


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
