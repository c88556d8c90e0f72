"""Circuit breakers on the way to KIE: what opens one, who may try, and that what one worker has learnt all of them know."""

from datetime import datetime, timedelta

import pytest
import requests
from django.db import IntegrityError, connection, transaction

from kie import breaker, client, starting
from kie.breaker import ACCOUNT, CREATES, STRIKES, Breaker, Reason, State, creates_of, reads_of
from kie.job import Job
from reliability import clock
from tests.kie.at_work import BACK, HELD, PAID, Peer, ending, money, order, reloaded, work
from tests.together import together

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]
MARKET = creates_of("market")
RECORDS = reads_of("market")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """KIE is given a quarter of a second to answer."""
    monkeypatch.setattr(client, "TIMEOUT_S", (5, 0.25))


@pytest.fixture
def at() -> list[datetime]:
    """The moment that the clock shows: its only entry."""
    moment = [clock.now()]
    with clock.owned(lambda: moment[0]):
        yield moment


def state(scope: str) -> str:
    return Breaker.objects.get(pk=scope).state


def creates(kie: Peer) -> int:
    return len(kie.asked("createTask"))


# Three states


@pytest.mark.parametrize("scope", [CREATES, MARKET, RECORDS])
def test_what_is_tripped_opens_again_for_one_trial_at_a_time(at, scope):
    breaker.trip(scope, Reason.BUSY, "slow down")
    assert (breaker.admits(scope), breaker.blocked(scope), breaker.trouble(scope)) == (False, True, Reason.BUSY)

    at[0] += timedelta(seconds=10)

    assert not breaker.blocked(scope)
    assert (breaker.admits(scope), breaker.admits(scope)) == (True, False)
    assert state(scope) == State.HALF_OPEN
    breaker.well(scope)
    assert (state(scope), breaker.admits(scope), breaker.admits(scope)) == (State.CLOSED, True, True)


def test_a_trial_that_fails_opens_it_for_twice_as_long_up_to_a_limit(at):
    pauses = []
    for _ in range(6):
        breaker.trip(CREATES, Reason.BUSY, "slow down")
        pauses.append((Breaker.objects.get(pk=CREATES).until - at[0]).total_seconds())
        at[0] += timedelta(seconds=pauses[-1])
        assert breaker.admits(CREATES)

    assert pauses == [10, 20, 40, 60, 60, 60]
    breaker.well(CREATES)
    breaker.trip(CREATES, Reason.BUSY, "slow down")
    assert Breaker.objects.get(pk=CREATES).until == at[0] + timedelta(seconds=10)


def test_a_trial_whose_worker_died_is_forgotten_after_a_minute(at):
    breaker.trip(MARKET, Reason.DOWN, "500")
    at[0] += timedelta(minutes=2)
    assert breaker.admits(MARKET)  # and dies

    at[0] += timedelta(seconds=59)
    assert not breaker.admits(MARKET)
    at[0] += timedelta(seconds=1)
    assert breaker.admits(MARKET)


def test_an_answer_to_a_question_from_before_changes_nothing(at):
    breaker.trip(CREATES, Reason.BUSY, "slow down")
    until = Breaker.objects.get(pk=CREATES).until

    breaker.well(CREATES)
    breaker.trip(CREATES, Reason.BUSY, "slow down")
    breaker.strike(CREATES, Reason.DOWN, "silence")

    row = Breaker.objects.get(pk=CREATES)
    assert (row.state, row.until, row.openings, row.strikes) == (State.OPEN, until, 1, 0)


def test_failures_open_only_in_a_row():
    for _ in range(STRIKES - 1):
        breaker.strike(MARKET, Reason.DOWN, "silence")
    breaker.well(MARKET)
    for _ in range(STRIKES - 1):
        breaker.strike(MARKET, Reason.DOWN, "silence")
    assert breaker.admits(MARKET)

    breaker.strike(MARKET, Reason.DOWN, "silence")

    assert not breaker.admits(MARKET)


def test_one_family_does_not_keep_another_waiting():
    breaker.trip(MARKET, Reason.MAINTENANCE, "back soon")

    assert breaker.admits(*breaker.of_job("veo"))
    assert not breaker.admits(*breaker.of_job("market"))


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_makes_the_trial(on_sale):
    breaker.trip(MARKET, Reason.DOWN, "500")
    Breaker.objects.update(until=clock.now())

    assert sorted(together(8, lambda _: breaker.admits(CREATES, MARKET))) == [False] * 7 + [True]


@pytest.mark.parametrize(
    "change",
    [
        "state = 'ajar'",
        "state = 'open'",
        "reason = 'busy'",
        "state = 'open', reason = 'busy', since = now()",
        "state = 'half_open', reason = 'because', since = now(), until = now()",
    ],
)
def test_the_table_refuses_what_can_never_be(change):
    Breaker.objects.create(scope=CREATES)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE kie_breaker SET {change}")


# Jobs that wait


def test_429_is_one_pause_of_all_creates(kie, at):
    kie.fault("createTask", "code", code=429, msg="Your call frequency is too high", times=1)
    ordered, before = [order() for _ in range(4)], creates(kie)

    work()

    assert creates(kie) - before == 1  # the others are told by the row
    assert {ending(job) for job in ordered} == {("queued", "")}
    at[0] += timedelta(seconds=9)
    assert work() == 0
    at[0] += timedelta(seconds=2)
    work()
    assert ({reloaded(job).state for job in ordered}, creates(kie) - before) == ({"running"}, 5)


def test_what_waits_is_not_even_claimed(kie, at):
    breaker.trip(MARKET, Reason.MAINTENANCE, "back soon")
    job = order()

    assert work() == 0
    assert (reloaded(job).attempts, reloaded(job).due_at) == (0, job.due_at)


def test_maintenance_lets_one_job_find_out_and_then_all_go_on(kie, at):
    kie.fault("createTask", "code", code=455, msg="Under maintenance", times=2)
    ordered, before = [order() for _ in range(3)], creates(kie)
    work()
    assert (creates(kie) - before, state(MARKET)) == (1, State.OPEN)

    at[0] += timedelta(seconds=31)
    work()
    assert (creates(kie) - before, state(MARKET)) == (2, State.OPEN)
    at[0] += timedelta(seconds=61)
    work()

    assert (creates(kie) - before, state(MARKET)) == (5, State.CLOSED)
    assert {reloaded(job).state for job in ordered} == {"running"}
    assert all(money(job) == HELD for job in ordered)


def test_when_creates_are_not_answered_the_next_jobs_are_kept_from_the_same_doubt(kie, impatient, at):
    kie.fault("createTask", "502", times=STRIKES)
    ordered = [order() for _ in range(STRIKES + 3)]

    work()

    states = [reloaded(job).state for job in ordered]
    assert states == ["submitting"] * STRIKES + ["queued"] * 3
    at[0] += timedelta(seconds=11)
    work()
    assert [reloaded(job).state for job in ordered[STRIKES:]] == ["running"] * 3
    assert state(MARKET) == State.CLOSED


def test_an_input_that_is_refused_is_a_healthy_answer(kie, at):
    for _ in range(STRIKES - 1):
        breaker.strike(MARKET, Reason.DOWN, "silence")
    kie.fault("createTask", "code", code=422, msg="prompt is required")
    order()

    work()

    assert Breaker.objects.get(pk=MARKET).strikes == 0


def test_who_waits_can_cancel(kie):
    breaker.trip(CREATES, Reason.BUSY, "slow down")
    job = order()

    from kie import jobs

    assert jobs.cancel(job.pk)
    assert money(job) == BACK


def test_what_holds_a_job_up_is_known_while_a_trial_is_under_way_too(at):
    job = order()
    assert starting.hindrance(job) is None
    breaker.trip(MARKET, Reason.MAINTENANCE, "back soon")
    assert starting.hindrance(job) == Reason.MAINTENANCE
    at[0] += timedelta(minutes=1)
    assert breaker.admits(MARKET)
    assert starting.hindrance(job) == Reason.MAINTENANCE


# Records


def test_while_records_cannot_be_read_one_look_at_a_time_finds_out(kie, reads_once, at):
    ordered = [order() for _ in range(STRIKES + 3)]
    work()
    for job in ordered:
        kie.ended(reloaded(job).kie_task_id)
    kie.fault("recordInfo", "500", times=0)
    before = len(kie.asked("recordInfo"))
    at[0] += timedelta(minutes=1)

    work()
    assert (len(kie.asked("recordInfo")) - before, state(RECORDS)) == (STRIKES, State.OPEN)
    at[0] += timedelta(seconds=11)
    work()
    assert (len(kie.asked("recordInfo")) - before, state(RECORDS)) == (STRIKES + 1, State.OPEN)
    assert work() == 0  # the rest is not even claimed

    requests.delete(kie.origin + "/sandbox/faults", timeout=30)
    at[0] += timedelta(minutes=1)
    work()

    assert state(RECORDS) == State.CLOSED
    at[0] += timedelta(minutes=1)
    work()
    assert {ending(job) for job in ordered} == {("succeeded", "")}
    assert all(money(job) == PAID for job in ordered)


def test_a_job_whose_record_cannot_be_read_still_ends_at_its_deadline(kie, reads_once, at):
    job = order()
    work()
    breaker.trip(RECORDS, Reason.DOWN, "500")
    Breaker.objects.update(until=at[0] + timedelta(days=1))
    at[0] += timedelta(seconds=job.model.deadline_s + 1)

    work()

    assert (ending(job), money(job)) == (("timed_out", "timeout"), BACK)
    assert Job.objects.looked_for().count() == 1


def test_a_record_that_kie_does_not_know_is_a_healthy_answer(kie, reads_once, at):
    job = order()
    work()
    for _ in range(STRIKES - 1):
        breaker.strike(RECORDS, Reason.DOWN, "silence")
    kie.fault("recordInfo", "code", code=422, msg="recordInfo is null")
    at[0] += timedelta(minutes=1)

    work()

    assert (reloaded(job).state, Breaker.objects.get(pk=RECORDS).strikes) == ("running", 0)


def test_the_account_has_no_trial_before_a_probe(at):
    breaker.trip(ACCOUNT, Reason.CREDITS, "empty")
    at[0] += timedelta(days=1)

    assert not breaker.admits(ACCOUNT)
