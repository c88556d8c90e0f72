"""KIE's callbacks: a nudge that finds its job even where createTask's answer was lost; nothing in it is believed unseen."""

import itertools
import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie import callback, jobs
from reliability import clock
from tests.kie.at_work import BACK, HELD, PAID, ending, money, order, reloaded, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]
A_MINUTE = 60.0


def test_a_callback_ends_the_job_without_waiting_for_the_poll(kie, door, ended):
    job = order()
    work()
    assert work() == 0  # the poll is far

    body = json.loads(door.lets_in())

    assert body["data"]["taskId"] == reloaded(job).kie_task_id
    assert kie.tasks(job)[0]["callBackUrl"] == callback.url(job.public_id)
    assert work() == 1
    assert (ending(job), money(job), ended) == (("succeeded", ""), PAID, [job])


def test_callback_poll_and_replays_bring_the_same_news_once(kie, door, ended):
    kie.fault("callback", "duplicate")
    job = order()
    work()
    first = door.lets_in()
    work()
    result = reloaded(job).result

    assert door.lets_in() == first
    assert callback.nudge(job.public_id, first) is False  # nothing open is called so
    assert work(after_s=3600) == 0

    assert (reloaded(job).result, money(job), ended) == (result, PAID, [job])


def test_without_its_callback_a_job_is_ended_by_the_poll(kie, door, ended):
    kie.fault("callback", "not_delivered")
    job = order()
    work()
    kie.ended(reloaded(job).kie_task_id)

    work(after_s=A_MINUTE)

    assert (ending(job), money(job), ended) == (("succeeded", ""), PAID, [job])
    assert door.knocks.empty()


def test_while_callbacks_are_lost_the_looks_come_from_twice_the_median_on_a_quarter_of_the_time_apart(
    kie, door, reads_once
):
    kie.fault("createTask", "task_never_ends")
    job = order()
    start, looks = clock.now(), []
    with clock.owned(lambda: start):
        work()

    while reloaded(job).state == "running":
        due_at = reloaded(job).due_at
        looks.append((due_at - start).total_seconds())
        with clock.owned(lambda due_at=due_at: due_at):
            work()

    *looks, deadline = looks
    assert looks[0] == max(10, 2 * job.model.median_s)
    pauses = [after - before for before, after in itertools.pairwise(looks)]
    assert pauses == pytest.approx([max(10, before / 4) for before in looks[:-1]])
    assert deadline == job.model.deadline_s
    assert len(looks) < 20


def test_a_forged_callback_that_says_fail_is_not_believed(kie, door, ended):
    kie.fault("callback", "forged")
    job = order()
    work()

    said = []
    for _ in range(2):  # the forged and the genuine one, whichever comes first
        said.append(json.loads(door.lets_in())["data"]["state"])
        work()

    assert sorted(said) == ["fail", "success"]
    assert (ending(job), money(job), ended) == (("succeeded", ""), PAID, [job])


@pytest.mark.parametrize("news", ["success", "fail"])
def test_a_lost_answer_is_found_again_by_its_callback(kie, door, ended, news):
    kie.fault("createTask", "answer_lost")
    if news == "fail":
        kie.fault("createTask", "task_fails", failCode="422", failMsg="Too dark")
    job = order()
    work()
    assert (ending(job), reloaded(job).kie_task_id, money(job)) == (("submitting", ""), None, HELD)

    door.lets_in()
    work()

    (task,) = kie.tasks(job)
    assert reloaded(job).kie_task_id == task["taskId"]
    assert (ending(job), money(job)) == (
        (("succeeded", ""), PAID) if news == "success" else (("failed", "bad_input"), BACK)
    )
    assert ended == [job]
    assert (work(after_s=3600), len(kie.tasks(job))) == (0, 1)


def test_an_answer_lost_and_no_callback_is_given_up_with_the_money_back(kie, door, ended):
    kie.fault("createTask", "answer_lost")
    kie.fault("callback", "not_delivered")
    job = order()
    work()
    patience_s = (reloaded(job).submit_deadline - reloaded(job).submitted_at).total_seconds()
    assert patience_s == 60

    assert work(after_s=patience_s - 1) == 0
    assert work(after_s=patience_s + 1) == 1

    assert (ending(job), money(job), ended) == (("failed", "lost"), BACK, [job])
    assert (work(after_s=3600), len(kie.tasks(job))) == (0, 1)


def test_a_callback_after_the_job_was_given_up_changes_nothing(kie, door, ended):
    kie.fault("createTask", "answer_lost")
    job = order()
    work()
    work(after_s=3600)
    assert ending(job) == ("failed", "lost")

    door.lets_in()

    assert work() == 0
    assert (ending(job), money(job), ended) == (("failed", "lost"), BACK, [job])


def test_a_foreign_task_in_a_callback_is_not_believed(kie, door, ended):
    another = order()
    work()
    theirs = reloaded(another).kie_task_id
    door.lets_in()
    kie.fault("createTask", "refused")
    job = order()
    work()

    callback.nudge(job.public_id, json.dumps({"data": {"taskId": theirs}}).encode())
    work()

    assert (ending(job), reloaded(job).kie_task_id, money(job)) == (("submitting", ""), None, HELD)
    work(after_s=61)
    assert (ending(job), money(job)) == (("failed", "lost"), BACK)
    assert (ending(another), money(another)) == (("succeeded", ""), PAID)


def test_a_task_that_kie_does_not_know_is_not_believed(kie, door):
    kie.fault("createTask", "refused")
    job = order()
    work()

    callback.nudge(job.public_id, b'{"data": {"taskId": "nobody"}}')
    work()

    assert (ending(job), money(job)) == (("submitting", ""), HELD)
    work(after_s=61)
    assert (ending(job), money(job)) == (("failed", "lost"), BACK)


def test_a_known_task_is_not_replaced_by_what_a_callback_says(kie):
    kie.fault("createTask", "task_never_ends")
    job = order()
    work()
    known = reloaded(job).kie_task_id

    assert callback.nudge(job.public_id, b'{"data": {"taskId": "another"}}')

    assert (reloaded(job).kie_task_id, reloaded(job).heard_task_id) == (known, "")


def test_who_is_not_known_is_not_nudged(kie):
    assert callback.nudge(uuid.uuid4(), b"{}") is False


# Signatures


def test_a_signature_is_of_one_job_and_of_our_secret(settings):
    one, other = uuid.uuid4(), uuid.uuid4()
    signed = callback.signature(one)

    assert callback.genuine(one, signed)
    assert not callback.genuine(other, signed)
    settings.KIE_CALLBACK_TOKEN = "another secret"
    assert not callback.genuine(one, signed)


@given(forged=st.one_of(st.text(), st.text("0123456789abcdef", min_size=31, max_size=33)))
def test_nobody_guesses_a_signature(forged):
    assert not callback.genuine(uuid.UUID(int=7), forged)


@pytest.mark.parametrize(
    "change", [str.upper, lambda signed: signed[:-1], lambda signed: signed + "0", lambda signed: f" {signed}"]
)
def test_a_signature_nearly_right_is_wrong(change):
    public_id = uuid.UUID("0190a000-0000-7000-8000-00000000abcd")
    signed = callback.signature(public_id)

    assert not callback.genuine(public_id, change(signed))


def test_without_an_address_of_ours_there_is_no_callback(settings):
    settings.KIE_CALLBACK_BASE_URL = ""

    assert callback.url(uuid.uuid4()) == ""


# Strangers' bytes


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b'{"code": 200, "data": {"taskId": "abc"}}', "abc"),
        (b'{"data": {"task_id": "abc"}}', "abc"),
        (b'{"taskId": "abc"}', "abc"),
        (b'{"task_id": "abc", "data": null}', "abc"),
        (b'{"data": {"taskId": 7}}', ""),
        (b'{"data": "abc"}', ""),
        (b'["abc"]', ""),
        (b"", ""),
        (b"\xff\xfe\x00", ""),
        (b"[" * 100_000, ""),
        (b'{"taskId": ' + b"9" * 10_000 + b"}", ""),
        (b'{"taskId": "a\\u0000b"}', "ab"),
    ],
)
def test_the_task_that_a_body_names(body, named):
    assert callback.task_id(body) == named


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["data", "taskId", "task_id", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(body=st.one_of(st.binary(max_size=200), JSON.map(lambda value: json.dumps(value).encode())))
def test_whatever_a_body_says_it_can_be_stored(body):
    named = callback.task_id(body)

    assert len(named) <= 128
    assert "\x00" not in named
    named.encode()


@pytest.mark.parametrize("named", ["a" * 500, "a\\u0000b", "\\ud800", "д" * 200])
def test_a_hostile_task_id_is_kept_as_far_as_it_can_be(kie, named):
    job = order()
    jobs.submitting(job.pk, {})

    assert callback.nudge(job.public_id, f'{{"taskId": "{named}"}}'.encode())

    assert reloaded(job).heard_task_id
