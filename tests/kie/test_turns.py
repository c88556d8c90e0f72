"""Whose turn it is: a person's tenth waiting job stands behind another's first, and nobody is starved."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from kie import breaker, jobs, limits
from kie.breaker import CREATES, Breaker, Reason
from kie.job import Job
from payments.models import Terms
from reliability import clock
from tests.kie.at_work import order, somebody, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]


@pytest.fixture
def at() -> list[datetime]:
    moment = [clock.now()]
    with clock.owned(lambda: moment[0]):
        yield moment


@pytest.fixture
def generous() -> None:
    Terms.objects.create(pk=1, running_at_once=100, starts_a_minute=100, starts_an_hour=1000)


def in_turn(kie) -> list[int]:
    """Who was served, in order: by the prompts that KIE got."""
    of = {job.input["prompt"]: job.customer_id for job in Job.objects.all()}
    asked = [call["params"].get("input", {}).get("prompt") for call in kie.asked("createTask")]
    return [of[prompt] for prompt in asked if prompt in of]


@pytest.fixture
def held(kie, at, generous):
    """KIE takes nothing until `let_go`."""
    kie.fault("createTask", "task_never_ends", times=0)
    breaker.trip(CREATES, Reason.BUSY, "slow down")

    def let_go() -> list[int]:
        Breaker.objects.get().close()
        work()
        return in_turn(kie)

    return let_go


def test_a_tenth_stands_behind_anothers_first(at, held):
    many, one, other = somebody(), somebody(), somebody()
    for _ in range(10):
        order(many)
    at[0] += timedelta(seconds=5)
    order(one)
    order(one)
    at[0] += timedelta(seconds=5)
    order(other)

    served = held()

    assert served[:5] == [many.pk, one.pk, other.pk, many.pk, one.pk]
    assert served[5:] == [many.pk] * 8


def test_whoever_comes_after_their_minutes_stands_behind(at, held):
    many, late = somebody(), somebody()
    for _ in range(5):
        order(many)
    at[0] += timedelta(minutes=4, seconds=1)
    order(late)

    assert held() == [many.pk] * 5 + [late.pk]


def test_alone_nobody_is_slowed_down(kie, at, generous):
    customer = somebody()
    for _ in range(10):
        order(customer)

    assert work() == 10


def test_a_job_that_was_sent_back_keeps_its_turn(kie, at, generous):
    kie.fault("createTask", "code", code=429, msg="slow down")
    first = order()
    work()
    at[0] += timedelta(seconds=1)
    second = order()
    at[0] += timedelta(seconds=11)
    work()

    assert in_turn(kie)[-2:] == [first.customer_id, second.customer_id]


def test_the_turn_starts_anew_when_nothing_of_theirs_waits(at, generous):
    customer = somebody()
    for job in [order(customer), order(customer)]:
        jobs.cancel(job.pk)

    assert limits.turn(customer) == at[0]


def test_limits_are_the_operators():
    Terms.objects.create(pk=1, running_at_once=1, starts_a_minute=2, starts_an_hour=3)
    customer = somebody()
    first = order(customer)
    with pytest.raises(limits.TooMany) as most:
        order(customer)
    assert (most.value.most, most.value.wait_s) == (1, 0)

    jobs.cancel(first.pk)
    jobs.cancel(order(customer).pk)
    with pytest.raises(limits.TooMany) as often:
        order(customer)
    assert 0 < often.value.wait_s <= 60


def test_the_next_in_turn_is_found_by_its_index_however_many_wait():
    first = order()
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO kie_job (public_id, chat, registry_version, input, price, state, idempotency_key, heard_task_id, error_code,
                error_field, attempts, due_at, error, cid, created_at, turn_at, customer_id, model_id)
            SELECT gen_random_uuid(), chat, registry_version, input, 0, 'queued', 'many:' || n, '', '', '', 0, due_at, '', cid,
                created_at, turn_at + n * interval '1 second', customer_id, model_id
            FROM kie_job, generate_series(1, 5000) n WHERE id = %s""",
            [first.pk],
        )
        cursor.execute("ANALYZE kie_job, kie_aimodel")
        cursor.execute(
            "SET LOCAL enable_seqscan = off"
        )  # rows of other tests that were rolled back weigh on the tables
    from kie import starting

    plan = starting.rows(clock.now()).due(clock.now())[:1].explain()

    assert "job_turn" in plan, plan
    assert "Sort" not in plan, plan
