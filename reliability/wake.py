"""Waking the worker: django-q2 is told that rows are due; the rows themselves say what is to be done."""

from django.conf import settings
from django_q.brokers import get_broker
from django_q.tasks import async_task


def wake() -> bool:
    """Enqueue the work task unless as many already wait as the cluster has workers. Says whether it did.

    The task carries nothing, so one lost or doubled does no harm; the lease holder looks every second, a minutely
    schedule is the last resort.
    """
    if get_broker().queue_size() >= settings.Q_CLUSTER["workers"]:
        return False
    async_task(settings.WORK_TASK, save=False)
    return True
