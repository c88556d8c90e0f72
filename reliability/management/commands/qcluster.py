"""`manage.py qcluster`: django-q2's cluster of workers, with a log in English and a line for its start and its end.

The cluster writes its lines in whatever language its process speaks; our tasks speak the bot's first language.
"""

import gc
import multiprocessing
import sys
from multiprocessing.context import ForkProcess
from types import SimpleNamespace
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import CommandError
from django.utils import translation
from django_q import cluster
from django_q.management.commands import qcluster
from django_q.signals import post_execute_in_worker, pre_execute

log = structlog.get_logger()


def _speak_ours(**signal: Any) -> None:
    translation.activate(settings.LANGUAGE_CODE)


def _speak_english(**signal: Any) -> None:
    translation.activate("en")


class Told(ForkProcess):
    """A process of the cluster. What ends it is told as everywhere: multiprocessing would write a traceback to stderr."""

    def run(self) -> None:
        try:
            super().run()
        except Exception:  # noqa: BLE001 (whatever it is)
            sys.excepthook(*sys.exc_info())
            raise SystemExit(1) from None


class Command(qcluster.Command):
    help = "Run the workers. Several clusters may run. Exit 0 after SIGTERM; 1 when the guard of the workers has died."

    def handle(self, *arguments: Any, **options: Any) -> None:
        _speak_english()  # inherited by every process of the cluster
        cluster.get_mp_context = lambda: SimpleNamespace(Process=Told)
        pre_execute.connect(_speak_ours)
        post_execute_in_worker.connect(_speak_english)
        gc.collect()
        gc.freeze()  # what is loaded is shared with each worker: its collector would write marks into every page, and so copy all
        try:
            super().handle(*arguments, **options)
        except RuntimeError as why:  # its guard has died while starting, and has said why
            raise CommandError(str(why)) from None
        log.info("worker.started", processes=settings.Q_CLUSTER["workers"])
        guards = multiprocessing.active_children()
        for guard in guards:
            guard.join()  # SIGTERM is handled meanwhile: it stops the cluster
        if any(guard.exitcode for guard in guards):
            raise CommandError("the guard of the workers has died")
        log.info("worker.stopped")
