"""Seeded histories of a whole TRT: every promise is kept in each, and a seed is one history."""

import os
import subprocess
import sys

import pytest

from trt.env import ROOT

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.xdist_group("simulation"), pytest.mark.timeout(600)]
SEEDS = 10  # a taste; .ci/run looks at hundreds, `make soak` at twenty thousand


def simulated(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The simulator as a developer starts it, in a process of its own."""
    command = [sys.executable, "-m", "tests.simulation", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False)


def test_every_promise_is_kept_in_every_history():
    done = simulated("--seeds", f"0-{SEEDS - 1}")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_same_seed_is_the_same_history_byte_for_byte():
    """In two processes whose hashes, addresses and pids differ."""
    one, other = (simulated("--seed", "7", "--verbose", PYTHONHASHSEED=seed) for seed in ("1", "2"))
    assert one.returncode == 0, one.stdout + one.stderr
    assert len(one.stdout.splitlines()) > 100
    assert one.stdout == other.stdout
