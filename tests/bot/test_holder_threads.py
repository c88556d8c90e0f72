"""The loop of the bot process: how many threads it puts to what waits."""

import json
import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django_q.models import OrmQ

from bot import inbox, outbox
from bot.holder import SENDING, THREADS, Holder
from bot.models import Delivery
from bot.pace import Pace
from payments import people, receipts
from reliability import clock
from reliability.models import Instance
from tests.bot.chat import fresh_gateway
from tests.bot.test_inbox import message
from tests.bot.test_inbox_batches import incoming
from tests.bot.test_outbox import said
from tests.e2e.strangers.telegram import Telegram
from tests.payments.papers import asked, sent

pytestmark = pytest.mark.django_db(transaction=True)


def test_as_many_threads_wake_as_chats_wait_and_never_more_than_there_are():
    holder = Holder()
    assert holder.wanted() == 0

    behind_the_first = inbox.read(json.dumps(message(10, chat=1)).encode())
    inbox.keep([*incoming(1, 2, 3), behind_the_first])
    assert holder.wanted() == 3  # one chat is answered in order, by one

    inbox.keep(incoming(*range(20, 20 + THREADS)))
    assert holder.wanted() == THREADS


def test_the_progress_of_one_job_keeps_that_of_no_other_waiting():
    soon, now = clock.now() + timedelta(seconds=12), clock.now()
    for job, due_at in ((1, soon), (2, now), (3, now)):
        outbox.tell(f"job:{job}:progress", Delivery.Kind.PROGRESS, chat=1, cid="C", payload={"job": job}, due_at=due_at)
    assert Holder().outbox.waiting(uuid.uuid4(), most=9) == 2


def test_while_telegrams_pace_is_used_up_no_delivery_is_taken_up(settings, monkeypatch):
    settings.TELEGRAM_MESSAGES_PER_S = 2
    monkeypatch.setattr(outbox, "pace", Pace())
    for chat in range(1, 10):
        outbox.tell(f"flood:{chat}", Delivery.Kind.NOTICE, chat=chat, cid="C", payload={"name": "apology", "cid": "C"})
    holder = Holder()
    assert holder.wanted() == 2

    assert outbox.pace.take(1) == outbox.pace.take(2) == 0
    assert holder.wanted() == 0
    assert 0 < outbox.pace.opens_in_s() <= 0.5  # the loop looks again then, not a second later

    inbox.keep(incoming(1))
    assert holder.wanted() == 1  # who taps is heard all the same


def test_the_holder_wakes_the_worker_for_whatever_row_is_due_should_its_own_call_be_lost(settings):
    settings.PAYMENTS_ENABLED, settings.DEMO_BONUS_RUB = True, 0
    settings.PAYMENT_PHONE, settings.PAYMENT_BANK = "+7 900 000-00-00", "Банк"
    holder = Holder()
    holder.renew()
    anna, _new = people.meet(501, first_name="Анна", username=None, language_code="ru")
    receipts.take(asked(anna).pk, sent(), cid="C")
    OrmQ.objects.all().delete()  # the call of the commit itself

    holder.turn()

    assert OrmQ.objects.count() == 1
    holder.pool.shutdown()


def test_however_slowly_telegram_takes_what_is_sent_updates_find_a_thread(settings, command):
    answered, go_on, sending = threading.Event(), threading.Event(), threading.Semaphore(0)
    command("now", lambda event: answered.set())

    class Slow(Telegram):
        def call(self, name, request):
            if name == "sendMessage":
                sending.release()
                assert go_on.wait(30)
            return super().call(name, request)

    with Slow(settings.TELEGRAM_BOT_TOKEN).serving() as server:
        settings.TELEGRAM_API_URL = server.origin
        fresh_gateway()
        for chat in range(1, 2 * THREADS):
            said(chat)
        holder = Holder(me=Instance.objects.create(role="bot", host="here", pid=1).pk)
        drain = holder._drain
        holder._drain = lambda: (drain(), connection.close())  # its threads end before this process does
        holder.renew()
        holder.turn()
        for _ in range(SENDING):
            assert sending.acquire(timeout=30)
        inbox.store(json.dumps(message(1, text="/now")).encode())

        holder.turn()

        assert answered.wait(20)  # the first of the sends is given up later
        go_on.set()
        holder.ask_to_stop()
        holder.pool.shutdown()
    fresh_gateway()
