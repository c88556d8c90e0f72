"""Usual times are learnt from a model's own last successes; until there are enough the registry's word holds."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from kie import durations
from kie.catalogue import AIModel
from kie.durations import ENOUGH, LAST, Duration
from kie.job import Job
from reliability import clock
from tests.kie.at_work import order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]


def succeeded(*took_s: float, days_ago: float = 0, state: str = "succeeded") -> None:
    """Jobs that took so long, one after the other."""
    one = order(price=0)
    for number, seconds in enumerate(took_s):
        ended = clock.now() - timedelta(days=days_ago)
        started = ended - timedelta(seconds=seconds)
        result = {"files": []} if state == "succeeded" else None
        Job.objects.create(
            customer=one.customer, model=one.model, chat=1, input={}, price=0, state=state, submitted_at=started,
            ended_at=ended, idempotency_key=f"{one.pk}:{number}", error_code="" if result else "timeout", result=result,
        )  # fmt: skip


def model() -> AIModel:
    return AIModel.objects.get(key="z-image")


def test_a_few_successes_prove_nothing():
    succeeded(*[99.0] * (ENOUGH - 1))

    assert durations.learn() == 0
    usual = durations.usual(model())
    assert usual.low_s == usual.median_s == usual.high_s == model().median_s


def test_median_and_spread_are_those_of_the_successes():
    succeeded(*[float(seconds) for seconds in range(10, 60, 5)])

    assert durations.learn() == 1
    usual = durations.usual(model())
    assert (usual.low_s, usual.median_s, usual.high_s) == pytest.approx((19.0, 32.5, 46.0))


def test_only_the_last_ones_count_and_only_successes_of_this_month():
    succeeded(*[500.0] * 20, days_ago=31)
    succeeded(*[900.0] * 20, state="timed_out")
    succeeded(*[100.0] * 30)
    succeeded(*[20.0] * LAST)

    durations.learn()

    assert durations.usual(model()).median_s == pytest.approx(20)
    assert Duration.objects.get().successes == LAST


def test_it_learns_anew_and_keeps_one_row():
    succeeded(*[20.0] * ENOUGH)
    durations.learn()
    succeeded(*[40.0] * LAST)
    durations.learn()

    assert [round(one.median_s) for one in Duration.objects.all()] == [40]


def test_another_model_is_not_concerned():
    succeeded(*[20.0] * ENOUGH)
    durations.learn()
    other = AIModel.objects.get(key="google/nano-banana")

    assert durations.usual(other).median_s == other.median_s


def test_looks_follow_what_was_learnt(kie, door):
    succeeded(*[float(seconds) for seconds in range(100, 200, 10)])
    durations.learn()
    kie.fault("createTask", "task_never_ends")
    from tests.kie.at_work import reloaded, work

    job = order()
    work()

    job = reloaded(job)
    assert (job.due_at - job.submitted_at).total_seconds() == pytest.approx(
        1.5 * durations.usual(job.model).high_s, abs=2
    )


def test_the_table_refuses_a_spread_out_of_order():
    succeeded(*[20.0] * ENOUGH)
    durations.learn()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE kie_duration SET low_s = high_s + 1")


@pytest.mark.parametrize(("limit_s", "holds_s"), [(None, 300), (60, 60), (10_000, 300)])
def test_the_operators_overall_limit_is_over_every_models_own(settings, limit_s, holds_s):
    settings.GENERATOR_TIMEOUT_SECONDS = limit_s

    assert order().limit_s == holds_s
