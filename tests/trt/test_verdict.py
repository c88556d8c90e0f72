"""The verdict over the books: what the checks leave, what /health and /metrics make of it, how loud it is."""

import io
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from structlog.testing import capture_logs

from bot.models import Delivery
from payments import ledger, people
from reliability import cid, clock, counts, instance
from reliability.models import Sweep
from tests.trt.test_metrics import console, counted
from trt import sweeps
from trt.console import health, metrics, verdict

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["console", "counted"]
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def anna():
    """Somebody with 10.00."""
    anna, _ = people.meet(700, first_name="Анна", username=None, language_code="ru")
    ledger.bonus(anna, Decimal("10.00"), ref="bonus:test", cid=cid.new())
    return anna


def by_superuser(change: str) -> None:
    tables = ("payments_transfer", "payments_wallet")
    with connection.cursor() as cursor:
        for how, then in (("DISABLE", change), ("ENABLE", "SELECT 1")):
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} {how} TRIGGER USER")
            cursor.execute(then)


def told() -> tuple[str, str | None, list[str]]:
    """Verdict, its time, and reasons that speak of money or rules."""
    report = health.report()
    reasons = [one for one in report["reasons"] if "ledger" in one or "rule" in one or "money" in one]
    return report["ledger_verdict"], report["ledger_checked_at"], reasons


def test_before_anybody_has_looked_nothing_is_claimed():
    assert told() == ("not checked yet", None, [])
    assert b"trt_ledger_ok" not in metrics.exposition()


def test_half_a_look_is_no_verdict():
    verdict.leave(verdict.RULES, [], took_ms=1)
    assert told()[0] == "not checked yet"

    Sweep.objects.create(name=verdict.DIGESTS, ran_at=clock.now())  # it is claimed, and has not ended
    assert told()[0] == "not checked yet"


def test_books_that_agree_are_ok_since_the_older_look():
    sweeps.sweep()
    since = Sweep.objects.get(name=verdict.DIGESTS).ran_at
    with clock.moved(timedelta(minutes=20)):
        sweeps.sweep()

    assert Sweep.objects.get(name=verdict.RULES).ran_at > since
    assert told() == ("ok", since.isoformat(), [])
    assert b"trt_ledger_ok 1.0" in metrics.exposition()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("UPDATE payments_wallet SET balance = balance + 1", "transfer_digests, wallet_equals_transfers"),
        ("UPDATE payments_transfer SET note = 'x'", "transfer_digests"),
    ],
)
def test_a_broken_ledger_is_loud(change, name):
    by_superuser(change)
    with capture_logs() as lines:
        sweeps.sweep()

    judged, _, reasons = told()
    assert judged == f"broken: {name}"
    assert reasons[0] == f"the ledger is broken: {name}"
    assert reasons[1].endswith("rule(s) that must always hold do not: manage.py verify")
    errors = [line for line in lines if line["log_level"] == "error"]
    assert sorted(line["rule"] for line in errors) == name.split(", ")
    assert b"trt_ledger_ok 0.0" in metrics.exposition()


def test_a_broken_rule_of_another_kind_leaves_the_ledger_its_name():
    Delivery.objects.create(dedup_key="d:1", kind="notice", chat=1, due_at=clock.now() - HOUR, cid=cid.new())
    sweeps.sweep()

    assert Sweep.objects.get(name=verdict.RULES).found == "nobody_waits_in_silence"
    judged, _, reasons = told()
    assert (judged, reasons) == ("ok", ["1 rule(s) that must always hold do not: manage.py verify"])


def test_a_check_that_fails_takes_its_verdict_back(monkeypatch):
    sweeps.sweep()

    def fails():
        raise RuntimeError("no")

    monkeypatch.setattr(sweeps, "DUTIES", [sweeps.Duty(verdict.DIGESTS, timedelta(0), fails)])
    sweeps.sweep()

    assert told()[0] == "not checked yet"
    assert "the sweep «digests» failed" in health.report()["reasons"]


def test_a_look_by_hand_stands_in_place_of_the_last_one():
    by_superuser("UPDATE payments_transfer SET note = 'x'")
    sweeps.sweep()
    assert told()[0] == "broken: transfer_digests"
    by_superuser("UPDATE payments_transfer SET note = ''")  # restored from the backup

    call_command("verify", stderr=io.StringIO())

    assert told()[::2] == ("ok", [])


def test_what_a_look_by_hand_finds_is_told_by_health():
    sweeps.sweep()
    by_superuser("UPDATE payments_wallet SET held = held + 1")

    with suppress(CommandError):
        call_command("verify", stdout=io.StringIO(), stderr=io.StringIO())

    assert told()[0] == "broken: held_is_open_holds, transfer_digests, wallet_equals_transfers"


def test_an_hourly_check_is_not_late_before_its_hour():
    sweeps.sweep()
    late = {}
    for minutes in (80, 95):
        with clock.moved(timedelta(minutes=minutes)):
            late[minutes] = [one for one in health.report()["reasons"] if "«digests» ran" in one]

    assert [len(one) for one in late.values()] == [0, 1]


def test_a_conflict_of_refs_is_counted_and_a_reason_for_an_hour(anna, counted):
    other, _ = people.meet(701, first_name="Борис", username=None, language_code="ru")
    with pytest.raises(ledger.RefConflict):
        ledger.bonus(other, Decimal("10.00"), ref="bonus:test", cid=cid.new())

    assert counts.mine[ledger.CONFLICTS] == 1
    instance.beat("web")
    assert b"trt_ledger_ref_conflicts_total 1.0" in metrics.exposition()
    said = "a movement of money was refused: its ref is known with other facts"
    assert told()[2] == [said]
    with clock.moved(HOUR):
        assert told()[2] == []
