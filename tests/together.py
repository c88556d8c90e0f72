"""Threads that start at once: how a race is made in a test."""

import threading
from collections.abc import Callable

from django.db import connection


def together(count: int, act: Callable[[int], object]) -> list:
    """What `act(0)`, `act(1)`… gave or raised in threads that start at once, each on a connection of its own."""
    start, outcomes = threading.Barrier(count), [None] * count

    def one(number: int) -> None:
        start.wait()
        try:
            outcomes[number] = act(number)
        except Exception as trouble:  # noqa: BLE001 (the test judges it)
            outcomes[number] = trouble
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
