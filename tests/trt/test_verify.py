"""`manage.py verify`: its sentences, its answer for machines, its exit code."""

import io
import json
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from kie.job import Job
from reliability import cid, clock
from tests.kie.at_work import on_sale, order  # noqa: F401 (a fixture)
from trt.console.invariants import INVARIANTS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]


def verify(*options: str) -> tuple[str, str, int]:
    """What it writes on stdout and stderr, and how it exits."""
    out, progress = io.StringIO(), io.StringIO()
    try:
        call_command("verify", *options, stdout=out, stderr=progress)
    except CommandError as refusal:
        return out.getvalue(), progress.getvalue() + str(refusal), refusal.returncode
    return out.getvalue(), progress.getvalue(), 0


def test_where_all_holds_it_says_so_and_exits_with_0():
    order()

    out, progress, code = verify()

    assert (out, code) == ("", 0)
    assert "[1/" in progress
    assert "All rules hold." in progress


def test_a_broken_rule_is_named_with_its_rows_and_exits_with_2():
    order()
    stray = cid.new()
    Job.objects.update(cid=stray)

    out, progress, code = verify()

    assert (code, "job_holds_its_price" in progress) == (2, True)
    assert stray in out


def test_a_transfer_that_somebody_changed_is_found_and_told_to_machines(settings):
    job = order()
    settings.LEDGER_KEY = "another key than the one it was signed with"

    out, _, code = verify("--json")

    assert code == 2
    answer = json.loads(out)
    assert (answer["ok"], list(answer["broken"])) == (False, ["transfer_digests"])
    assert {"ref": job.hold.ref} in answer["broken"]["transfer_digests"]


def test_machines_are_told_also_that_all_is_well_and_when_and_how_long_it_took():
    order()

    out, _, code = verify("--json")

    answer = json.loads(out)
    assert (code, answer["ok"], answer["broken"], answer["rules"]) == (0, True, {}, len(INVARIANTS) + 1)
    assert abs(clock.now() - datetime.fromisoformat(answer["checked_at"])) < timedelta(minutes=1)
    assert answer["took_ms"] >= 0
