"""What a job costs in requests to KIE: with callbacks one to create and one record; a lost callback costs little more."""

import pytest

from kie import callback
from kie.job import Job
from tests.kie.at_work import order, reloaded, somebody, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]
JOBS = 12


def asked(kie) -> dict[str, int]:
    return {method: len(kie.asked(method)) for method in ("createTask", "recordInfo", "credit", "downloadUrl")}


def test_with_callbacks_a_job_is_a_create_and_a_record(kie, door):
    before = asked(kie)
    for _ in range(JOBS // 3):
        customer = somebody()
        for _ in range(3):
            order(customer)
    work()

    for _ in range(JOBS):
        door.lets_in()
        work()

    assert Job.objects.filter(state="succeeded").count() == JOBS
    spent = {method: count - before[method] for method, count in asked(kie).items()}
    assert spent == {"createTask": JOBS, "recordInfo": JOBS, "credit": 0, "downloadUrl": 0}


def test_repeated_and_early_callbacks_cost_one_record_each_at_most(kie, door):
    kie.fault("callback", "duplicate")
    kie.fault("createTask", "task_slow", seconds=2)
    before = asked(kie)
    job = order()
    work()
    callback.nudge(job.public_id, b"{}")  # early
    work()
    kie.ended(reloaded(job).kie_task_id)
    ours = asked(kie)["recordInfo"]
    for _ in range(2):
        door.lets_in()
        work()

    assert reloaded(job).state == "succeeded"
    assert asked(kie)["recordInfo"] - ours == 1  # the second finds nothing open
    assert asked(kie)["createTask"] - before["createTask"] == 1
