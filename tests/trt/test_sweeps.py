"""Sweeps: each when it is due and once however many workers look; one that fails keeps no other waiting and is seen."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from kie.job import Job
from reliability import clock
from reliability.models import Sweep
from tests.kie.at_work import on_sale, order
from tests.together import together
from trt import sweeps
from trt.sweeps import Duty, sweep

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["on_sale"]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ran(monkeypatch) -> list[str]:
    """Two duties: each minute, and every five."""
    ran: list[str] = []
    duties = [
        Duty(name, every * MINUTE, lambda name=name: ran.append(name) or 3) for name, every in (("a", 1), ("b", 5))
    ]
    monkeypatch.setattr(sweeps, "DUTIES", duties)
    return ran


def test_each_runs_when_its_time_has_come_and_leaves_its_figures(ran):
    assert (sweep(), sweep()) == (6, 0)
    with clock.moved(2 * MINUTE):
        assert sweep() == 3
        moment = clock.now()
    with clock.moved(6 * MINUTE):
        sweep()

    assert ran == ["a", "b", "a", "a", "b"]
    row = Sweep.objects.get(name="a")
    assert (row.count, row.error) == (3, "")
    assert row.ran_at > moment


def test_many_workers_at_once_do_each_once(ran):
    together(4, lambda _: sweep())

    assert sorted(ran) == ["a", "b"]


def test_one_that_fails_is_noted_without_its_secrets_and_the_others_run(ran, monkeypatch):
    def fails() -> int:
        raise RuntimeError("no, says postgresql://trt:hunter2@db/trt")

    monkeypatch.setattr(sweeps, "DUTIES", [Duty("bad", MINUTE, fails), *sweeps.DUTIES])

    assert sweep() == 6

    error = Sweep.objects.get(name="bad").error
    assert error.startswith("RuntimeError")
    assert "hunter2" not in error


def test_the_real_ones_run_over_an_empty_shop():
    assert sweep() == 0
    assert set(Sweep.objects.values_list("name", flat=True)) == {
        "dialogs",
        "purge",
        "holds",
        "jobs",
        "kie",
        "payments",
        "instances",
        "losses",
        "rates",
        "account",
        "balance",
        "durations",
        "rules",
        "digests",
    }


def test_they_are_scheduled():
    from django_q.models import Schedule

    call_command("prepare", verbosity=0)

    assert Schedule.objects.get(name="sweeps").func == "trt.sweeps.sweep"


@pytest.mark.parametrize(("late", "woken"), [(timedelta(seconds=-1), True), (timedelta(hours=1), False)])
def test_a_job_past_its_deadline_that_nobody_means_to_look_at_is_due_now(on_sale, late, woken):
    job = order()
    now = clock.now()
    fields = {"state": "running", "kie_task_id": "t", "submitted_at": now, "deadline_at": now + late}
    Job.objects.filter(pk=job.pk).update(**fields, due_at=now + timedelta(days=1))

    sweep()

    assert Job.objects.due(clock.now()).filter(pk=job.pk).exists() == woken
