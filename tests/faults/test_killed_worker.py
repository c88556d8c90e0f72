"""A worker killed with SIGKILL at any moment of a job: another takes over, KIE has one task, the money moves once.

The worker is a process of its own that runs `trt.work.work`. It is stopped at an exact moment by a lock in the database
(taken as the job enters a state, so before that is committed) or by a peer that does not answer, and killed there.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings as django_settings
from django.db import connection

from bot.models import Delivery
from kie.job import Job
from payments import ledger
from payments.invariants import INVARIANTS
from reliability import clock
from reliability.models import DEAD_AFTER
from tests.kie.at_work import BACK, HELD, PAID, Peer, ending, money, order, reloaded
from tests.sandbox.kie_side import DEADLINE_S, ROOT, until
from trt.work import work

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("on_sale")]
GATE = 7_654_321  # the advisory lock that stops a worker
DEAD_S = DEAD_AFTER.total_seconds() + 1
LATER_S = 60.0  # the poll of a picture is due, the patience for a lost answer without callbacks is over

WORKER = """
import json, os
from datetime import timedelta
given = json.loads(os.environ["WORKER_OF_A_TEST"])
from trt import settings
settings.DATABASES["default"]["NAME"] = given["database"]
for name, value in given["settings"].items():
    setattr(settings, name, value)
import django
django.setup()
from reliability import clock
from trt.work import work
with clock.moved(timedelta(seconds=given["after_s"])):
    work()
"""
OURS = ("KIE_API_URL", "KIE_UPLOAD_URL", "KIE_API_KEY", "KIE_CALLBACK_BASE_URL")


@contextmanager
def worker(after_s: float = 0, also: tuple[str, ...] = ()) -> Iterator[subprocess.Popen]:
    """A worker that began `after_s` seconds from now, with our settings and those of `also`; killed at the end of the block,
    wherever it is."""
    given = {
        "database": connection.settings_dict["NAME"],
        "settings": {name: getattr(django_settings, name) for name in OURS + also},
        "after_s": after_s,
    }
    environment = os.environ | {"WORKER_OF_A_TEST": json.dumps(given)}
    popen = subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield popen
        assert popen.poll() is None, "the worker had gone before it was killed"
    finally:
        popen.kill()
        popen.wait(DEADLINE_S)


def sql(statement: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def gate(condition: str, table: str = "kie_job") -> Iterator[None]:
    """Within the block whoever changes a job (a row of `table`) so is stopped there, its transaction open."""
    sql("SELECT pg_advisory_lock(%s)", GATE)
    sql(
        f"""CREATE FUNCTION stop_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NEW; END $$;
        CREATE TRIGGER gate BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION stop_at_gate()"""
    )
    try:
        yield
    finally:
        sql("SELECT pg_advisory_unlock(%s)", GATE)  # the killed one's transaction ends here, undone
        sql(f"DROP TRIGGER gate ON {table}; DROP FUNCTION stop_at_gate()")


def somebody_waits_at_the_gate() -> bool:
    """In this very database: pg_locks shows those of all, and tests run beside each other."""
    here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    return bool(
        sql(f"SELECT 1 FROM pg_locks WHERE {here} AND locktype = 'advisory' AND objid = %s AND NOT granted", GATE)
    )


def killed_on_the_way_to(state: str, after_s: float = 0) -> None:
    """A worker is killed in the transaction that brings a job to `state`."""
    with gate(f"NEW.state = '{state}' AND OLD.state <> NEW.state"), worker(after_s) as popen:
        until(lambda: somebody_waits_at_the_gate() or popen.poll() is not None)


def killed_while_kie_is_silent(kie: Peer, method: str, after_s: float = 0) -> None:
    """A worker is killed while it waits for KIE's answer, which never comes."""
    kie.fault(method, "timeout")
    with worker(after_s) as popen:
        until(lambda: not kie.get("/sandbox/faults")["faults"] or popen.poll() is not None)


def taken_over(after_s: float) -> None:
    """Another worker comes, `after_s` from now."""
    with clock.moved(timedelta(seconds=after_s)):
        work()


@pytest.fixture(autouse=True)
def books(transactional_db, on_sale) -> Iterator[None]:
    """After each of these nothing is held, the books agree, and each job has one last word."""
    yield
    broken = {rule.name: rule.check() for rule in INVARIANTS}
    assert not any(broken.values()), broken
    for job in Job.objects.all():
        assert (job.ended_at is not None, job.claimed_by, ledger.held(job.customer)) == (True, None, Decimal("0.00"))
        assert Delivery.objects.filter(dedup_key=f"job:{job.pk}:result").count() == 1


def finished(kie: Peer, job: Job) -> None:
    """KIE's task of the job has ended, and we have looked."""
    kie.ended(reloaded(job).kie_task_id)
    taken_over(DEAD_S + LATER_S)


def test_killed_in_the_middle_of_the_claim(kie):
    job = order()

    with gate("NEW.claimed_by IS NOT NULL"), worker() as popen:
        until(lambda: somebody_waits_at_the_gate() or popen.poll() is not None)
        assert work() == 0  # two claim at once: the second neither waits nor takes it too
    assert (reloaded(job).attempts, reloaded(job).claimed_by) == (0, None)

    work()  # nobody has claimed it, so nobody's death has to be waited for
    assert reloaded(job).state == "running"
    finished(kie, job)
    assert (ending(job), money(job), len(kie.tasks(job))) == (("succeeded", ""), PAID, 1)


def test_killed_right_after_the_claim(kie):
    job = order()

    killed_on_the_way_to("submitting")

    claimed = reloaded(job)
    assert (claimed.state, claimed.attempts, claimed.claimed_by is not None, kie.tasks(job)) == ("queued", 1, True, [])
    work()
    assert reloaded(job).state == "queued"  # its heart may still beat
    taken_over(DEAD_S)
    assert (reloaded(job).state, reloaded(job).attempts) == ("running", 0)
    finished(kie, job)
    assert (ending(job), money(job), len(kie.tasks(job))) == (("succeeded", ""), PAID, 1)


def test_killed_when_the_request_had_left_and_kie_made_nothing(kie):
    job = order()

    killed_while_kie_is_silent(kie, "createTask")

    assert (reloaded(job).state, money(job)) == ("submitting", HELD)
    taken_over(DEAD_S)
    assert (reloaded(job).state, money(job)) == ("submitting", HELD)  # perhaps made: it is not asked again
    taken_over(DEAD_S + LATER_S)
    assert (ending(job), money(job), kie.tasks(job)) == (("failed", "lost"), BACK, [])


def test_killed_after_kie_answered_and_before_we_wrote_it_down(kie, door):
    job = order()

    killed_on_the_way_to("running")

    assert (reloaded(job).state, reloaded(job).kie_task_id, len(kie.tasks(job))) == ("submitting", None, 1)
    door.lets_in()
    taken_over(DEAD_S)
    assert (ending(job), money(job), len(kie.tasks(job))) == (("succeeded", ""), PAID, 1)


def test_killed_after_kie_answered_and_no_callback_comes(kie):
    job = order()

    killed_on_the_way_to("running")

    taken_over(DEAD_S)
    taken_over(DEAD_S + LATER_S)
    assert (ending(job), money(job), len(kie.tasks(job))) == (("failed", "lost"), BACK, 1)


def test_killed_in_the_middle_of_a_look(kie):
    job = order()
    work()
    kie.ended(reloaded(job).kie_task_id)

    killed_while_kie_is_silent(kie, "recordInfo", after_s=LATER_S)

    assert (reloaded(job).state, money(job)) == ("running", HELD)
    taken_over(LATER_S + DEAD_S)
    assert (ending(job), money(job), len(kie.tasks(job))) == (("succeeded", ""), PAID, 1)


def test_killed_while_the_money_moves(kie):
    job = order()
    work()
    kie.ended(reloaded(job).kie_task_id)

    killed_on_the_way_to("succeeded", after_s=LATER_S)

    assert (reloaded(job).state, money(job)) == ("running", HELD)
    taken_over(LATER_S + DEAD_S)
    assert (ending(job), money(job), len(kie.tasks(job))) == (("succeeded", ""), PAID, 1)


def test_a_job_that_kills_its_worker_three_times_is_buried_with_the_money_back(kie):
    job = order()

    for death in range(3):
        killed_on_the_way_to("submitting", after_s=death * DEAD_S)
        assert (reloaded(job).attempts, money(job)) == (death + 1, HELD)

    taken_over(3 * DEAD_S)
    assert (ending(job), money(job), kie.tasks(job)) == (("failed", "internal"), BACK, [])
    assert reloaded(job).error == "its worker died each time"
