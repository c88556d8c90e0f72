"""The queue of django-q2, as unreliable as a queue may be: tasks get lost and doubled. The rows must not mind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django_q.conf import Conf

if TYPE_CHECKING:
    from tests.simulation.world import World

_current: list[Broker] = []


class Broker:
    """django-q2's broker interface, as far as `reliability.wake` uses it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.waiting = 0
        self.list_key = "trt"

    def queue_size(self) -> int:
        return self.waiting

    def enqueue(self, _task: str) -> None:
        fault = self.world.faults.one_of("wake_lost", "wake_doubled")
        self.waiting += {"wake_lost": 0, "wake_doubled": 2}.get(fault, 1)

    def take(self) -> None:
        self.waiting -= 1


def broker(list_key: str) -> Broker:
    """What django-q2 asks for."""
    return _current[-1]


@contextmanager
def plugged(ours: Broker) -> Iterator[None]:
    """Within the block django-q2's tasks go to this broker."""
    before, Conf.BROKER_CLASS = Conf.BROKER_CLASS, f"{__name__}.broker"
    _current.append(ours)
    try:
        yield
    finally:
        _current.pop()
        Conf.BROKER_CLASS = before
