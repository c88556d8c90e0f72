"""All rows that a worker works on: one list for the worker itself and for the lease holder, who wakes it when any is due."""

from typing import Final

from kie import late, running, starting
from kie.sync import keeping
from payments import invites, paying, receipts, refunds
from reliability.due import Queue

QUEUES: Final[tuple[Queue, ...]] = (
    starting.QUEUE,
    running.QUEUE,
    late.QUEUE,
    paying.QUEUE,
    refunds.QUEUE,
    receipts.QUEUE,
    invites.QUEUE,
    keeping.QUEUE,
)
