"""Bugs that other projects shipped, planted in our code: the simulator finds each."""

import json
import os
import re

import pytest

from tests.simulation.flows import FLOWS
from tests.simulation.test_simulation import simulated
from tests.simulation.zoo import BUGS

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(600)]
WITHIN_S = os.environ.get("ZOO_WITHIN_S", "90")  # all of them: make soak-zoo


def test_the_zoo_has_at_least_fifteen_bugs_each_told_in_a_sentence_with_where_it_was_seen():
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 15
    assert all(bug.sentence.endswith(".") and bug.seen for bug in BUGS)
    assert {bug.flow for bug in BUGS} - {""} <= {flow.name for flow in FLOWS}


def test_every_planted_bug_that_there_is_time_for_is_caught_and_the_median_is_said():
    hunt = simulated("--zoo", "--within", WITHIN_S)
    print(hunt.stdout)

    needed = json.loads(hunt.stdout.splitlines()[-1])

    assert len(needed) >= 15, hunt.stderr
    assert [name for name, seeds in needed.items() if seeds is None] == []
    assert re.search(r"planted bugs caught, in a median of [\d.]+ histories", hunt.stdout)
