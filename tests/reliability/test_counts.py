"""What processes count: nothing is lost between threads, nothing counts twice after a fork, a death or an awakening."""

import os
from datetime import timedelta

import pytest

from reliability import clock, counts, instance
from reliability.counts import Counts
from reliability.models import Instance
from tests.together import together

HOURS = timedelta(hours=2)


@pytest.fixture
def mine(monkeypatch) -> Counts:
    """This process has counted nothing yet."""
    fresh = Counts()
    monkeypatch.setattr(counts, "mine", fresh)
    return fresh


def test_threads_lose_no_count():
    shared = Counts()

    together(8, lambda _: [shared.add("received") for _ in range(20_000)])

    assert shared["received"] == 160_000


def test_a_sum_over_processes_adds_counts_and_keeps_the_latest_moment():
    parts = [{"refused": 2, "last_refused_at": 50}, {"refused": 3, "last_refused_at": 40}, {}]

    assert counts.total(parts) == {"refused": 5, "last_refused_at": 50}


def test_a_histogram_is_cumulative_and_nothing_falls_beside_it():
    counted = Counts()
    for took_s in (-1.0, 0.001, 0.0011, 0.4, 60.0, 61.0):
        counted.observe("lag_s", took_s)

    buckets, total_s = counts.histogram(counted.snapshot(), "lag_s")

    assert [buckets[0], buckets[1]] == [("0.001", 2), ("0.0025", 3)]
    assert dict(buckets)["0.5"] == 4
    assert buckets[-2:] == [("60", 5), ("+Inf", 6)]
    assert total_s == pytest.approx(121.4021)


def test_a_fork_begins_at_nothing():
    counts.mine.add("received")
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, str(counts.mine["received"]).encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(read, 10) == b"0"
    os.close(read), os.close(write)


@pytest.mark.django_db
def test_a_beat_brings_what_was_counted(mine):
    mine.add("received", 3)
    instance.beat("web")
    mine.add("received")
    instance.beat("web")

    assert Instance.objects.get().counters == {"received": 4}
    assert instance.counted() == {"received": 4}


def someone(role: str, **counted: int) -> Instance:
    return Instance.objects.create(role=role, host="there", pid=1, heartbeat=clock.now() - HOURS, counters=counted)


@pytest.mark.django_db
def test_the_long_dead_are_folded_into_the_past_and_the_sum_stays():
    for n in range(3):
        someone("web", received=10, last_refused_at=n)
    with clock.moved(timedelta(minutes=70)):  # fifty minutes dead: still shown
        someone("bot", done=5)
    living = Instance.objects.create(role="web", host="here", pid=2, counters={"received": 1})
    before = instance.counted()

    assert instance.fold() == 3
    assert instance.fold() == 0

    assert instance.counted() == before == {"received": 31, "done": 5, "last_refused_at": 2}
    assert set(Instance.objects.values_list("role", flat=True)) == {"past", "bot", "web"}
    assert list(Instance.objects.alive()) == [living]


@pytest.mark.django_db
def test_a_second_fold_adds_to_the_past():
    someone("web", received=10)
    instance.fold()
    someone("web", received=5)
    instance.fold()

    assert Instance.objects.get().counters == {"received": 15}


@pytest.mark.django_db
def test_one_that_wakes_up_after_it_was_folded_does_not_count_twice(mine):
    mine.add("received", 10)
    mine.latest("last_refused_at", 77)
    instance.beat("web")
    Instance.objects.update(heartbeat=clock.now() - HOURS)  # it was stopped
    instance.fold()
    mine.add("received", 2)

    instance.beat("web")
    mine.add("received", 1)
    instance.beat("web")

    assert instance.counted() == {"received": 13, "last_refused_at": 77}


@pytest.mark.django_db(transaction=True)
def test_what_was_counted_to_the_last_is_in_the_last_beat(mine):
    with instance.beating("worker"):
        mine.add("kie:200")

    assert instance.counted()["kie:200"] == 1
