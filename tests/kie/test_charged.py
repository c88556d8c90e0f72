"""What KIE took for a task, beside what its price rows say."""

from decimal import Decimal

import pytest

from kie import charged
from kie.catalogue import AIModel
from kie.families import reading
from kie.record import TaskRecord
from payments.models import Difference
from tests.kie.at_work import Peer, ending, order, reloaded, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]


def took(job, credits, state="success"):
    charged.compare(job, TaskRecord(state=state, credits=None if credits is None else Decimal(credits)))


def lines():
    return list(Difference.objects.open().values_list("key", flat=True))


def test_a_task_at_its_price_is_no_line_and_one_at_another_is(kie: Peer):
    job = order()
    work()
    kie.ended(reloaded(job).kie_task_id)
    work(after_s=60)
    assert (ending(job), lines()) == (("succeeded", ""), [])

    dear = order()
    work()
    kie.ended(reloaded(dear).kie_task_id)
    AIModel.objects.filter(key="z-image").update(pricing=[{"usd": "0.002", "unit": "task", "when": {}}])
    work(after_s=60)
    assert ending(dear) == ("succeeded", "")
    line = Difference.objects.open().get()
    assert (line.provider, line.facts["expected"], line.facts["charged"]) == ("kie", "0.4", "0.8")
    assert line.facts["job"] == str(dear.public_id)


@pytest.mark.parametrize(
    ("credits", "told"),
    [("0.8", False), ("0.83", False), ("0.77", False), ("0.85", True), ("0.7", True), ("8", True), ("0", True), (None, False)],
)  # fmt: skip
def test_what_is_beyond_the_rounding_of_prices_is_told(credits, told):
    took(order(), credits)
    assert bool(lines()) == told


def test_a_failed_task_costs_nothing(db):
    took(order(), "0", state="fail")
    assert lines() == []
    took(order(), "0.8", state="fail")
    assert lines() == ["kie_credits:z-image:failed"]


def test_a_model_and_choice_is_one_line_that_ends_once_it_agrees_again():
    for _ in range(3):
        took(order(), "1.6")
    assert lines() == ["kie_credits:z-image:"]
    took(order(), "0.8")
    assert lines() == []


def test_what_is_counted_at_its_most_may_cost_less_but_not_more():
    speech = order(model="elevenlabs/text-to-speech-turbo-2-5", input={"text": "Доброе утро"})
    took(speech, "0.07")
    assert lines() == []
    took(speech, "6.4")
    assert len(lines()) == 1


def test_a_price_that_was_published_meanwhile_is_not_held_against_the_task():
    job = order()
    job.registry_version = "another"
    took(job, "1.6")
    assert lines() == []


def test_a_job_never_fails_for_it(monkeypatch):
    def fails(*_args, **_facts):
        raise RuntimeError("no list")

    monkeypatch.setattr(charged.difference, "found", fails)
    took(order(), "1.6")


@pytest.mark.parametrize(
    ("said", "credits"),
    [(18, "18"), (0.8, "0.8"), (0, "0"), (None, None), ("18", None), (True, None), (-1, None), (float("nan"), None), (1e12, None)],
)  # fmt: skip
def test_only_a_number_is_a_number_of_credits(said, credits):
    assert reading.credits(said) == (None if credits is None else Decimal(credits))
