"""What is not kept for ever: updates that Telegram cannot send again, messages long sent, orders that people left standing.

History and money stay: results keep Telegram's ids of their files, top-ups their news.
"""

import time
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import F, Q, QuerySet

from bot.models import PASSING, Delivery, DeliveryState, Dialog, DialogState, Update, UpdateState
from reliability import clock

BATCH: Final = 1000  # rows a statement: its locks are short, its log small
AT_MOST_S: Final = 20.0  # a run; what is left has the next one


def purge() -> int:
    """Delete what has ended and is past its time; says how many rows. Nothing with work to do is ever touched.

    A done update is the memory that makes a redelivery a duplicate. Telegram forgets an update after a day, so
    UPDATES_KEPT_HOURS (48 or more) leave a margin; the dead, which can be replayed, are kept as long as messages.
    """
    now, until = clock.now(), time.monotonic() + AT_MOST_S
    done_before = now - timedelta(hours=settings.UPDATES_KEPT_HOURS)
    ended_before = now - timedelta(days=settings.ENDED_KEPT_DAYS)
    past = (
        Update.objects.filter(state=UpdateState.DONE, done_at__lt=done_before),
        Update.objects.filter(state=UpdateState.DEAD, done_at__lt=ended_before),
        said(ended_before),
    )
    return sum(_deleted(rows, until) for rows in past)


def said(before: datetime) -> QuerySet[Delivery]:
    """What was said before then, or could not be, and nobody needs any more."""
    ended = Q(state__in=[DeliveryState.SENT, DeliveryState.DEAD], kind__in=PASSING)
    return Delivery.objects.filter(ended, created_at__lt=before)


def _deleted(rows: QuerySet, until: float) -> int:
    """In batches; what is replayed or resent meanwhile no longer fits `rows` and stays."""
    deleted = 0
    while time.monotonic() < until and (batch := list(rows.values_list("pk", flat=True)[:BATCH])):
        deleted += rows.filter(pk__in=batch).delete()[0]
    return deleted


def put_away() -> int:
    """Orders unfinished after a day of silence: what the person wrote and sent is forgotten; says how many.

    Nobody is written to: a message a day later about an order somebody left is advertising. `expires_at` stays, and by
    it the person is told at their next tap (bot.handlers.flow.lapse).
    """
    silent = Dialog.objects.exclude(state=DialogState.IDLE).filter(expires_at__lte=clock.now())
    return silent.update(state=DialogState.IDLE, data={}, quote=None, revision=F("revision") + 1)
