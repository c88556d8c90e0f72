"""Any process killed with -9 in the middle of a generation: it is started again and the picture arrives, paid once."""

import os
import signal
from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.e2e.stack import Person, Stack, rubles, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.faults,
    pytest.mark.long,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(240),
]

VICTIMS: dict[str, Callable[[Stack], int]] = {
    "web": lambda stack: stack.pids("uvicorn")[0],
    "bot": lambda stack: stack.pids("manage.py bot")[0],
    "qcluster": lambda stack: stack.pids("qcluster")[0],
    "a worker of qcluster": lambda stack: stack.pids("qcluster")[-1],
    "sandbox": lambda stack: stack.pids("-m sandbox")[0],
    "PostgreSQL": lambda stack: stack.postmaster(),
}


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_killed_process_costs_nobody_a_picture_or_a_ruble(stack: Stack, person: Person, victim: str):
    made = len(stack.tasks())
    stack.fault(stack.kie, "createTask", "task_slow", seconds=6)
    confirmation = person.orders("image", "Z-Image", f"Картина, пока умирает {victim}")
    price = rubles(confirmation["text"].split("Цена", 1)[1])
    person.presses("run:")
    until(lambda: len(stack.tasks()) == made + 1, "KIE has the task")

    os.kill(VICTIMS[victim](stack), signal.SIGKILL)

    person.sees("Z-Image", media="photo")
    assert len(stack.tasks()) == made + 1
    assert person.balance() == Decimal("300.00") - price


def test_what_died_was_said_and_started_again(stack: Stack):
    os.kill(stack.pids("manage.py bot")[0], signal.SIGKILL)

    until(lambda: stack.said("bot died (SIGKILL), starting it again"), "the death is said")
    until(lambda: stack.health().get("mode") == "active", "somebody holds the lease again")


def test_a_tap_while_the_bot_is_down_is_answered_when_it_is_back(stack: Stack, person: Person):
    person.writes("/start")
    person.sees(button="balance")
    os.kill(stack.pids("manage.py bot")[0], signal.SIGKILL)

    person.presses("balance")

    person.sees("Доступно", "300,00")
