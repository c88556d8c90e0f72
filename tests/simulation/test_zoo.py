"""Bugs that other projects shipped, planted in our code: the simulator finds each."""

import json
import re

import pytest

from tests.simulation.flows import FLOWS
from tests.simulation.test_simulation import simulated
from tests.simulation.zoo import BUGS

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.xdist_group("zoo"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def hunt():
    """The whole zoo, hunted once."""
    return simulated("--zoo")


def test_the_zoo_has_at_least_fifteen_bugs_each_told_in_a_sentence_with_where_it_was_seen():
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 15
    assert all(bug.sentence.endswith(".") and bug.seen for bug in BUGS)
    assert {bug.flow for bug in BUGS} - {""} <= {flow.name for flow in FLOWS}


@pytest.mark.parametrize("bug", BUGS, ids=[bug.name for bug in BUGS])
def test_a_planted_bug_is_caught(hunt, bug):
    assert hunt.stdout, hunt.stderr
    needed = json.loads(hunt.stdout.splitlines()[-1])
    assert needed[bug.name] is not None, f"{bug.sentence} (seen: {bug.seen}) {hunt.stdout}"


def test_the_hunt_says_how_many_seeds_it_took(hunt):
    print(hunt.stdout)
    assert re.search(r"planted bugs caught, in a median of [\d.]+ seeds", hunt.stdout), hunt.stderr
