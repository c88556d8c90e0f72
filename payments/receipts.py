"""Receipts for bank transfers: taken from the person, opened by the worker, judged by an operator alone.

A request with a receipt never ends by itself: an operator approves or rejects it (`topups`), or its person takes it back.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import connection, transaction
from django.db.models import Q

from payments import difference, receipt_file
from payments.customer import Customer
from payments.difference import DifferenceKind
from payments.receipt import UNREADABLE, Receipt, ReceiptKind, ReceiptState
from payments.signals import receipt_repeated, receipt_unreadable, receipt_waits
from payments.topup import TopUp, TopUpState
from reliability import clock, files
from reliability.due import DueQuerySet, Queue
from reliability.wake import wake

log = structlog.get_logger()

MOST: Final = 10  # to one request
ANSWERED_WITHIN: Final = timedelta(hours=24)  # then it is on the operator's work list
SAID_AGAIN: Final = timedelta(hours=1)
TAKES_ONE: Final = (TopUpState.CREATED.value, TopUpState.PENDING.value, TopUpState.EXPIRED.value)


class Closed(Exception):
    """The request has been decided, or has expired and another is open: a receipt to it changes nothing."""


class Enough(Exception):
    """The request has as many receipts as anybody will look at."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as Telegram tells of it. `size` is in bytes, 0 if it did not say."""

    file_id: str
    file_unique_id: str
    kind: ReceiptKind
    size: int = 0


def shown(topup: TopUp) -> int:
    """How many different receipts a request has: one that it had already does not count again, nor one that does not open."""
    return topup.receipts.exclude(seen_before__topup=topup).exclude(state__in=UNREADABLE).count()


def open_request(customer: Customer) -> TopUp | None:
    """What a person is paying by bank transfer just now; a constraint lets it be one."""
    return TopUp.objects.requests(customer).open().first()


@transaction.atomic
def take(topup_id: int, sent: Sent, *, cid: str) -> tuple[Receipt, bool]:
    """created, expired → pending: a receipt has come, an operator is to look; to a pending request it is added.

    The row, and whether it is new: a file that the request has already changes nothing. A late one opens an expired request
    again, for money that came is never dropped. Operators hear of what opens the review, not of what is added to it, nor of a
    repeat. Raises Closed, Enough.
    """
    topup = TopUp.objects.unpaid().lock(topup_id, *TAKES_ONE)
    if topup is None:
        raise Closed
    if known := topup.receipts.filter(file_unique_id=sent.file_unique_id).first():
        return known, False
    if topup.state == TopUpState.EXPIRED and open_request(topup.customer):
        raise Closed
    if topup.receipts.count() >= MOST:
        raise Enough
    if opens := topup.state != TopUpState.PENDING:
        topup.state, topup.due_at, topup.decided_by = TopUpState.PENDING, clock.now() + ANSWERED_WITHIN, ""
        topup.save(update_fields=["state", "due_at", "decided_by"])
    receipt = Receipt.objects.create(
        topup=topup, cid=cid, file_id=sent.file_id, file_unique_id=sent.file_unique_id, kind=sent.kind, size=sent.size
    )
    if opens:
        receipt_waits.send(sender=Receipt, receipt=receipt, overdue=False)
    transaction.on_commit(wake)
    transaction.on_commit(lambda: log.info("receipt.taken", **receipt.as_log()))
    return receipt, True


@transaction.atomic
def take_back(topup_id: int) -> bool:
    """created, pending → expired, by its own person. False: it was decided before, or has ended."""
    topup = TopUp.objects.unpaid().lock(topup_id, *TopUp.OPEN)
    if topup is None:
        return False
    topup.state, topup.decided_by = TopUpState.EXPIRED, "person"
    topup.save(update_fields=["state", "decided_by"])
    difference.settled(DifferenceKind.RECEIPT_WAITS, str(topup.pk), note="taken back by its person")
    transaction.on_commit(lambda: log.info("topup.taken_back", **topup.as_log()))
    return True


@transaction.atomic
def still_waits(topup_id: int) -> datetime | None:
    """Nobody has answered a receipt in time: it is on the operator's work list until somebody does, and operators hear of it when
    it gets there. When to look again; None where it was answered meanwhile."""
    topup = TopUp.objects.unpaid().lock(topup_id, TopUpState.PENDING)
    if topup is None:
        return None
    since = topup.receipts.order_by("pk").values_list("created_at", flat=True).first()
    known = difference.listed(DifferenceKind.RECEIPT_WAITS, str(topup.pk))
    line = difference.found(
        DifferenceKind.RECEIPT_WAITS, str(topup.pk), provider=topup.provider, topup=topup, customer=topup.customer,
        rubles=topup.rubles, since=since.isoformat() if since else "",
    )  # fmt: skip
    newest = topup.receipts.order_by("pk").last()
    if newest and not known and line.ended_at is None:  # what an operator has ended by hand is said no more
        receipt_waits.send(sender=Receipt, receipt=newest, overdue=True)
    return clock.now() + SAID_AGAIN


def rows(_now: datetime) -> DueQuerySet:
    """Every receipt; run_due adds which are due."""
    return Receipt.objects.all()


def step(receipt: Receipt) -> None:
    """Open one receipt, outside any transaction, and write down what it is. Raises what the bot raises while Telegram is away."""
    try:
        content = files.opened(receipt.file_id)
        receipt_file.mime(content)
    except files.FileGone as why:
        _ended(receipt.pk, ReceiptState.GONE, error=str(why)[:1000])
    except receipt_file.Unfit as why:
        _ended(receipt.pk, ReceiptState.UNFIT, error=str(why)[:1000])
    else:
        _ended(receipt.pk, ReceiptState.READ, sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def bury(receipt: Receipt, why: str) -> None:
    """Telegram could not be brought to give it: the person may send it again, the operator may still try to look."""
    _ended(receipt.pk, ReceiptState.GONE, error=why)


@transaction.atomic
def _ended(receipt_id: int, state: ReceiptState, **facts: Any) -> None:
    receipt = Receipt.objects.lock(receipt_id, ReceiptState.NEW)
    if receipt is None:  # a step that was taken for dead comes too late
        return
    receipt.state = state
    for name, value in facts.items():
        setattr(receipt, name, value)
    receipt.save(update_fields=["state", *facts])
    _compare(receipt)
    if state != ReceiptState.READ:
        receipt_unreadable.send(sender=Receipt, receipt=receipt)
    transaction.on_commit(lambda: log.info(f"receipt.{state}", **receipt.as_log(), why=receipt.error))


def _compare(receipt: Receipt) -> None:
    """Mark what was seen before, in whichever order the worker comes to read them: all but the first of one content.

    Two that are read at once would not see each other, so those of one content wait for each other here.
    """
    with connection.cursor() as cursor:
        mark = receipt.sha256 or receipt.file_unique_id
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 36))", [mark])
    of_one_content = Q(sha256=receipt.sha256) if receipt.sha256 else Q()
    same = Receipt.objects.filter(of_one_content | Q(file_unique_id=receipt.file_unique_id))
    first = same.order_by("pk")[:1].get()
    again = same.filter(pk__gt=first.pk, seen_before=None)
    marked = list(again.select_related("topup__customer"))
    if again.update(seen_before=first):
        for one in marked:
            if one.state == ReceiptState.READ and one.topup.customer_id == first.topup.customer_id:
                receipt_repeated.send(sender=Receipt, receipt=one)
        transaction.on_commit(lambda: log.warning("receipt.seen_before", **receipt.as_log(), first=first.pk))


QUEUE: Final[Queue[Receipt]] = Queue("receipt", rows=rows, step=step, bury=bury, max_attempts=10, backoff_s=4.0)
