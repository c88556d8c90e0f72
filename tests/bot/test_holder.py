"""Two instances over one lease: who waits, who stands by, who takes it; what SIGTERM leaves; what a fenced one changes."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection

from bot import outbox
from bot.holder import Holder
from bot.models import Delivery, Dialog, Update
from bot.screen import Screen
from reliability import bell, clock
from reliability.due import _under_way
from reliability.lease import Held
from reliability.models import Instance, Lease
from tests.bot.chat import Bot, last
from tests.sandbox.telegram_side import Telegram
from tests.together import together
from trt import postgres
from trt.env import HOME

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("dispatch")]

WAIT_S = 30


@pytest.fixture
def pair(settings):
    """The one that holds the lease, and the one that was just started."""

    def started(mode: str) -> tuple[Holder, Holder]:
        settings.LOCK_MODE, settings.LOCK_WAIT_SECONDS = mode, WAIT_S
        old, new = (Holder(me=Instance.objects.create(role="bot", host=host, pid=1).pk) for host in ("old", "new"))
        old.renew()
        new.renew()
        return old, new

    return started


def duties() -> dict[str, str]:
    return dict(Instance.objects.values_list("host", "duty"))


def after(seconds: float, *holders: Holder) -> None:
    """Each renews, in this order, so much later."""
    with clock.moved(timedelta(seconds=seconds)):
        for holder in holders:
            holder.renew()


def test_who_waits_stands_by_after_its_time_says_so_once_and_takes_what_is_free(pair, caplog):
    old, new = pair("wait_then_passive")
    assert duties() == {"old": "active", "new": "waiting"}

    for seconds in (9, 18, 27, WAIT_S, WAIT_S + 9, WAIT_S + 18):
        after(seconds, old, new)
    assert duties() == {"old": "active", "new": "passive"}
    assert [line.msg["event"] for line in caplog.records].count("lease.standing_by") == 1
    assert not new.lease.valid

    with clock.moved(timedelta(seconds=WAIT_S + 19)):
        old.lease.release()
        new.renew()
        old.renew()
    assert duties() == {"old": "waiting", "new": "active"}
    assert Lease.objects.get().epoch == new.lease.epoch == 2


def test_who_may_force_waits_first_and_who_was_pushed_aside_never_pushes_back(pair):
    old, new = pair("wait_then_force")
    for seconds in (9, 18, 27):
        after(seconds, old, new)
    assert duties() == {"old": "active", "new": "waiting"}

    after(WAIT_S, old, new, old)
    assert duties() == {"old": "waiting", "new": "active"}
    for seconds in range(WAIT_S + 9, 3 * WAIT_S, 9):
        after(seconds, new, old)
    assert duties() == {"old": "passive", "new": "active"}

    after(3 * WAIT_S + 30, old)  # the new one is dead
    assert duties()["old"] == "active"


def test_who_takes_it_after_a_stall_of_all_is_alive_before_its_first_claim(pair):
    _, new = pair("wait_then_passive")

    after(20, new)

    with clock.moved(timedelta(seconds=20)):
        assert list(Instance.objects.alive()) == [Instance.objects.get(host="new")]


def test_a_single_instance_takes_it_at_once(pair):
    old, new = pair("off")

    assert duties()["new"] == "active"
    assert (old.lease.epoch, new.lease.epoch) == (1, 2)


def test_without_the_lease_nothing_is_touched(pair, bot: Bot, telegram: Telegram):
    bot.lease.release()
    _, new = pair("wait_then_passive")
    telegram.writes("/start")
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)

    new.turn()

    assert Update.objects.values_list("state", "attempts", "claimed_by").get() == ("new", 0, None)
    assert not new._running


def test_after_sigterm_what_is_under_way_ends_and_the_rest_is_the_next_ones(
    bot: Bot, telegram: Telegram, command, settings
):
    settings.DATABASE_DIRECT_URL = postgres.url(HOME, postgres.OWNER, connection.settings_dict["NAME"])
    entered, go_on = threading.Event(), threading.Event()

    def slow(event):
        entered.set()
        assert go_on.wait(30)
        return Screen("done all the same")

    command("slow", slow)
    bot.lease.release()
    for text in ("/slow", "/start"):
        telegram.writes(text)
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    holder = Holder()
    drain = holder._drain
    holder._drain = lambda: (drain(), connection.close())  # its threads end before this process does
    life = threading.Thread(target=lambda: (holder.run(), connection.close()))
    life.start()
    assert entered.wait(30)

    holder.ask_to_stop()
    go_on.set()
    life.join(30)
    bell.ring(bell.BOT)  # its listener hears it and ends, too
    [thread.join(30) for thread in threading.enumerate() if thread.name == "listen"]

    assert list(Update.objects.order_by("seq").values_list("state", "claimed_by")) == [("done", None), ("new", None)]
    assert Lease.objects.get().holder is None
    bot.lease = Held("bot", bot.me)
    Bot().polls(telegram)
    assert "done all the same" in [message.get("text") for message in telegram.chat()["messages"]]
    assert set(Update.objects.values_list("state", flat=True)) == {"done"}


def taken_over() -> None:
    """By somebody else, on a connection of their own."""
    assert together(1, lambda _: Held("bot", uuid.uuid4()).take_or_renew(force=True)) == [True]


def test_a_lease_lost_between_claim_and_commit_undoes_all_that_the_handler_did(bot: Bot, telegram: Telegram, command):
    def late(event):
        event.dialog.move("idle", data={"half": "done"})
        taken_over()
        return Screen("too late")

    command("late", late)
    telegram.writes("/late")
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    bot.answers()

    assert Update.objects.values_list("state", "attempts", "claimed_by").get() == ("new", 0, None)
    assert not Delivery.objects.exists()
    assert not Dialog.objects.exists()
    assert not bot.lease.valid


def said(chat: int, **payload) -> Delivery:
    text = {"text": "Слово", "keys": [], "media": [], "invoice": None, "edit": None}
    return Delivery.objects.create(dedup_key=str(uuid.uuid4()), kind="answer", chat=chat, payload=text | payload)


def test_what_a_lost_connection_left_claimed_is_given_back_with_the_lease_and_what_is_being_sent_is_not(pair):
    old, new = pair("wait_then_passive")
    old.turn()
    left, sending = (
        Delivery.objects.create(dedup_key=key, kind="notice", chat=1, claimed_by=old.me, attempts=1, due_at=clock.now())
        for key in ("left", "sending")
    )
    assert _under_way.add(sending)
    try:
        after(20, new, old)
        old.turn()
    finally:
        _under_way.discard(sending)

    left.refresh_from_db()
    sending.refresh_from_db()
    assert (left.claimed_by, left.attempts, sending.claimed_by) == (None, 1, old.me)


def test_without_its_lease_a_holder_sends_nothing(bot: Bot, telegram: Telegram):
    delivery = said(telegram.user)
    bot.lease.lose()

    outbox.queue(lambda: bot.lease.valid).step(delivery)
    bot.sends()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.claimed_by) == ("pending", 0, None)
    assert telegram.chat()["messages"][1:] == []  # the person's /start alone


def test_a_lease_lost_between_two_messages_of_a_delivery_stops_it_there_and_the_next_goes_on(
    bot: Bot, telegram: Telegram
):
    bill = {"title": "50 ₽", "description": "Баланс", "payload": "p", "provider_token": "", "currency": "XTR"}
    delivery = said(telegram.user, invoice=bill | {"prices": [{"label": "50 ₽", "amount": 80}]})
    asked = iter([True, True, False])  # before it, before the text, before the bill

    outbox.step(delivery, may=lambda: next(asked))

    delivery.refresh_from_db()
    assert (delivery.state, len(delivery.message_ids)) == ("pending", 1)
    with clock.moved(timedelta(seconds=1)):
        bot.sends()
    delivery.refresh_from_db()
    assert (delivery.state, len(delivery.message_ids)) == ("sent", 2)
    assert "invoice" in last(telegram)
    assert len([message for message in telegram.chat()["messages"] if message.get("outgoing")]) == 2


def test_who_wakes_up_after_another_has_claimed_the_delivery_notes_nothing(bot: Bot, telegram: Telegram):
    delivery = said(telegram.user)
    other = uuid.uuid4()
    stopped_before_its_note = Delivery.objects.get(pk=delivery.pk)
    Delivery.objects.filter(pk=delivery.pk).update(claimed_by=other, attempts=2)

    outbox.step(stopped_before_its_note)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.claimed_by, delivery.attempts, delivery.message_ids) == ("pending", other, 2, [])
