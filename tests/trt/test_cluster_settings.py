"""What django-q2 is told about itself."""

from django.conf import settings


def test_a_worker_that_hangs_is_killed_for_the_guards_count_comes_to_nothing():
    """django-q2's worker sets `timeout` + 3 and its guard takes `guard_cycle` off until it finds exactly 0 (worker.py,
    cluster.py): beside it there is only an alarm, which a thread pool that waits for its threads does not hear."""
    cluster = settings.Q_CLUSTER

    assert (cluster["timeout"] + 3) % cluster["guard_cycle"] == 0
