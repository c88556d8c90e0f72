"""Every family through a real local KIE: made once, looked at until it ends, whatever is lost, doubled or forged on the way."""

import json

import pytest

from kie import callback
from tests.kie.at_work import BACK, HELD, PAID, ending, money, reloaded, work
from tests.kie.going_on import LATER_S, done, ordered, over

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_models")]
DEDICATED = {"own/veo3_fast": "video", "own/kontext": "image", "own/4o": "image"}


@pytest.mark.parametrize("key", DEDICATED)
def test_an_order_is_made_once_and_paid_when_its_file_is_there(kie, key):
    job = done(kie, key)

    (file,) = job.result["files"]
    assert (file["kind"], money(job), len(kie.tasks(job))) == (DEDICATED[key], PAID, 1)
    assert kie.fetch(file["url"]).status_code == 200


def test_the_tier_is_what_was_sold(kie):
    for key, tier in (("own/veo3", "veo3"), ("own/kontext", "flux-kontext-max")):
        job = ordered(key)
        work()
        assert kie.tasks(job)[0]["model"] == tier


@pytest.mark.parametrize("key", DEDICATED)
def test_a_lost_answer_is_found_by_the_callback_and_never_asked_again(kie, door, impatient, key):
    kie.fault("createTask", "answer_lost")
    job = ordered(key)
    work()
    assert (reloaded(job).state, money(job)) == ("submitting", HELD)

    door.lets_in()
    work()

    assert (ending(job), money(job), len(kie.tasks(job))) == (("succeeded", ""), PAID, 1)


@pytest.mark.parametrize("key", DEDICATED)
def test_a_task_of_somebody_else_is_not_taken_for_ours(kie, door, impatient, key):
    """A callback names a task that exists and whose record has another URL: the record is believed, not the callback."""
    stranger = ordered(key)
    work()
    door.lets_in()
    kie.fault("createTask", "timeout")
    job = ordered(key)
    work()

    body = json.dumps({"code": 200, "data": {"taskId": reloaded(stranger).kie_task_id}}).encode()
    assert callback.nudge(job.public_id, body)
    work()
    assert (reloaded(job).state, money(job)) == ("submitting", HELD)

    work(after_s=3600)
    assert (ending(job), money(job)) == (("failed", "lost"), BACK)


@pytest.mark.parametrize("fault", ["duplicate", "forged"])
@pytest.mark.parametrize("key", DEDICATED)
def test_doubled_and_forged_callbacks_change_nothing(kie, door, ended, key, fault):
    kie.fault("callback", fault)
    job = ordered(key)
    work()

    for _ in range(2):
        door.lets_in()
        work()

    assert (ending(job), money(job), ended) == (("succeeded", ""), PAID, [job])


@pytest.mark.parametrize(
    ("key", "code", "reason"),
    [
        ("own/veo3_fast", "400", "bad_input"),
        ("own/kontext", "500", "provider_down"),
        ("own/4o", "CREATE_TASK_FAILED", "provider_down"),
        ("own/kontext", "CREATE_TASK_FAILED", "provider_down"),
    ],
)
def test_a_task_that_fails_gives_the_money_back(kie, key, code, reason):
    kie.fault("createTask", "task_fails", failCode=code, failMsg="It did not come out")
    job = ordered(key)
    work()
    over(kie, job)
    work(after_s=LATER_S)

    assert (ending(job), money(job)) == (("failed", reason), BACK)
    assert "It did not come out" in reloaded(job).error


@pytest.mark.parametrize("key", DEDICATED)
@pytest.mark.parametrize(("code", "state"), [(550, "queued"), (429, "queued"), (422, "failed"), (451, "failed")])
def test_a_no_to_create_is_judged_as_everywhere(kie, key, code, state):
    kie.fault("createTask", "code", code=code, msg="No")
    job = ordered(key)
    work()

    assert (reloaded(job).state, kie.tasks(job)) == (state, [])


@pytest.mark.parametrize("key", [*DEDICATED, "own/music"])
def test_our_callback_reader_finds_the_task_in_every_familys_callback(kie, door, key):
    job = ordered(key)
    work()
    body = door.lets_in()

    assert callback.task_id(body) == reloaded(job).kie_task_id
