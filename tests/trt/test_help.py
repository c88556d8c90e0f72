"""Help, and commands, without an environment: nobody has to set the tokens of a bot to read what its commands are."""

import pytest

from tests.unset import UNSET

pytestmark = pytest.mark.long


@pytest.mark.parametrize("ask", [[], ["help"], ["--help"]])
def test_help_names_the_commands_that_run_without_django_first_and_in_any_environment(run, tmp_path, ask):
    start = run("manage.py", *ask, KIE_API_URL="nowhere")
    for name in ("up", "drill", "sandbox", "test"):
        start.line_with(f"    {name} ")
    start.line_with("KIE_API_URL: is not an origin")  # Django's own list cannot be had
    assert start.exit_code() == 2
    whole = run("manage.py", *ask, **UNSET, TRT_HOME=str(tmp_path))
    for line in ("    up ", "[bot]", "[django_q]", "    verify"):
        whole.line_with(line)
    assert whole.exit_code() == 0


@pytest.mark.parametrize("ask", [["trace", "--help"], ["help", "trace"], ["qcluster", "-h"]], ids=" ".join)
def test_help_of_a_command_wants_no_environment(run, tmp_path, ask):
    start = run("manage.py", *ask, **UNSET, TRT_HOME=str(tmp_path))
    start.line_with("usage: manage.py ")
    assert start.exit_code() == 0


def test_a_command_without_an_environment_names_the_home_that_it_looked_into(run, tmp_path):
    start = run("manage.py", "bot", **UNSET, TRT_HOME=str(tmp_path))
    start.line_with("KIE_API_KEY: is not set")
    assert str(tmp_path) in start.line_with("set the same TRT_HOME")
    assert start.exit_code() == 2


@pytest.mark.parametrize("command", ["up", "drill"])
def test_help_of_a_command_that_runs_without_django_is_its_own(run, command):
    start = run("manage.py", "help", command)
    start.line_with(f"usage: manage.py {command}")
    assert start.exit_code() == 0
