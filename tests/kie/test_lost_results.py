"""A task that KIE calls a success, and its files: looked for before anybody pays."""

import pytest

from kie.job import Job
from tests.kie.at_work import BACK, HELD, PAID, Peer, ending, money, order, reloaded, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]
A_MINUTE = 60.0
SONGS = {"prompt": "A waltz", "custom_mode": False, "instrumental": True, "model": "V5"}


def made(kie: Peer, **facts) -> Job:
    """An order that KIE has made a task of, which has ended there."""
    job = order(**facts)
    work()
    kie.ended(reloaded(job).kie_task_id)
    return job


def fresh_links(kie: Peer) -> int:
    """How often KIE was asked for one."""
    return len(kie.asked("downloadUrl"))


def test_a_result_that_is_gone_costs_nothing_and_says_why(kie, ended):
    kie.fault("createTask", "result_expired")
    job, before = made(kie), fresh_links(kie)

    work(after_s=A_MINUTE)

    assert (ending(job), money(job), ended) == (("failed", "result_lost"), BACK, [job])
    assert fresh_links(kie) == before + 1


def test_a_dead_link_is_no_proof_where_kie_has_a_fresh_one(kie):
    job, before = made(kie), fresh_links(kie)
    kie.fault("files", "result_expired")

    work(after_s=A_MINUTE)

    assert (ending(job), money(job), fresh_links(kie)) == (("succeeded", ""), PAID, before + 1)


def test_one_file_that_is_there_is_a_result(kie):
    job = made(kie, model="ai-music-api/generate", input=SONGS)
    kie.fault("files", "result_expired", times=2)  # the first song, by either link

    work(after_s=600)

    assert (ending(job), money(job)) == (("succeeded", ""), PAID)


def test_a_host_that_is_away_is_looked_at_again_before_anybody_pays(kie):
    job = made(kie)
    kie.fault("files", "500", times=3)

    for after_s in (A_MINUTE, 71, 82):
        work(after_s=after_s)
        assert (ending(job), money(job)) == (("running", ""), HELD)
    work(after_s=93)

    assert (ending(job), money(job)) == (("succeeded", ""), PAID)


def test_a_host_that_stays_away_proves_no_loss(kie):
    job = made(kie)
    kie.fault("files", "500", times=0)
    patience_s = 2 * job.model.median_s + 180

    work(after_s=patience_s - 20)
    assert ending(job) == ("running", "")
    work(after_s=patience_s)

    assert (ending(job), money(job)) == (("succeeded", ""), PAID)  # the delivery goes on trying


@pytest.mark.parametrize(("code", "state"), [(401, "running"), (500, "running"), (422, "failed")])
def test_only_a_word_about_the_file_is_proof(kie, reads_once, code, state):
    kie.fault("createTask", "result_expired")
    job = made(kie)
    kie.fault("downloadUrl", "code", code=code, msg="No")

    work(after_s=A_MINUTE)

    assert reloaded(job).state == state
