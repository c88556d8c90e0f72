"""What /health gives as its reasons: an operator can act on each, for the runbook has it in the same words."""

import ast
import inspect
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.dispatch import DEAD_WITH_MONEY, replay
from bot.models import Delivery, Update
from kie import balance, breaker, jobs, withdrawn
from kie.models import AIModel
from payments import difference, reconcile
from payments.difference import DifferenceKind
from payments.reconcile import Reconciliation
from reliability import clock
from reliability.models import Instance, Lease
from tests.trt.operator_side import furnish, ordered
from tests.trt.test_metrics import console, counted
from trt.console import health
from trt.env import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["console", "counted"]
RUNBOOK = (ROOT / "docs" / "RUNBOOK.md").read_text()
SPEAKING = (
    health.known_now,
    health.not_ready,
    health.away,
    health.refused,
    health._reasons,
    health._of_waiting,
    health._of_kie,
    health._of_payments,
    health._of_prices,
    health._of_sweeps,
    health._of_webhook,
)


def reasons() -> Iterator[str]:
    """Every sentence of health.py that can become a reason, with «…» for what is filled in."""
    yield from (*health.MODES.values(), *health.KIE_REFUSES.values())
    for function in SPEAKING:
        body = ast.parse(inspect.getsource(function)).body[0]
        assert isinstance(body, ast.FunctionDef)
        inner = {id(part) for node in ast.walk(body) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
        compared = {id(part) for node in ast.walk(body) if isinstance(node, ast.Compare) for part in ast.walk(node)}
        for node in (node for statement in body.body[1:] for node in ast.walk(statement)):
            if isinstance(node, ast.JoinedStr):
                yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
            elif isinstance(node, ast.Constant) and id(node) not in inner | compared and " " in str(node.value):
                yield str(node.value)


def test_the_search_for_reasons_finds_them():
    assert {"no worker runs", "the inbox is … % full", "the database is away (…)"} <= set(reasons())
    assert len(set(reasons())) > 15


@pytest.mark.parametrize("reason", sorted(set(reasons())))
def test_the_runbook_says_what_to_do_about_every_reason(reason):
    assert f"| {reason} |" in RUNBOOK


@pytest.mark.parametrize(
    ("error_code", "says"),
    [
        ("provider_credits", "KIE says that its account is empty"),
        ("provider_key", "KIE refuses our key"),
        ("provider_cap", "KIE says that our key has reached its limit"),
    ],
)
def test_that_kie_refuses_us_is_a_reason_until_it_takes_a_task(settings, error_code, says):
    shop = furnish(settings)
    assert says not in health.report()["reasons"]

    breaker.trip(breaker.ACCOUNT, breaker.Reason(error_code), "401: no")
    told = health.report()
    assert (told["status"], told["kie_refuses"]) == ("degraded", error_code)
    assert says in told["reasons"]

    breaker.Breaker.objects.filter(pk=breaker.ACCOUNT).update(state="half_open", until=clock.now())
    taken = ordered(shop.customer)
    assert jobs.submitting(taken.pk, {})
    assert says in health.report()["reasons"]  # it has not answered yet
    breaker.well(breaker.ACCOUNT)
    assert says not in health.report()["reasons"]


def test_a_family_that_fails_is_a_reason_and_so_is_a_pause_of_all(settings):
    furnish(settings)
    breaker.trip(breaker.creates_of("veo"), breaker.Reason.MAINTENANCE, "455: back soon")
    breaker.trip(breaker.CREATES, breaker.Reason.BUSY, "429: slow down")

    told = health.report()

    assert told["kie_breakers"] == {"create:veo": "maintenance", "creates": "busy"}
    assert "KIE does not do what is asked (create:veo: maintenance)" in told["reasons"]


def test_a_silent_holder_is_a_reason_before_its_lease_is_over(settings):
    furnish(settings)
    holder = Instance.objects.filter(pk=Lease.objects.get().holder)
    holder.update(heartbeat=clock.now() - timedelta(seconds=3))
    assert not silent()

    holder.update(heartbeat=clock.now() - timedelta(seconds=6))
    assert (health.report()["mode"], silent()) == ("active", True)

    Lease.objects.update(expires_at=clock.now())
    told = health.report()
    assert (told["mode"], silent()) == ("no holder", False)
    assert "no bot process holds the lease" in told["reasons"]


def test_an_empty_shop_is_a_reason_and_one_model_less_is_a_count(settings):
    furnish(settings)
    before = health.report()
    assert "nothing is on sale" not in before["reasons"]

    withdrawn.by_kie(AIModel.objects.get(key="z-image"), "505: Feature disabled")
    told = health.report()
    assert told["models_withdrawn"] == 1
    assert told["models_on_sale"] == before["models_on_sale"] - 1
    assert told["reasons"] == before["reasons"]

    settings.SINGLE_MODEL_ONLY = True
    told = health.report()
    assert (told["status"], told["models_on_sale"]) == ("degraded", 0)
    assert "nothing is on sale" in told["reasons"]


@pytest.mark.parametrize("is_a_reason", [True, False])
def test_that_real_people_get_placeholders_is_a_reason(settings, is_a_reason):
    furnish(settings)
    settings.KIE_PLAYED_FOR_PEOPLE = is_a_reason

    assert ("KIE is played here beside a real Telegram" in health.report()["reasons"]) == is_a_reason


def silent() -> bool:
    return any(
        reason.startswith("the bot that holds the lease has been silent") for reason in health.report()["reasons"]
    )


def test_what_telegram_does_not_take_is_told_though_none_of_it_is_long_due():
    long_ago, soon = clock.now() - timedelta(minutes=10), clock.now() + timedelta(seconds=2)
    waiting = [
        Delivery(dedup_key=str(chat), kind="notice", chat=chat, cid="C", created_at=long_ago, due_at=soon, error=error)
        for chat, error in enumerate(["NotSent: refused", "NotSent: refused", ""])
    ]
    Delivery.objects.bulk_create(waiting)

    (reason,) = [one for one in health.report()["reasons"] if "Telegram" in one]

    assert reason.startswith("Telegram does not take 2 message(s), the first for 600.")


def test_a_payment_that_died_is_a_reason_until_it_is_booked(settings):
    update = furnish(settings).update
    says = "1 update(s) of a payment or a refund are dead"
    Update.objects.filter(pk=update.pk).update(state="dead", done_at=clock.now(), reason=DEAD_WITH_MONEY)
    assert says in health.report()["reasons"]

    assert replay(update.pk, by="operator")
    assert says not in health.report()["reasons"]


def test_an_input_that_kie_refuses_is_no_reason(settings):
    job = ordered(furnish(settings).customer)
    assert jobs.submitting(job.pk, {})
    assert jobs.fail(job.pk, "bad_input", "422: no")
    assert (health.report()["kie_refuses"], health.report()["kie_breakers"]) == (None, {})


def test_that_payments_cannot_be_compared_is_a_reason_after_ten_minutes(settings):
    furnish(settings)  # nobody listens where its Telegram should be
    reconcile.all()
    with clock.moved(timedelta(minutes=9)):
        reconcile.all()
        assert not not_compared()
    with clock.moved(timedelta(minutes=11)):
        reconcile.all()
        assert not_compared() == ["payments of stars have not been compared for 11 min"]

        Reconciliation.objects.update(failing_since=None)
        assert not not_compared()


def not_compared() -> list[str]:
    return [reason for reason in health.report()["reasons"] if reason.startswith("payments of")]


def test_a_low_balance_at_kie_is_told_with_its_age_and_is_a_reason_while_kie_takes_what_is_asked(client, settings):
    furnish(settings)
    assert (health.report()["kie_credits"], health.report()["kie_credits_age_s"]) == (None, None)
    assert "trt_kie_credits" not in client.get("/metrics").content.decode()

    with clock.moved(-timedelta(minutes=3)):
        balance.note(Decimal("812.50"))
    told = health.report()
    assert (told["kie_credits"], round(told["kie_credits_age_s"], -1)) == (812.5, 180)
    assert "KIE's account runs low" in told["reasons"]
    page = client.get("/metrics").content.decode()
    assert "trt_kie_credits 812.5" in page
    assert "trt_kie_credits_age_seconds 18" in page

    breaker.trip(breaker.ACCOUNT, breaker.Reason.CREDITS, "402")
    assert not [one for one in health.report()["reasons"] if "runs low" in one]


def test_open_lines_of_the_work_list_are_counted_and_no_reason(settings):
    furnish(settings)
    before = health.report()

    difference.found(DifferenceKind.UNKNOWN_PAYMENT, "stars:c1", provider="stars")
    told = health.report()
    assert (told["work_list"], told["reasons"]) == (before["work_list"] + 1, before["reasons"])

    difference.settled(DifferenceKind.UNKNOWN_PAYMENT, "stars:c1", note="known now")
    assert health.report()["work_list"] == before["work_list"]
