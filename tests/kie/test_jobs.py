"""Confirming, and every transition: done once, guarded by the state, with its money and its one signal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from bot.models import Delivery
from kie import jobs
from kie.errors import NothingMade
from kie.job import Job, JobState
from kie.limits import TooMany
from kie.record import TaskRecord
from kie.signals import job_ended
from payments import ledger
from payments.models import Transfer
from reliability import clock
from tests.kie.at_work import BACK, HELD, PAID, PRICE, money, order, reloaded, somebody
from tests.together import together
from trt.console import invariants

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]
PICTURE = TaskRecord(state="success", files=[{"url": "https://tempfile.example/1.png", "kind": "image"}])


@pytest.fixture(autouse=True)
def _terms(settings):
    settings.DEMO_BONUS_RUB = Decimal("0.00")
    settings.DRY_RUN = settings.TEST_MODE = False
    settings.CHARGES_ORDERS = True


def test_confirming_holds_the_price_and_queues():
    job = order()

    assert (job.state, job.price, job.registry_version) == ("queued", PRICE, job.model.version_label)
    assert money(job) == HELD
    assert (job.hold.ref, job.hold.cid) == (f"hold:job:{job.public_id}", job.cid)


def test_a_known_key_returns_the_first_job_whatever_became_of_it():
    customer = somebody()
    first = order(customer, key="5:7")
    assert order(customer, key="5:7") == first
    jobs.cancel(first.pk)

    again = order(customer, key="5:7")

    assert (again, again.state, Job.objects.count()) == (first, "failed", 1)
    assert money(first) == BACK


@pytest.mark.django_db(transaction=True)
def test_one_key_from_eight_threads_is_one_job():
    customer = somebody()

    made = together(8, lambda _: order(customer, key="5:7"))

    assert {outcome.pk for outcome in made} == {Job.objects.get().pk}
    assert money(made[0]) == HELD


@pytest.mark.django_db(transaction=True)
def test_taps_at_once_do_not_pass_the_limit():
    customer = somebody()

    outcomes = together(8, lambda number: order(customer, key=str(number)))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Job"] * 3 + ["TooMany"] * 5
    assert ledger.held(customer) == 3 * PRICE


def test_who_has_not_enough_is_refused_and_nothing_changes():
    customer = somebody(Decimal("6.99"))

    with pytest.raises(ledger.NotEnoughMoney) as refusal:
        order(customer)

    assert (refusal.value.needed, refusal.value.available) == (PRICE, Decimal("6.99"))
    assert not Job.objects.exists()
    assert (ledger.available(customer), ledger.held(customer)) == (Decimal("6.99"), 0)


def test_what_costs_nothing_has_no_hold():
    job = order(price=Decimal("0.00"))
    assert job.hold is None

    assert jobs.fail(job.pk, "busy", "KIE is busy")
    assert not Transfer.objects.filter(customer=job.customer).exclude(kind="bonus").exists()


def test_nobody_runs_more_than_three_at_once_and_an_ended_one_makes_room():
    customer = somebody()
    three = [order(customer) for _ in range(3)]

    with pytest.raises(TooMany) as refusal:
        order(customer)
    assert refusal.value.wait_s == 0
    order(somebody())  # another person is not concerned

    jobs.cancel(three[0].pk)
    assert order(customer).state == "queued"


@pytest.mark.parametrize(("most", "every_s", "span_s"), [(5, 0, 60), (20, 61, 3600)], ids=["minute", "hour"])
def test_who_has_confirmed_the_most_waits_until_the_oldest_is_long_enough_ago(most, every_s, span_s):
    customer = somebody(Decimal("1000.00"))
    start = clock.now()
    at = [start]
    with clock.owned(lambda: at[0]):
        for number in range(most):
            at[0] = start + timedelta(seconds=number * every_s)
            jobs.cancel(order(customer).pk)

        with pytest.raises(TooMany) as refusal:
            order(customer)
        at[0] += timedelta(seconds=refusal.value.wait_s - 1)
        with pytest.raises(TooMany):
            order(customer)
        at[0] += timedelta(seconds=1)

        assert order(customer).created_at == start + timedelta(seconds=span_s)


def test_a_repeat_is_answered_even_at_the_limit():
    customer = somebody()
    first, *_ = [order(customer, key=str(number)) for number in range(3)]

    assert order(customer, key="0") == first


def test_in_test_mode_only_staff_generate(settings):
    settings.TEST_MODE = True
    staff = somebody()
    settings.ADMIN_IDS = (staff.telegram_id,)

    with pytest.raises(jobs.Closed):
        order()
    assert order(staff).state == "queued"


def test_a_dry_run_holds_nothing(settings):
    settings.DRY_RUN, settings.CHARGES_ORDERS = True, False

    assert order().hold is None


def test_what_a_test_or_a_played_kie_makes_costs_people_nothing(settings):
    settings.CHARGES_ORDERS = False
    person = somebody()
    job = order(person)
    assert jobs.submitting(job.pk, job.input)
    assert jobs.run(job.pk, "task-1")

    assert jobs.succeed(job.pk, PICTURE)

    assert reloaded(job).state == "succeeded"
    assert not Transfer.objects.filter(customer=person).exclude(kind="bonus").exists()
    assert invariants.broken() == {}


# Transitions: from which states each may go. A job that is elsewhere stays there, and the transition says False.
WHY = NothingMade("Your call frequency is too high", code=429)
TRANSITIONS: dict[str, tuple[Callable[[Job], bool], set[str], str]] = {
    "cancel": (lambda job: jobs.cancel(job.pk), {"queued"}, "failed"),
    "submitting": (lambda job: jobs.submitting(job.pk, {"prompt": "x"}), {"queued"}, "submitting"),
    "requeue": (lambda job: jobs.requeue(job.pk, WHY, pause=timedelta(seconds=5)), {"submitting"}, "queued"),
    "run": (lambda job: jobs.run(job.pk, f"task-{job.pk}"), {"submitting"}, "running"),
    "succeed": (lambda job: jobs.succeed(job.pk, PICTURE), {"running"}, "succeeded"),
    "fail": (lambda job: jobs.fail(job.pk, "busy", "KIE is busy"), {"queued", "submitting", "running"}, "failed"),
    "time_out": (lambda job: jobs.time_out(job.pk), {"running"}, "timed_out"),
}
WAY = {
    "queued": [],
    "submitting": ["submitting"],
    "running": ["submitting", "run"],
    "succeeded": ["submitting", "run", "succeed"],
    "failed": ["fail"],
    "timed_out": ["submitting", "run", "time_out"],
}


def at(state: str) -> Job:
    """A job that has come to `state`."""
    job = order()
    for name in WAY[state]:
        assert TRANSITIONS[name][0](job)
    return reloaded(job)


@pytest.mark.parametrize("state", JobState.values)
@pytest.mark.parametrize("name", TRANSITIONS)
def test_a_transition_leaves_only_its_own_states(name, state, ended):
    move, leaves, to = TRANSITIONS[name]
    job = at(state)
    before, money_before, told = Job.objects.filter(pk=job.pk).values().get(), money(job), len(ended)

    assert move(job) is (state in leaves)

    if state not in leaves:
        assert Job.objects.filter(pk=job.pk).values().get() == before
        assert (money(job), len(ended)) == (money_before, told)
        return
    assert reloaded(job).state == to
    settled = {"succeeded": PAID, "failed": BACK, "timed_out": BACK}.get(to, HELD)
    assert money(job) == settled
    assert len(ended) == (settled != HELD)
    if name != "fail" or state == "queued":
        assert move(job) is False  # a repeat
    assert (money(job), len(ended)) == (settled, settled != HELD)


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [("succeed", "succeeded", ""), ("fail", "failed", "busy"), ("time_out", "timed_out", "timeout")],
)
def test_an_ended_job_says_why_and_has_one_delivery(name, state, reason):
    job = at("running")

    TRANSITIONS[name][0](job)

    ended = reloaded(job)
    assert (ended.state, ended.error_code, ended.ended_at is not None) == (state, reason, True)
    assert Delivery.objects.filter(kind=Delivery.Kind.RESULT, chat=job.chat, payload={"job": job.pk}).count() == 1


def test_an_end_whose_listener_fails_has_not_happened():
    job = at("running")

    with _a_failing_listener(), pytest.raises(RuntimeError):
        jobs.succeed(job.pk, PICTURE)

    assert (reloaded(job).state, money(job)) == ("running", HELD)
    assert jobs.succeed(job.pk, PICTURE)
    assert money(job) == PAID


@pytest.mark.django_db(transaction=True)
def test_success_failure_and_time_out_at_once_are_one_end(ended):
    for _ in range(3):
        job, told = at("running"), len(ended)
        moves = [TRANSITIONS[name][0] for name in ("succeed", "fail", "time_out")] * 2

        outcomes = together(6, lambda number, job=job, moves=moves: moves[number](job))

        assert sorted(outcomes) == [False] * 5 + [True]
        assert len(ended) == told + 1
        assert money(job) == (PAID if reloaded(job).state == "succeeded" else BACK)


# What can never be, tried in SQL as a stranger to our transitions would.
IMPOSSIBLE = {
    "job_state_known": ("succeeded", "state = 'lost'"),
    "job_running_has_task": ("running", "kie_task_id = NULL"),
    "job_sent_when": ("running", "submitted_at = NULL"),
    "job_open_or_ended": ("succeeded", "ended_at = NULL"),
    "job_ended_why": ("failed", "error_code = ''"),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_can_never_be_the_database_refuses(name):
    state, change = IMPOSSIBLE[name]
    job = at(state)

    with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE kie_job SET {change} WHERE id = %s", [job.pk])


@pytest.mark.parametrize("state", ["queued", "submitting", "running"])
def test_an_open_job_cannot_have_ended(state):
    job = at(state)

    with pytest.raises(IntegrityError, match="job_open_or_ended"), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(ended_at=clock.now())


@pytest.mark.parametrize("column", ["kie_task_id", "idempotency_key", "public_id", "hold_id"])
def test_a_task_a_key_an_id_and_a_hold_belong_to_one_job(column):
    one, other = at("running"), at("running")

    with pytest.raises(IntegrityError, match=column), transaction.atomic():
        Job.objects.filter(pk=other.pk).update(**{column: getattr(one, column)})


@contextmanager
def _a_failing_listener() -> Iterator[None]:
    def refuse(**_: object) -> None:
        raise RuntimeError("a listener that fails")

    job_ended.connect(refuse, sender=Job)
    try:
        yield
    finally:
        job_ended.disconnect(refuse, sender=Job)
