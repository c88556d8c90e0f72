"""How the database finds the next row of a queue: in order, to the first, however many are due and whatever it expected."""

import uuid
from typing import Any

import pytest
from django.db import connection, transaction

from bot import dispatch, outbox
from bot.models import Delivery
from kie.queues import QUEUES
from reliability import claim, clock

pytestmark = pytest.mark.django_db

ROWS = {"update": dispatch.rows, "delivery": outbox.rows} | {queue.name: queue.rows for queue in QUEUES}


def plan(rows: claim.Rows, *, filled: bool = False) -> str:
    """How the claim of `rows` would be carried out."""
    with transaction.atomic(), connection.cursor() as cursor:
        if not filled:
            cursor.execute(
                "SET LOCAL enable_seqscan = off"
            )  # a scan is the cheapest way where statistics know of no rows
        _model, sql, marked = claim._compiled(rows, clock.is_system())
        cursor.execute(
            "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) " + sql, claim._given(marked, uuid.uuid4(), [])
        )
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize("queue", ROWS)
def test_no_claim_sorts_what_is_due(queue):
    assert "Sort" not in plan(ROWS[queue])


def deliveries(count: int, **columns: Any) -> None:
    Delivery.objects.bulk_create(
        Delivery(dedup_key=str(uuid.uuid4()), kind="notice", chat=chat, cid="C", payload={}, **columns)
        for chat in range(count)
    )


def test_of_a_flood_that_no_statistics_foretold_only_the_first_is_read():
    now = clock.now()
    deliveries(4000, state="sent", sent_at=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE bot_delivery")

    deliveries(2000, due_at=now)

    assert "rows=2000" not in plan(outbox.rows, filled=True)
