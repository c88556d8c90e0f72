"""After a failover the server that we were connected to takes reads and no writes; the next connection leads to the one that does."""

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from bot import inbox
from bot.holder import Holder
from bot.models import Delivery, Update
from reliability import instance, outage
from reliability.due import run_due
from tests.bot.test_inbox_batches import incoming
from tests.reliability.test_due import a_queue, living, row, sent
from trt import database, postgres
from trt.env import HOME

pytestmark = pytest.mark.django_db(transaction=True)


def fail_over() -> None:
    """From now on our connection is one to a standby."""
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")


def test_updates_are_stored_on_the_server_that_takes_them():
    fail_over()
    assert [answer.status for answer in inbox.keep(incoming(1, 2))] == [200, 200]
    assert Update.objects.count() == 2


def test_a_thread_that_answers_goes_on_with_a_connection_that_takes_writes():
    holder = Holder()
    instance.beat("bot")
    assert holder.lease.take_or_renew(force=True)
    inbox.keep(incoming(1))
    fail_over()

    holder._drain()
    assert connection.connection is None
    holder._drain()

    assert Update.objects.get().state == "done"


def test_a_row_whose_step_meets_it_is_worked_on_again():
    row()
    tried = []

    def step(claimed):
        tried.append(claimed.attempts)
        if len(tried) == 1:
            fail_over()
        sent(claimed)

    me, queue = living(), a_queue(step)
    with pytest.raises(DatabaseError) as trouble:
        run_due(queue, me)
    assert (outage.is_away(trouble.value), connection.connection) == (True, None)

    run_due(queue, me)
    assert (Delivery.objects.get().state, tried) == ("sent", [1, 2])


def test_while_no_server_takes_writes_the_database_is_away():
    name, owner = connection.settings_dict["NAME"], postgres.url(HOME, postgres.OWNER)
    with psycopg.connect(owner, autocommit=True) as elsewhere:
        elsewhere.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        try:
            connection.close()
            with pytest.raises(OperationalError, match="read-only") as trouble, transaction.atomic():
                Update.objects.count()
            answers = inbox.keep(incoming(1))
        finally:
            elsewhere.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    assert outage.is_away(trouble.value)
    assert [(answer.status, answer.retry_after_s) for answer in answers] == [(503, 1)]
    assert [answer.status for answer in inbox.keep(incoming(1))] == [200]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [("", "read-write"), ("?target_session_attrs=any", "any"), ("?connect_timeout=1", "read-write")],
)
def test_an_operators_own_word_about_it_wins(query, wanted):
    assert database.settings(f"postgresql://trt@db/trt{query}")["OPTIONS"]["target_session_attrs"] == wanted
