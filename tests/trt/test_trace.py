"""The story of an id on the command line and in the admin: one function, in time order, with durations, by an index."""

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from bot.models import Delivery, Update
from kie.models import Job
from payments.models import Receipt
from reliability import cid, clock
from tests.trt.operator_side import TELEGRAM_ID, furnish
from trt.console.story import search, story

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(settings):
    """An order that took its time: two seconds until it was answered, then three until that was sent."""
    shop = furnish(settings)
    born = clock.now() - timedelta(minutes=1)
    Update.objects.filter(cid=shop.job.cid).update(
        created_at=born, state="done", done_at=born + timedelta(seconds=2), reason="OK"
    )
    result = Delivery.objects.filter(cid=shop.job.cid)
    result.update(
        state="sent", created_at=born + timedelta(seconds=90), sent_at=born + timedelta(seconds=93), due_at=clock.now()
    )
    return shop.job.cid


def traced(capsys, *arguments: str) -> str:
    call_command("trace", *arguments)
    return capsys.readouterr().out


def test_a_story_says_how_long_each_stage_took(told):
    lines = story(told)

    of_update = [line.stage_s for line in lines if line.url == lines[0].url]
    assert of_update == [None, 2.0]
    assert lines[-1].stage_s == 3.0
    assert lines[0].since_s == lines[0].after_s == 0.0
    assert sum(line.after_s for line in lines) == pytest.approx(lines[-1].since_s, abs=0.01)
    assert lines[-1].since_s == 93.0


def test_only_the_last_moment_of_a_row_is_told_of_its_state(told):
    lines = story(told)
    of_job = [line for line in lines if line.what.startswith("Генерация: ")]

    assert [line.row for line in of_job] == [cid.support_code(told)] * len(of_job)
    assert [line.state for line in of_job] == [*[""] * (len(of_job) - 1), Job.objects.get(cid=told).get_state_display()]
    assert len(of_job) > 1


@pytest.mark.parametrize("code", [False, True])
def test_it_is_told_in_time_order_with_durations(told, capsys, code):
    out = traced(capsys, cid.support_code(told) if code else told).splitlines()

    assert out[0] == f"{told}  support code {cid.support_code(told)}"
    assert [line[:26] for line in out[2:]] == sorted(line[:26] for line in out[2:])
    assert "0.000      0.000             Update" in out[2]
    assert "93.000      3.000      3.000" in out[-1]


def test_a_row_is_a_line_though_its_error_has_several(told, capsys):
    before = len(traced(capsys, told).splitlines())
    Update.objects.filter(cid=told).update(error="Refused: no\n\n  at line 1\r\nBad Gateway\x0b\u2028the end")

    out = traced(capsys, told).splitlines()

    assert len(out) == before
    assert any("Refused: no ⏎ at line 1 ⏎ Bad Gateway ⏎ the end" in line for line in out)


def test_for_programs_it_is_one_object(told, capsys):
    given = json.loads(traced(capsys, told, "--json"))

    assert given["cids"] == [told]
    assert [line["since_s"] for line in given["lines"]] == [line.since_s for line in story(told)]


@pytest.mark.parametrize("unknown", ["ZZZZ-ZZZZ", "0" * 26, "not an id", ""])
def test_what_is_not_known_is_said_by_the_exit_code(told, unknown):
    with pytest.raises(CommandError) as said:
        call_command("trace", unknown)

    assert said.value.returncode == 2


@pytest.mark.parametrize("words", ["task-of-anna", "Task-Of-Anna", "hold:job"])
def test_words_that_lead_to_one_story_tell_it(told, capsys, words):
    Job.objects.filter(cid=told).update(kie_task_id="task-of-anna")

    assert traced(capsys, words) == traced(capsys, told)


@pytest.mark.parametrize("words", [str(TELEGRAM_ID), "anna", " @anna"])
def test_words_that_lead_to_several_list_their_codes_and_the_admin_finds_the_same(told, capsys, words):
    out = traced(capsys, words).splitlines()
    ids = json.loads(traced(capsys, words, "--json"))["cids"]

    codes = [line[27:36] for line in out[1:]]
    assert cid.support_code(told) in codes
    assert {cid.support_code(one) for one in ids} == set(codes)
    assert [line[:26] for line in out[1:]] == sorted((line[:26] for line in out[1:]), reverse=True)
    _, found = search(words, User(is_superuser=True))
    assert codes == [cid.support_code(row.cid) for row in found]


STORIED = [model for model in apps.get_models() if any(field.name == "cid" for field in model._meta.concrete_fields)]


@pytest.mark.parametrize("model", STORIED, ids=lambda model: model.__name__)
@pytest.mark.parametrize("words", ["7F3K-Q2ZD", "01KQ0000000000000000007F3K"])
def test_a_story_is_found_by_its_index_in_every_table(model, words):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # of an empty table a scan is the cheapest way
        plan = model.objects.filter(cid.carrying(words)).explain()

    assert "_code" in plan, plan


def test_the_story_of_a_top_up_tells_of_its_receipts_too(told):
    """They come with messages of their own, so under ids of their own."""
    receipt = Receipt.objects.select_related("topup").get()
    assert receipt.cid != receipt.topup.cid

    assert str(receipt) in [line.row for line in story(receipt.topup.cid)]
    assert str(receipt.topup) not in [line.row for line in story(receipt.cid)]
