"""KIE's account is empty, or our key refused: nothing is sold, what is queued waits, the operator is called, and all goes on by
itself when the balance says so."""

from datetime import datetime, timedelta

import pytest

from bot.models import Delivery
from kie import account, breaker, jobs
from kie.breaker import ACCOUNT, Breaker, Reason, State
from payments import ledger
from reliability import clock
from tests.kie.at_work import BACK, HELD, PAID, PURSE, ending, money, order, reloaded, somebody, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]
OPERATORS = (700_001, 700_002)


@pytest.fixture
def at() -> list[datetime]:
    moment = [clock.now()]
    with clock.owned(lambda: moment[0]):
        yield moment


@pytest.fixture(autouse=True)
def operators(settings) -> None:
    settings.ADMIN_IDS = OPERATORS


def alarms() -> list[tuple[int, str]]:
    told = Delivery.objects.filter(payload__name="alarm").order_by("pk")
    return [(one.chat, one.payload["what"]) for one in told]


def test_out_of_credits_a_job_waits_and_goes_on_when_they_are_back(kie, at):
    kie.config(credits=0)
    first, second = order(), order()
    before = len(kie.asked("createTask"))

    work()

    assert len(kie.asked("createTask")) - before == 1
    assert {ending(job) for job in (first, second)} == {("queued", "")}
    assert money(first) == money(second) == HELD
    for _ in range(3):
        at[0] += timedelta(minutes=5)
        assert (account.probe(), work()) == (0, 0)

    kie.config(credits=10_000)
    at[0] += timedelta(minutes=5)
    assert account.probe() == 1
    work()

    assert [reloaded(job).state for job in (first, second)] == ["running"] * 2
    for job in (first, second):
        kie.ended(reloaded(job).kie_task_id)
    at[0] += timedelta(minutes=1)
    work()
    assert money(first) == money(second) == PAID
    assert account.closed_for() is None


def test_meanwhile_nothing_new_is_sold_and_no_money_is_taken(kie, at):
    kie.config(credits=0)
    order()
    work()
    customer = somebody()

    with pytest.raises(jobs.Paused) as pause:
        order(customer)

    assert pause.value.reason == Reason.CREDITS
    assert (ledger.available(customer), ledger.held(customer), customer.jobs.count()) == (PURSE, 0, 0)
    kie.config(credits=10_000)
    at[0] += timedelta(minutes=2)
    account.probe()
    assert order(customer).state == "queued"  # before the trial has ended, too


def test_who_taps_again_is_answered_though_nothing_is_sold(kie):
    customer = somebody()
    job = order(customer, key="5:7")
    breaker.trip(ACCOUNT, Reason.CREDITS, "empty")

    assert order(customer, key="5:7") == job


@pytest.mark.parametrize(
    ("code", "words", "reason"),
    [
        (401, "You do not have access permissions", Reason.KEY),
        (402, "Credits insufficient", Reason.CREDITS),
        (433, "Request exceeds the daily credit limit", Reason.CAP),
        (500, "Credits insufficient : please top up to continue.", Reason.CREDITS),
    ],
)
def test_the_operator_is_called_once(kie, at, code, words, reason):
    kie.fault("createTask", "code", code=code, msg=words, times=0)
    job = order()
    work()
    assert (ending(job), account.closed_for()) == (("queued", ""), reason)

    for _ in range(4):
        at[0] += timedelta(minutes=6)
        account.probe()
        work()

    assert alarms() == [(one, reason.value) for one in OPERATORS]


def test_the_next_time_the_operator_is_called_again(kie, at):
    breaker.trip(ACCOUNT, Reason.CREDITS, "empty")
    Breaker.objects.get().close()
    at[0] += timedelta(hours=1)

    breaker.trip(ACCOUNT, Reason.CREDITS, "empty")

    assert len(alarms()) == 2 * len(OPERATORS)


def test_the_balance_has_to_cover_the_task_that_was_refused(kie, at):
    kie.config(credits=0.1)
    order()
    work()
    needs = Breaker.objects.get(pk=ACCOUNT).needs
    assert needs > 0

    kie.config(credits=float(needs) / 2)
    at[0] += timedelta(minutes=5)
    assert account.probe() == 0
    kie.config(credits=float(needs))
    at[0] += timedelta(minutes=5)
    assert account.probe() == 1


def test_a_refused_key_is_not_tried_with_jobs(kie, at, settings):
    good, settings.KIE_API_KEY = settings.KIE_API_KEY, "revoked"
    job, before = order(), len(kie.asked("createTask"))
    work()
    at[0] += timedelta(minutes=5)
    assert (account.probe(), work(), len(kie.asked("createTask")) - before) == (0, 0, 1)

    settings.KIE_API_KEY = good
    at[0] += timedelta(minutes=5)
    assert account.probe() == 1
    work()

    assert reloaded(job).state == "running"


def test_of_a_cap_the_balance_says_nothing_so_a_job_tries(kie, at):
    kie.fault("createTask", "code", code=433, msg="Request exceeds the daily credit limit", times=2)
    job = order()
    work()
    at[0] += timedelta(minutes=5)
    assert account.probe() == 1
    work()
    assert (ending(job), account.closed_for()) == (("queued", ""), Reason.CAP)  # the trial has failed

    at[0] += timedelta(minutes=10)
    assert account.probe() == 1
    work()

    assert (reloaded(job).state, account.closed_for()) == ("running", None)


def test_probes_come_less_and_less_often(kie, at, reads_once):
    kie.config(credits=0)
    breaker.trip(ACCOUNT, Reason.CREDITS, "empty")
    asked = []
    for minute in range(20):
        before = len(kie.asked("credit"))
        account.probe()
        if len(kie.asked("credit")) > before:
            asked.append(minute)
        at[0] += timedelta(minutes=1)

    assert asked == [1, 3, 7, 12, 17]


def test_a_probe_that_is_not_answered_is_none(kie, at, reads_once):
    kie.fault("credit", "500", times=1)
    breaker.trip(ACCOUNT, Reason.CREDITS, "empty")
    at[0] += timedelta(minutes=1)

    assert account.probe() == 0
    assert account.closed_for() == Reason.CREDITS
    at[0] += timedelta(minutes=2)
    assert account.probe() == 1


def test_a_task_that_dies_of_the_balance_stops_sales_too(kie):
    kie.fault("createTask", "task_fails", failCode="402", failMsg="Credits insufficient")
    job = order()
    work()
    kie.ended(reloaded(job).kie_task_id)

    work(after_s=60)

    assert (ending(job), money(job)) == (("failed", "provider_credits"), BACK)
    assert account.closed_for() == Reason.CREDITS


def test_an_open_account_is_seen_by_state_alone(kie, at):
    breaker.trip(ACCOUNT, Reason.KEY, "no")
    assert Breaker.objects.get().state == State.OPEN
    assert breaker.trouble(ACCOUNT) == Reason.KEY
