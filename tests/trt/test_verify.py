"""`manage.py verify`: its sentences, its answer for machines, its exit code."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from kie.job import Job
from reliability import cid
from tests.kie.at_work import on_sale, order  # noqa: F401 (a fixture)

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
    assert {"ref": job.hold.ref} in json.loads(out)["transfer_digests"]
